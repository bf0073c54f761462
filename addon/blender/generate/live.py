# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: what sliders and curves would do, shown in the viewport without touching a key.

A change asks the service for the edited motion (the newest wish alone, off the main thread); a
handler then shows the motion's values on every frame. *Apply* keys them, *Discard* drops them.
"""

import json
from typing import Any, TypeAlias

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import described, session
from ..keys import bones, shapes
from ..keys.parts import chosen
from ..keys.targets import Columns, mouths, targets, turns
from ..keys.write import columns_of
from . import run

Thing: TypeAlias = Any
DELAY = 0.02  # seconds in which further changes join the one that asks


class _Live:
    """What is shown; nothing of it belongs to the file, and nothing holds on to the file's datablocks."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all of it."""
        self.character = ""  # its name; empty while nothing is shown
        self.first = 1.0
        self.columns: Columns = {}
        self.values: dict[tuple[str, str], dict[tuple[str, int], Any]] = {}  # by kind and name of the owner
        self.still: dict[tuple[str, str, str, int], float] = {}  # what properties were before
        self.asked = ""  # the last wish, to leave out equal ones
        self.recording: Thing = None


_live = _Live()
_DATA = {"KEY": "shape_keys", "OBJECT": "objects"}


def on() -> bool:
    """Whether anything is shown live."""
    return bool(_live.character)


def ready() -> bool:
    """Whether there is an edited motion to apply."""
    return bool(_live.columns)


def get_on(line: Thing) -> bool:
    return bool(_live.character == line.id_data.name)


def set_on(line: Thing, wanted: bool) -> None:
    discard()
    if wanted:
        _live.character = line.id_data.name
        _soon()


def touched(owner: Thing, _: Thing) -> None:
    """Something of a character's direction has changed."""
    if _live.character and owner.id_data.name == _live.character:
        _soon()


def _soon() -> None:
    if bpy.app.background:
        request()
    elif not bpy.app.timers.is_registered(_request_once):
        bpy.app.timers.register(_request_once, first_interval=DELAY)


def _request_once() -> None:
    request()


def request() -> None:
    """Ask for the motion that the character's direction gives now."""
    character = bpy.data.objects.get(_live.character)
    if character is None:
        return
    try:
        asked = run.ask(bpy.context, character)
    except ValueError as error:
        session.fail(error)
        return
    wish = json.dumps([asked.direction, asked.script, asked.language, str(asked.recording)], sort_keys=True)
    if wish == _live.asked:
        return
    _live.asked, name = wish, _live.character

    def work() -> tuple[Thing, dict[str, Any] | None]:
        service = session.connect(asked.where, known=True)
        said = None if described.current() else described.ask(service)
        recording = service.upload(str(asked.recording))
        plain = run.sent(service, asked)
        return service.edit(recording, plain, rig=asked.rig, rate=str(asked.rate), script=asked.script, language=asked.language), said

    def done(answer: tuple[Thing, dict[str, Any] | None]) -> None:
        motion, said = answer
        if said is not None:
            described.learn(said)
        if _live.character == name:
            _take_over(motion, asked)

    def failed(error: Exception) -> None:
        _live.asked = ""
        session.fail(error)

    session.latest(work, done, failed)


def _take_over(motion: Thing, asked: run.Request) -> None:
    character = bpy.data.objects.get(_live.character)
    if character is None:
        return
    _live.first, _live.columns, _live.recording = asked.first, columns_of(motion), asked.recording
    kept = chosen(_live.columns, character.mien.parts, described.regions())
    columns = {name: _live.columns[name] for name in kept}
    _live.values = {}
    for found in shapes.gather(targets(character, kept), columns, mouths(character)):
        by_driver = shapes.driven(found.key)
        _live.values["KEY", found.key.name] = {
            (shapes.path_of(name), 0): values for name, values in found.values.items() if name not in by_driver
        }
    for turned in bones.gather(turns(character, kept), columns):
        _live.values.setdefault(("OBJECT", turned.owner.name), {}).update(turned.curves)
    session.settle(list(asked.notes))
    show(bpy.context.scene)


def show(scene: Thing) -> None:
    """Give shapes and bones the live motion's values on the current frame; before and after the line they are left alone."""
    at = scene.frame_current_final - _live.first
    for (kind, name), values in _live.values.items():
        owner = getattr(bpy.data, _DATA[kind]).get(name)
        if owner is None:
            continue
        for (path, index), column in values.items():
            if 0 <= at <= len(column) - 1:
                _set(
                    owner,
                    path,
                    index,
                    float(np.interp(at, [int(at), int(at) + 1], [column[int(at)], column[min(int(at) + 1, len(column) - 1)]])),
                )


def _set(owner: Thing, path: str, index: int, value: float) -> None:
    holder_path, _, name = path.rpartition(".")
    try:
        holder = owner.path_resolve(holder_path) if holder_path else owner
    except ValueError:
        return  # renamed or removed meanwhile
    present = getattr(holder, name)
    before = float(present if isinstance(present, float) else present[index])
    _live.still.setdefault((owner.id_type, owner.name, path, index), before)
    if isinstance(present, float):
        setattr(holder, name, value)
    else:
        present[index] = value


def discard() -> None:
    """Show the keys again."""
    if not _live.character:
        return
    _restore()
    _live.clear()
    scene = bpy.context.scene
    scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
    session.redraw()


def _restore() -> None:
    still, _live.still = _live.still, {}
    for (kind, name, path, index), value in still.items():
        owner = getattr(bpy.data, _DATA[kind]).get(name)
        if owner is not None:
            _set(owner, path, index, value)
    _live.still = {}


def taken() -> tuple[str, Columns, float, Thing]:
    """The character's name, the live motion, its first frame and the recording; shows the keys again."""
    found = (_live.character, _live.columns, _live.first, _live.recording)
    discard()
    return found


@persistent
def _frame_changed(scene: Thing, *_: Thing) -> None:
    if _live.character and not bpy.app.is_job_running("RENDER"):
        _live.still.clear()  # the frame change has set what is keyed; what is not keyed was restored before it
        show(scene)


@persistent
def _before_frame(*_: Thing) -> None:
    if _live.character and not bpy.app.is_job_running("RENDER"):
        _restore()


@persistent
def _changed(_: Thing, graph: Thing) -> None:
    """A curve was dragged in the Graph Editor, or a marker of a guide moved."""
    if _live.character and any(isinstance(update.id, bpy.types.Action) for update in graph.updates):
        _soon()


@persistent
def _before_save(*_: Thing) -> None:
    if _live.character:
        _restore()


@persistent
def _after_save(*_: Thing) -> None:
    if _live.character:
        show(bpy.context.scene)


@persistent
def _loaded(*_: Thing) -> None:
    _live.clear()


_HANDLERS = (
    ("frame_change_pre", _before_frame),
    ("frame_change_post", _frame_changed),
    ("depsgraph_update_post", _changed),
    ("save_pre", _before_save),
    ("save_post", _after_save),
    ("load_pre", _loaded),
)


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    if bpy.app.timers.is_registered(_request_once):
        bpy.app.timers.unregister(_request_once)
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
    _live.clear()
