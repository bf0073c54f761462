# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes in the sidebar: the list, two of them compared, and what can be made of one."""

from typing import Any, TypeAlias

import bpy

from ..properties import character_of
from . import compare, listing

Thing: TypeAlias = Any


class MIEN_UL_takes(bpy.types.UIList):
    """Takes that the service has."""

    def draw_item(self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active: Thing, prop: Thing) -> None:
        character = character_of(context)
        loaded = character is not None and character.mien.take == item.take
        row = layout.row(align=True)
        row.prop(item, "label", text="", emboss=False, icon="PLAY" if loaded else "BLANK1")
        length = row.row()
        length.alignment = "RIGHT"
        length.label(text=f"{item.seconds:.1f} s", icon="FUND" if item.kept else "NONE")


class _Panel:
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "Mien"
    bl_options = {"DEFAULT_CLOSED"}


class MIEN_PT_takes(_Panel, bpy.types.Panel):
    """The list of takes."""

    bl_idname, bl_label, bl_parent_id = "MIEN_PT_takes", "Takes", "MIEN_PT_main"

    def draw(self, context: Thing) -> None:
        layout, manager = self.layout, context.window_manager
        row = layout.row()
        row.template_list("MIEN_UL_takes", "", manager, "mien_takes", manager, "mien_take_index", rows=4)
        column = row.column(align=True)
        column.operator("mien.takes_refresh", text="", icon="FILE_REFRESH")
        column.operator("mien.take_open", text="", icon="FILE_FOLDER")
        column.operator("mien.take_save", text="", icon="FILE_TICK")
        column.operator("mien.take_keep", text="", icon="FUND")
        column.operator("mien.take_delete", text="", icon="TRASH")
        chosen = listing.chosen_row(manager)
        if chosen is None:
            layout.label(text="No takes yet: generate one, or refresh.", icon="INFO")
            return
        layout.label(text=f"{chosen.recording or 'no recording'}, {chosen.generator}, seed {chosen.seed}")
        layout.operator("mien.take_load", icon="IMPORT")
        draw_compare(layout, context)


def draw_compare(layout: Thing, context: Thing) -> None:
    """The other take and a button; while two are compared, a switch."""
    manager, character = context.window_manager, character_of(context)
    shown = compare.shown(character) if character is not None else ""
    if shown:
        row = layout.row(align=True)
        for letter in compare.TRACKS:
            row.operator("mien.take_switch", text=letter, depress=letter == shown).show = letter
        row.operator("mien.take_compare_end", text="", icon="X")
        return
    row = layout.row(align=True)
    row.prop_search(manager, "mien_take_other", manager, "mien_takes", text="With", icon="ACTION")
    row.operator("mien.take_compare", text="", icon="MOD_MIRROR")


class MIEN_PT_takes_out(_Panel, bpy.types.Panel):
    """What can be made of a take or of the character."""

    bl_idname, bl_label, bl_parent_id = "MIEN_PT_takes_out", "Bake and Export", "MIEN_PT_takes"

    def draw(self, context: Thing) -> None:
        layout, manager = self.layout, context.window_manager
        layout.operator("mien.export_fbx", icon="EXPORT")
        column = layout.column(align=True)
        row = column.row(align=True)
        row.prop(manager, "mien_bake_as", expand=True)
        column.operator("mien.take_bake_mesh", icon="MESH_MONKEY")
        layout.operator("mien.take_bake_metahuman", icon="PROPERTIES")


CLASSES = (MIEN_UL_takes, MIEN_PT_takes, MIEN_PT_takes_out)
