# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording: a file or a sound strip, and where it lies in the scene."""

from pathlib import Path
from typing import Any, TypeAlias

import bpy

from . import strips
from .walk import check_speed, length

Thing: TypeAlias = Any
__all__ = ["length", "recording", "register", "script", "unregister"]


def recording(context: Thing, line: Thing, notes: list[str] | None = None) -> tuple[Path, float]:
    """The line's recording and the frame on which it starts; ``notes`` gets what the artist should know.

    Raises:
        ValueError: there is none, or it does not play as it was recorded; the message tells the artist what to do.
    """
    if line.source == "STRIP":
        strip = strips.named(context, line.strip) if line.strip else strips.active(context)
        if strip is None:
            missing = f"There is no sound strip '{line.strip}' any more" if line.strip else "No sound strip is chosen"
            raise ValueError(f"{missing}: choose one in the panel, or make it the active strip of the sequencer.")
        path, told = strips.file_of(strip), strips.elsewhere(context, strip)
        check_speed(strip, path)
        if notes is not None:
            notes += told
        return path, strips.first_frame(strip)
    if not line.audio:
        raise ValueError("There is no recording yet: choose an audio file, or a sound strip of the sequencer.")
    path = Path(bpy.path.abspath(line.audio))
    if not path.is_file():
        raise ValueError(f"The recording '{path.name}' is not at {path.parent}: choose it again.")
    return path, float(line.first)


def script(line: Thing) -> str | None:
    """The words that are spoken, if they were given."""
    text = line.text.as_string() if line.text else line.script
    return text.strip() or None


class MIEN_OT_use_active_strip(bpy.types.Operator):
    """Perform to the active sound strip of the sequencer"""

    bl_idname = "mien.use_active_strip"
    bl_label = "Use Active Strip"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        return strips.active(context) is not None

    def execute(self, context: Thing) -> set[str]:
        from ..properties import character_of

        character, strip = character_of(context), strips.active(context)
        if character is None or strip is None:
            self.report({"ERROR"}, "Select a character first.")
            return {"CANCELLED"}
        character.mien.source, character.mien.strip = "STRIP", strip.name
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(MIEN_OT_use_active_strip)


def unregister() -> None:
    bpy.utils.unregister_class(MIEN_OT_use_active_strip)
