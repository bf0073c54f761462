# SPDX-License-Identifier: GPL-3.0-or-later
"""The character in the sidebar: its meshes, what moves and turns it, and what to look at."""

import textwrap
from typing import Any, TypeAlias

import bpy

from .active import chosen
from .names import keys_of
from .report import report

Thing: TypeAlias = Any
_WIDTH = 68  # letters in a line of the report


class MIEN_UL_meshes(bpy.types.UIList):
    """Meshes of a character."""

    def draw_item(self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active: Thing, prop: Thing) -> None:
        layout.prop(item, "thing", text="", emboss=False, icon="MESH_DATA" if item.thing else "ERROR")


class MIEN_UL_matches(bpy.types.UIList):
    """Channels and the shape keys that they move."""

    def draw_item(self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active: Thing, prop: Thing) -> None:
        row = layout.row(align=True)
        row.active = item.use
        split = row.split(factor=0.4, align=True)
        split.label(text=item.channel, icon="QUESTION" if item.guessed else "BLANK1" if item.shape else "ERROR")
        keys = keys_of(item)
        if keys is not None:
            split.prop_search(item, "shape", keys, "key_blocks", text="", icon="SHAPEKEY_DATA")
        else:
            split.label(text="its mesh is gone", icon="ERROR")
        score = row.row()
        score.scale_x = 0.5
        score.label(text=f"{item.score:.2f}")
        row.prop(item, "use", text="")


class MIEN_UL_turns(bpy.types.UIList):
    """Channels and the bones or objects that they turn."""

    def draw_item(self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active: Thing, prop: Thing) -> None:
        split = layout.split(factor=0.45, align=True)
        split.label(text=item.channel, icon="BONE_DATA" if item.bone else "OBJECT_DATA")
        split.label(text=item.bone or (item.owner.name if item.owner else "gone"))


class _Panel:
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "Mien"


class MIEN_PT_character(_Panel, bpy.types.Panel):
    """The character and what it consists of."""

    bl_idname, bl_label, bl_parent_id = "MIEN_PT_character", "Character", "MIEN_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Thing) -> None:
        layout, character = self.layout, chosen(context)
        if character is None:
            column = layout.column(align=True)
            column.label(text="Select the face, teeth, brows, eyeballs")
            column.label(text="and the armature, then:")
        row = layout.row(align=True)
        row.operator("mien.character_set_up", icon="OUTLINER_OB_ARMATURE")
        row.operator("mien.head_add", icon="MONKEY")
        if character is None:
            return
        own = character.mien_character
        layout.label(text=character.name, icon="USER")
        row = layout.row()
        row.template_list("MIEN_UL_meshes", "", own, "meshes", own, "mesh_index", rows=2, maxrows=5)
        column = row.column(align=True)
        column.operator("mien.character_mesh_add", text="", icon="ADD")
        column.operator("mien.character_mesh_remove", text="", icon="REMOVE")
        found = report(character)
        layout.label(text=found.summary(), icon="CHECKMARK" if found.ready else "ERROR")
        row = layout.row(align=True)
        row.operator("mien.character_report", icon="VIEWZOOM")
        row.operator("mien.character_match", icon="FILE_REFRESH")
        row.operator("mien.character_forget", text="", icon="TRASH")


class _OfCharacter(_Panel):
    bl_parent_id = "MIEN_PT_character"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        return chosen(context) is not None


class MIEN_PT_matches(_OfCharacter, bpy.types.Panel):
    """Shape keys by channel."""

    bl_idname, bl_label = "MIEN_PT_matches", "Shape Keys"

    def draw(self, context: Thing) -> None:
        layout, own = self.layout, chosen(context).mien_character
        row = layout.row()
        row.template_list("MIEN_UL_matches", "", own, "matches", own, "match_index", rows=6)
        column = row.column(align=True)
        column.operator("mien.match_add", text="", icon="ADD")
        column.operator("mien.match_remove", text="", icon="REMOVE")
        if 0 <= own.match_index < len(own.matches):
            item = own.matches[own.match_index]
            layout.prop(item, "mesh")
            layout.prop(item, "scale", slider=True)
        if any(item.guessed and not item.use for item in own.matches):
            layout.operator("mien.character_accept", icon="QUESTION")
        row = layout.row(align=True)
        row.operator("mien.matching_load", text="Load", icon="IMPORT")
        row.operator("mien.matching_save", text="Save", icon="EXPORT")


class MIEN_PT_turns(_OfCharacter, bpy.types.Panel):
    """Bones and objects by channel."""

    bl_idname, bl_label = "MIEN_PT_turns", "Head, Eyes and Jaw"

    def draw(self, context: Thing) -> None:
        layout, own = self.layout, chosen(context).mien_character
        row = layout.row()
        row.template_list("MIEN_UL_turns", "", own, "turns", own, "turn_index", rows=4)
        column = row.column(align=True)
        column.operator_menu_enum("mien.turn_add", "joint", text="", icon="ADD")
        column.operator("mien.turn_remove", text="", icon="REMOVE")
        if 0 <= own.turn_index < len(own.turns):
            draw_turn(layout, own.turns[own.turn_index])
        row = layout.row(align=True)
        row.prop(own, "front")
        row.operator("mien.turn_face", text="", icon="ORIENTATION_LOCAL")


def draw_turn(layout: Thing, item: Thing) -> None:
    """The chosen bone or object, with its axis and the way it turns."""
    column = layout.column(align=True)
    column.prop(item, "owner")
    if item.owner is not None and item.owner.type == "ARMATURE":
        column.prop_search(item, "bone", item.owner.data, "bones")
    row = column.row(align=True)
    row.prop(item, "axis", expand=True)
    row = column.row(align=True)
    row.prop(item, "radians")
    row.prop(item, "invert", toggle=True)


def draw_report(layout: Thing, character: Thing) -> None:
    """What there is to know before keys are written, with a button for what can be mended."""
    found = report(character)
    layout.label(text=f"{found.character}: {found.summary()}", icon="CHECKMARK" if found.ready else "ERROR")
    for index, conflict in enumerate(found.conflicts):
        row = layout.row()
        _paragraph(row.column(align=True), conflict.text, "ERROR" if conflict.blocks else "INFO")
        if conflict.mend is not None:
            row.operator("mien.character_mend").index = index
    for title, names in (
        ("Guessed, and used", found.guessed),
        ("Guesses that wait", found.waiting),
        ("Lost on this character", found.missing),
    ):
        if names:
            _paragraph(layout.column(align=True), f"{title}: {', '.join(names)}.", "QUESTION" if "uess" in title else "UNLINKED")
    layout.label(text="All of it is in the text 'Mien report'.", icon="TEXT")


def _paragraph(layout: Thing, text: str, icon: str) -> None:
    for index, line in enumerate(textwrap.wrap(text, _WIDTH)):
        layout.label(text=line, icon="BLANK1" if index else icon)


CLASSES = (MIEN_UL_meshes, MIEN_UL_matches, MIEN_UL_turns, MIEN_PT_character, MIEN_PT_matches, MIEN_PT_turns)
