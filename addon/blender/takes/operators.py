# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons of the takes list."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from .. import session
from ..characters.doing import tried
from ..properties import character_of
from . import compare, listing, loading, meanwhile

Thing: TypeAlias = Any
_formats: list[tuple[str, str, str]] = []  # Blender keeps no copy of an enumeration's texts


class OnTake:
    """A button that needs a chosen take."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        if listing.chosen_row(context.window_manager) is None:
            cls.poll_message_set("Choose a take in the list first")  # type: ignore[attr-defined]
            return False
        return True


def character_or_raise(context: Thing) -> Thing:
    """The character that is meant.

    Raises:
        ValueError: there is none.
    """
    character = character_of(context)
    if character is None:
        raise ValueError("There is no character to key: select one, or add Mien's head.")
    return character


class MIEN_OT_takes_refresh(bpy.types.Operator):
    """Ask the service which takes it has"""

    bl_idname, bl_label, bl_options = "mien.takes_refresh", "Refresh", {"REGISTER"}

    def execute(self, context: Thing) -> set[str]:
        def work() -> None:
            listing.refresh(session.service())
            meanwhile.look()

        return tried(self, work)


class MIEN_OT_take_load(OnTake, bpy.types.Operator):
    """Key the chosen take on the character, at the scene's frame rate and where its line starts"""

    bl_idname, bl_label = "mien.take_load", "Load"

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = character_or_raise(context)
            compare.end(character)
            return loading.load(context, session.service(), character, listing.chosen_row())

        return tried(self, work)


class MIEN_OT_take_meanwhile(bpy.types.Operator):
    """Key the take of this line that was finished after Blender had lost sight of it, where the line started then"""

    bl_idname, bl_label, bl_options = "mien.take_meanwhile", "Load", {"REGISTER", "UNDO"}

    drop: BoolProperty(name="Leave it", description="Do not load it; it stays in the list of takes", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Thing) -> bool:
        character = character_of(context)
        return character is not None and meanwhile.finished(character) is not None

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character, service = character_or_raise(context), session.service()
            note = meanwhile.finished(character)
            if note is None:
                raise ValueError("No take of this line was finished meanwhile: look into the list of takes.")
            listing.refresh(service, note.take)
            notes = list[str]()
            if not self.drop:
                compare.end(character)
                character.mien.first = note.first
                notes = loading.load(context, service, character, listing.chosen_row())
            meanwhile.ended(note.job)
            return notes

        return tried(self, work)


class MIEN_OT_take_compare(OnTake, bpy.types.Operator):
    """Put the chosen take and the other one on two NLA tracks of the character, to switch between; what plays now is kept underneath"""

    bl_idname, bl_label = "mien.take_compare", "Compare"

    other: StringProperty(
        name="With", description="Id of the take to compare with; empty takes the one chosen in the panel", options={"SKIP_SAVE"}
    )

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character, manager = character_or_raise(context), context.window_manager
            first, second = listing.chosen_row(), _row(self.other) if self.other else listing.by_name(manager.mien_take_other)
            if second is None or second.take == first.take:
                raise ValueError("Choose another take to compare this one with.")
            motions = {}
            for letter, row in (("A", first), ("B", second)):
                motions[letter] = row.label, loading.motion_of(session.service(), row.take, character, context.scene)
            starts = {letter: loading.first_frame(character, motion, context.scene) for letter, (_, motion) in motions.items()}
            return compare.begin(character, motions, starts)

        return tried(self, work)


def _row(take: str) -> Thing:
    return next((row for row in bpy.context.window_manager.mien_takes if row.take == take), None)


class MIEN_OT_take_switch(bpy.types.Operator):
    """See this one of the two takes that are compared"""

    bl_idname, bl_label, bl_options = "mien.take_switch", "Switch", {"REGISTER", "UNDO"}

    show: EnumProperty(
        items=(("NEXT", "The other", "The one that is not seen now"), ("A", "A", "The first take"), ("B", "B", "The second take")),
        name="Show",
        description="Which of the two takes is seen",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Thing) -> bool:
        character = character_of(context)
        return character is not None and bool(compare.shown(character))

    def execute(self, context: Thing) -> set[str]:
        character = character_of(context)
        letter = self.show if self.show != "NEXT" else "B" if compare.shown(character) == "A" else "A"
        compare.show(character, letter)
        return {"FINISHED"}


class MIEN_OT_take_compare_end(bpy.types.Operator):
    """Take both compared takes off the character; what played before plays again"""

    bl_idname, bl_label, bl_options = "mien.take_compare_end", "End Comparison", {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        character = character_of(context)
        return character is not None and bool(compare.shown(character))

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: compare.end(character_of(context)))


class MIEN_OT_take_keep(OnTake, bpy.types.Operator):
    """Keep the chosen take for good, or let the service clear it away some day"""

    bl_idname, bl_label, bl_options = "mien.take_keep", "Keep", {"REGISTER"}

    def execute(self, context: Thing) -> set[str]:
        def work() -> None:
            row = listing.chosen_row()
            row.kept = bool(session.service().keep(row.take, kept=not row.kept).get("kept", not row.kept))

        return tried(self, work)


class MIEN_OT_take_delete(OnTake, bpy.types.Operator):
    """Delete the chosen take from the service. Keys that were made of it stay"""

    bl_idname, bl_label, bl_options = "mien.take_delete", "Delete Take", {"REGISTER"}

    def invoke(self, context: Thing, event: Thing) -> set[str]:
        done: set[str] = context.window_manager.invoke_confirm(self, event)
        return done

    def execute(self, context: Thing) -> set[str]:
        def work() -> None:
            service = session.service()
            service.forget(listing.take_id())
            listing.refresh(service)

        return tried(self, work)


class MIEN_OT_take_rename(OnTake, bpy.types.Operator):
    """Give the chosen take a label"""

    bl_idname, bl_label, bl_options = "mien.take_rename", "Rename Take", {"REGISTER"}

    label: StringProperty(name="Label", description="What to call the take")

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        self.label = listing.chosen_row().label
        done: set[str] = context.window_manager.invoke_props_dialog(self)
        return done

    def execute(self, context: Thing) -> set[str]:
        def work() -> None:
            service, take = session.service(), listing.take_id()
            service.keep(take, label=self.label)
            listing.refresh(service, take)

        return tried(self, work)


class MIEN_OT_take_open(ImportHelper, bpy.types.Operator):
    """Open a .take file from disk: it joins the list, and is chosen"""

    bl_idname, bl_label, bl_options = "mien.take_open", "Open Take", {"REGISTER"}
    filename_ext = ".take"
    filter_glob: StringProperty(default="*.take", options={"HIDDEN"})

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            service = session.service()
            facts = service.add_take(Path(self.filepath).read_bytes())
            listing.refresh(service, str(facts["id"]))
            return [f"Opened {Path(self.filepath).name}."]

        return tried(self, work)


def _suffixes(_: Thing, context: Thing) -> list[tuple[str, str, str]]:
    known = context.window_manager.get("mien_formats") or ["take"]
    _formats[:] = [(suffix, f".{suffix}", f"Write a .{suffix} file") for suffix in known]
    return _formats


class MIEN_OT_take_save(OnTake, ExportHelper, bpy.types.Operator):
    """Save the chosen take: whole as .take, or in another format that the service writes (csv for MetaHuman and Live Link)"""

    bl_idname, bl_label, bl_options = "mien.take_save", "Save Take", {"REGISTER"}
    filename_ext = ""
    check_extension = False
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    format: EnumProperty(items=_suffixes, name="Format", description="What the take is written as")

    def invoke(self, context: Thing, event: Thing) -> set[str]:
        def work() -> None:
            suffixes = [str(entry["suffix"]).lstrip(".") for entry in session.service().formats()]
            context.window_manager["mien_formats"] = ["take", *(suffix for suffix in suffixes if suffix != "take")]

        if tried(self, work) != {"FINISHED"}:
            return {"CANCELLED"}
        done: set[str] = ExportHelper.invoke(self, context, event)
        return done

    def execute(self, context: Thing) -> set[str]:
        path, suffix, take = Path(self.filepath), self.format, listing.take_id()
        path = path if path.name.lower().endswith(f".{suffix}") else path.with_name(f"{path.name}.{suffix}")

        wrong: list[str] = []
        later(path, take, suffix, lambda error: wrong.append(session.fail(error).message))
        for message in wrong:  # in background mode it is over by now
            self.report({"ERROR"}, message)
        return {"CANCELLED"} if wrong else {"FINISHED"}


def later(path: Path, take: str, suffix: str, failed: Callable[[Exception], object]) -> None:
    """Have the take made and written off the main thread; the panel says when it is there."""
    where = session.place()

    def work() -> str:
        content = loading.exported(session.connect(where), take, suffix)
        try:
            loading.write_whole(path, content)
        except OSError as error:
            raise ValueError(f"'{path.name}' cannot be written to {path.parent}: {error.strerror}. Choose another place.") from error
        return f"Wrote {path.name}."

    session.later(work, lambda note: session.settle([note]), lambda error: (failed(error), None)[1])


CLASSES = (
    MIEN_OT_takes_refresh,
    MIEN_OT_take_load,
    MIEN_OT_take_meanwhile,
    MIEN_OT_take_compare,
    MIEN_OT_take_switch,
    MIEN_OT_take_compare_end,
    MIEN_OT_take_keep,
    MIEN_OT_take_delete,
    MIEN_OT_take_rename,
    MIEN_OT_take_open,
    MIEN_OT_take_save,
)
