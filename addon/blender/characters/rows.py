# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that change single rows of a character's lists, and those that load and save them as a file."""

from pathlib import Path
from typing import Any, TypeAlias

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from . import bones, matching, matching_file, setting_up
from .active import chosen
from .doing import tried
from .names import Joint
from .operators import OnCharacter
from .report import missing_of

Thing: TypeAlias = Any
_items: list[tuple[str, str, str]] = []  # Blender keeps no copy of an enumeration's texts
TURNING = ("headYaw", "headPitch", "headRoll", "leftEyeYaw", "leftEyePitch", "leftEyeRoll", "rightEyeYaw", "rightEyePitch", "rightEyeRoll")
JAW = (("jawOpen", "pitch", 0.384), ("jawLeft", "yaw", 0.105), ("jawRight", "yaw", -0.105))
JOINTS = (
    ("head", "Head", "Turns with the head's yaw, pitch and roll"),
    ("leftEye", "Left eye", "Turns with the left eye's yaw and pitch"),
    ("rightEye", "Right eye", "Turns with the right eye's yaw and pitch"),
    ("jaw", "Jaw", "Opens by 22 degrees, and goes 6 degrees to either side"),
)


def _channels(_: Thing, context: Thing) -> list[tuple[str, str, str]]:
    character = chosen(context)
    own = character.mien_character if character else None
    known = [*missing_of(own), *sorted({row.channel for row in own.matches})] if own else []
    _items[:] = [(name, name, "") for name in dict.fromkeys(known) if name] or [("jawOpen", "jawOpen", "")]
    return _items


class MIEN_OT_match_add(OnCharacter, bpy.types.Operator):
    """Add a channel to the list: choose it, then choose the shape key that it moves"""

    bl_idname, bl_label, bl_property = "mien.match_add", "Add Channel", "channel"

    channel: EnumProperty(items=_channels, name="Channel", description="The channel that shall move a shape key")

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Thing) -> set[str]:
        character = chosen(context)
        own = character.mien_character
        if not len(own.meshes):
            self.report({"ERROR"}, "The character has no mesh yet: select one with shape keys and add it.")
            return {"CANCELLED"}
        row = own.matches.add()
        row.name = row.channel = self.channel
        row.mesh = own.meshes[min(max(own.mesh_index, 0), len(own.meshes) - 1)].thing
        own.match_index = len(own.matches) - 1
        return {"FINISHED"}


def _remove_chosen(own: Thing, rows: str, index: str) -> set[str]:
    """Take the chosen row out of one of the character's lists; the one after it is then chosen."""
    listed, at = getattr(own, rows), getattr(own, index)
    if not 0 <= at < len(listed):
        return {"CANCELLED"}
    listed.remove(at)
    setattr(own, index, min(at, max(len(listed) - 1, 0)))
    return {"FINISHED"}


class MIEN_OT_match_remove(OnCharacter, bpy.types.Operator):
    """Take the chosen row out of the list: the channel then moves nothing there"""

    bl_idname, bl_label = "mien.match_remove", "Remove"

    def execute(self, context: Thing) -> set[str]:
        return _remove_chosen(chosen(context).mien_character, "matches", "match_index")


class MIEN_OT_turn_add(OnCharacter, bpy.types.Operator):
    """Let the active bone, or else the active object, turn as head, eye or jaw"""

    bl_idname, bl_label = "mien.turn_add", "Add Bone or Object"

    joint: EnumProperty(items=JOINTS, name="Turns as", description="What the bone or object is")

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            return [f"{add_joint(context, self.joint).name} turns as {self.joint}."]

        return tried(self, work)


def add_joint(context: Thing, joint: str) -> Joint:
    """Rows that turn the active bone or object; rows that it already had are replaced.

    Raises:
        ValueError: an armature is active without a bone, or nothing is.
    """
    character = chosen(context)
    setting_up.check_editable(character)
    place = _active_joint(context)
    own = character.mien_character
    for index in reversed(range(len(own.turns))):
        if own.turns[index].owner == place.owner and own.turns[index].bone == place.bone:
            own.turns.remove(index)
    turns = JAW if joint == "jaw" else tuple((name, name.removeprefix(joint).lower(), 1.0) for name in TURNING if name.startswith(joint))
    for channel, axis, radians in turns:
        matching.add_turn(own, channel, place, axis, radians)
    own.turn_index = len(own.turns) - 1
    return place


def _active_joint(context: Thing) -> Joint:
    thing = context.view_layer.objects.active
    if thing is None:
        raise ValueError("Select the bone or object that shall turn.")
    if thing.type != "ARMATURE":
        return Joint(thing, "")
    bone = thing.data.bones.active
    if bone is None:
        raise ValueError(f"Select a bone of '{thing.name}' in pose mode.")
    return Joint(thing, bone.name)


class MIEN_OT_turn_remove(OnCharacter, bpy.types.Operator):
    """Take the chosen row out of the list: the bone or object then stays still for that channel"""

    bl_idname, bl_label = "mien.turn_remove", "Remove"

    def execute(self, context: Thing) -> set[str]:
        return _remove_chosen(chosen(context).mien_character, "turns", "turn_index")


class MIEN_OT_turn_face(OnCharacter, bpy.types.Operator):
    """Take the way in which the character looks now for straight ahead, along the axis chosen above. Do it with the character at rest"""

    bl_idname, bl_label = "mien.turn_face", "Looks There Now"

    def execute(self, context: Thing) -> set[str]:
        own = chosen(context).mien_character
        for row in own.turns:
            bones.settle(row, own.front)
        return {"FINISHED"}


class MIEN_OT_matching_save(OnCharacter, ExportHelper, bpy.types.Operator):
    """Save how the character is set up as a matching file, for other files and for 'mien generate --matching'"""

    bl_idname, bl_label, bl_options = "mien.matching_save", "Save Matching", {"REGISTER"}
    filename_ext = ".toml"
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN"})

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: matching_file.write_file(chosen(context), Path(self.filepath)))


class MIEN_OT_matching_load(OnCharacter, ImportHelper, bpy.types.Operator):
    """Load a matching that was saved here or by 'mien match'; it replaces what is in the lists"""

    bl_idname, bl_label = "mien.matching_load", "Load Matching"
    filename_ext = ".toml"
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN"})

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = chosen(context)
            setting_up.check_editable(character)
            return matching_file.read_file(character, Path(self.filepath), *setting_up.pieces(character, context.selected_objects))

        return tried(self, work)


CLASSES = (
    MIEN_OT_match_add,
    MIEN_OT_match_remove,
    MIEN_OT_turn_add,
    MIEN_OT_turn_remove,
    MIEN_OT_turn_face,
    MIEN_OT_matching_save,
    MIEN_OT_matching_load,
)
