# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate from audio, another take, and what Live shows applied or dropped."""

from collections.abc import Callable
from typing import Any, TypeAlias

import bpy

from .. import described, session
from ..takes import listing, meanwhile
from . import apply, live, run

Thing: TypeAlias = Any
EVERY = 0.1  # seconds between looks at a running generation
NO_CHARACTER = "Select a character first: an object with shape keys, or one that was set up."


def character_of(context: Thing) -> Thing:
    """The character that is meant.

    Raises:
        ValueError: none is.
    """
    from ..properties import character_of as find

    found = find(context)
    if found is None:
        raise ValueError(NO_CHARACTER)
    return found


def tried(operator: Thing, work: Callable[[], set[str]]) -> set[str]:
    """Run a part of an operator; what goes wrong becomes a sentence in the panel and in the status bar."""
    try:
        return work()
    except Exception as error:  # a fault of our own gets its sentence and its report, too
        operator.report({"ERROR"}, session.fail(error).message)
        return {"CANCELLED"}


class MIEN_OT_generate(bpy.types.Operator):
    """Perform the recording on the character, as the panel says. The window stays free; Esc cancels"""

    bl_idname = "mien.generate"
    bl_label = "Generate from Audio"

    _timer: Thing = None
    _run: run.Run | None = None

    @classmethod
    def poll(cls, context: Thing) -> bool:
        if run.current is not None and not run.current.over:
            cls.poll_message_set("A line is being generated")
            return False
        return True

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        if bpy.app.background or context.window is None:
            return self.execute(context)
        return tried(self, lambda: self._start(context))

    def execute(self, context: Thing) -> set[str]:
        """At once, and waiting: for scripts and background mode."""
        return tried(self, lambda: self._wait(context))

    def _wait(self, context: Thing) -> set[str]:
        work = run.Work(run.ask(context, character_of(context)), described.current())
        *_, finished = work.steps()
        return key(work.request, finished)

    def _start(self, context: Thing) -> set[str]:
        session.settle()
        self._run = run.current = run.Run(run.ask(context, character_of(context)))
        manager = context.window_manager
        self._timer = manager.event_timer_add(EVERY, window=context.window)
        manager.progress_begin(0, 100)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Thing, event: Thing) -> set[str]:
        going = self._run
        if going is None:
            return self._end(context, {"CANCELLED"})
        if event.type == "ESC" and event.value == "PRESS" and not going.over:
            going.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        session.poll()
        if not going.over:
            context.window_manager.progress_update(100 * going.share)
            context.workspace.status_text_set(f"Mien: {going.text} ({going.share:.0%})    Esc: cancel")
            return {"PASS_THROUGH"}
        return self._finish(context, going)

    def _finish(self, context: Thing, going: run.Run) -> set[str]:
        if going.state == "cancelled":
            session.settle(["The generation was cancelled; nothing was changed."])
            self.report({"INFO"}, "Cancelled: nothing was changed.")
            return self._end(context, {"CANCELLED"})
        if going.finished is None:
            problem = session.problem()
            self.report({"ERROR"}, problem.message if problem else "The generation failed.")
            return self._end(context, {"CANCELLED"})
        finished = going.finished
        self._end(context, set())
        return tried(self, lambda: key(going.request, finished))

    def cancel(self, context: Thing) -> None:
        """Blender ends: so does the job."""
        if self._run is not None and not self._run.over:
            self._run.cancel()
        self._end(context, set())

    def _end(self, context: Thing, result: set[str]) -> set[str]:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            context.window_manager.progress_end()
            context.workspace.status_text_set(None)
            self._timer = None
        run.current = None
        session.redraw()
        return result


def key(request: run.Request, finished: run.Finished) -> set[str]:
    """Key a generation through the operator that makes one undo step of it."""
    if finished.said is not None:
        described.learn(finished.said)
    run.pending = (request, finished)
    try:
        bpy.ops.mien.apply_take("EXEC_DEFAULT", True)
    except RuntimeError as error:  # how an operator's error report reaches its caller
        raise ValueError(str(error).strip().removeprefix("Error: ")) from error
    finally:
        run.pending = None
    return {"FINISHED"}


class MIEN_OT_apply_take(bpy.types.Operator):
    """Key the take that was generated"""

    bl_idname = "mien.apply_take"
    bl_label = "Generate from Audio"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context: Thing) -> set[str]:
        if run.pending is None:
            return {"CANCELLED"}
        request, finished = run.pending
        return tried(self, lambda: self._key(context, request, finished))

    def _key(self, context: Thing, request: run.Request, finished: run.Finished) -> set[str]:
        character = context.scene.objects.get(request.character)
        if character is None:
            raise ValueError(f"'{request.character}' is not in this scene any more: the take is kept in the list of takes.")
        live.discard()
        name = f"{request.recording.stem} {finished.take[:8]}"
        done = apply.key_motion(context, character, finished.motion, finished.take, request.first, name, request.recording)
        session.settle([*request.notes, *done.notes])
        session.later(lambda: session.connect(request.where).takes(), lambda takes: listing.fill(takes, finished.take))
        meanwhile.look()
        return {"FINISHED"}


class MIEN_OT_cancel(bpy.types.Operator):
    """Stop the generation; nothing is changed"""

    bl_idname = "mien.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return run.current is not None and not run.current.over

    def execute(self, _: Thing) -> set[str]:
        if run.current is not None:
            run.current.cancel()
        return {"FINISHED"}


class MIEN_OT_another_take(bpy.types.Operator):
    """Choose another seed and generate again: blinks, gaze, nods and small things differ"""

    bl_idname = "mien.another_take"
    bl_label = "Another Take"

    poll = MIEN_OT_generate.poll

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        return tried(self, lambda: self._go(context, "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"))

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: self._go(context, "EXEC_DEFAULT"))

    def _go(self, context: Thing, how: str) -> set[str]:
        from ..properties import another_seed

        line = character_of(context).mien
        line.seed = another_seed(line.seed)
        try:
            done: set[str] = bpy.ops.mien.generate(how, True)
        except RuntimeError as error:
            raise ValueError(str(error).strip().removeprefix("Error: ")) from error
        return {"FINISHED"} if done & {"FINISHED", "RUNNING_MODAL"} else {"CANCELLED"}


class MIEN_OT_live_apply(bpy.types.Operator):
    """Key what Live shows"""

    bl_idname = "mien.live_apply"
    bl_label = "Apply"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return live.ready()

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: self._key(context))

    def _key(self, context: Thing) -> set[str]:
        name, columns, first, recording = live.taken()
        character = context.scene.objects.get(name)
        if character is None:
            raise ValueError(f"'{name}' is not in this scene any more.")
        done = apply.key(context, character, columns, first, f"{recording.stem} live", recording)
        session.settle(done.notes)
        return {"FINISHED"}


class MIEN_OT_live_discard(bpy.types.Operator):
    """Drop what Live shows; the keys are as they were"""

    bl_idname = "mien.live_discard"
    bl_label = "Discard"

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return live.on()

    def execute(self, _: Thing) -> set[str]:
        live.discard()
        return {"FINISHED"}


CLASSES = (MIEN_OT_generate, MIEN_OT_apply_take, MIEN_OT_cancel, MIEN_OT_another_take, MIEN_OT_live_apply, MIEN_OT_live_discard)
