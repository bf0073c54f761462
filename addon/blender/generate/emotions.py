# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions in the character's list: added from what the service knows, removed with their curves in order."""

import re
from typing import Any, TypeAlias

import bpy
from bpy.props import EnumProperty

from .. import described, session
from ..keys import actions
from .operators import character_of, tried

Thing: TypeAlias = Any
_items: list[tuple[str, str, str]] = []  # Blender keeps no copy of an enumeration's texts
# Enough to begin with before the service has named its own.
FIRST = ("happy", "sad", "angry", "fear", "disgust", "surprise", "contempt")
_PATH = re.compile(r"mien\.emotions\[(\d+)\]\.")


def _emotions(_: Thing, __: Thing) -> list[tuple[str, str, str]]:
    known = [(entry["name"], entry["name"].replace("_", " ").capitalize(), entry.get("description", "")) for entry in described.emotions()]
    _items[:] = known or [(name, name.capitalize(), "") for name in FIRST]
    return _items


class MIEN_OT_emotion_add(bpy.types.Operator):
    """Add an emotion that the line is felt with"""

    bl_idname = "mien.emotion_add"
    bl_label = "Add Emotion"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "emotion"

    emotion: EnumProperty(name="Emotion", items=_emotions, description="How the line is felt")

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        context.window_manager.invoke_search_popup(self)
        return {"FINISHED"}

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: self._add(context))

    def _add(self, context: Thing) -> set[str]:
        line = character_of(context).mien
        if self.emotion in line.emotions:
            line.emotion_index = line.emotions.find(self.emotion)
            return {"CANCELLED"}
        entry = line.emotions.add()
        entry.name = self.emotion
        entry.weight = 0.7
        line.emotion_index = len(line.emotions) - 1
        session.redraw()
        return {"FINISHED"}


class MIEN_OT_emotion_remove(bpy.types.Operator):
    """Remove the chosen emotion and its curve"""

    bl_idname = "mien.emotion_remove"
    bl_label = "Remove Emotion"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: self._remove(context))

    def _remove(self, context: Thing) -> set[str]:
        from . import live

        character = character_of(context)
        line, index = character.mien, character.mien.emotion_index
        if not 0 <= index < len(line.emotions):
            return {"CANCELLED"}
        line.emotions.remove(index)
        close_gap(character, index)
        line.emotion_index = max(0, min(index, len(line.emotions) - 1))
        live.touched(line, context)
        return {"FINISHED"}


def close_gap(character: Thing, gone: int) -> None:
    """Curves of emotions are bound by their place in the list: those behind a removed one move up, its own go."""
    found = actions.active_curves(character)
    if found is None:
        return
    for curve in list(found):
        match = _PATH.match(curve.data_path)
        if match is None:
            continue
        index = int(match[1])
        if index == gone:
            found.remove(curve)
        elif index > gone:
            curve.data_path = f"mien.emotions[{index - 1}].{curve.data_path[match.end() :]}"


CLASSES = (MIEN_OT_emotion_add, MIEN_OT_emotion_remove)
