# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Mien" in the sidebars of the 3D view and of the sequencer."""

from typing import Any, TypeAlias

import bpy

from ..properties import character_of
from . import line

Thing: TypeAlias = Any


def _own(context: Thing) -> Thing:
    """The character that the part is drawn for, which its ``poll`` has found."""
    return character_of(context)


class MIEN_UL_emotions(bpy.types.UIList):
    """Emotions with their weights."""

    def draw_item(
        self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active_data: Thing, active_name: Thing
    ) -> None:
        row = layout.row(align=True)
        row.label(text=item.name.replace("_", " ").capitalize())
        row.prop(item, "weight", text="", slider=True)


class MIEN_UL_guides(bpy.types.UIList):
    """Guides with their frames."""

    def draw_item(
        self, context: Thing, layout: Thing, data: Thing, item: Thing, icon: Thing, active_data: Thing, active_name: Thing
    ) -> None:
        row = layout.row(align=True)
        shown = item.image.name if item.kind == "image" and item.image else item.value
        row.label(text=f"{item.number}  {shown}", icon={"label": "MONKEY", "text": "SYNTAX_OFF", "image": "IMAGE_DATA"}[item.kind])
        row.prop(item, "start", text="", emboss=False)
        row.prop(item, "end", text="", emboss=False)


class _Main:
    bl_label = "Mien"

    def draw(self, context: Thing) -> None:
        line.draw_main(self.layout, context)  # type: ignore[attr-defined]


class _Sub:
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        return character_of(context) is not None


class _Feeling(_Sub):
    bl_label = "Feeling"
    bl_options: set[str] = set()

    def draw(self, context: Thing) -> None:
        own = _own(context).mien
        line.draw_live(self.layout, own)  # type: ignore[attr-defined]
        line.draw_feeling(self.layout, context, own)  # type: ignore[attr-defined]


class _Settings(_Sub):
    bl_label = "Performance"

    def draw(self, context: Thing) -> None:
        line.draw_settings(self.layout, _own(context))  # type: ignore[attr-defined]


class _Guides(_Sub):
    bl_label = "Guides on the Timeline"

    def draw(self, context: Thing) -> None:
        line.draw_guides(self.layout, _own(context).mien)  # type: ignore[attr-defined]


class _Keys(_Sub):
    bl_label = "Keys"

    def draw(self, context: Thing) -> None:
        line.draw_keys(self.layout, _own(context).mien)  # type: ignore[attr-defined]


_SPACES = {"": "VIEW_3D", "sequencer_": "SEQUENCE_EDITOR"}
_PANELS = {"main": _Main, "feeling": _Feeling, "settings": _Settings, "guides": _Guides, "keys": _Keys}


def _panel(space: str, name: str) -> type:
    """The panel's part for one editor."""
    idname = f"MIEN_PT_{space}{name}"
    where = {"bl_idname": idname, "bl_space_type": _SPACES[space], "bl_region_type": "UI", "bl_category": "Mien"}
    if name != "main":
        where["bl_parent_id"] = f"MIEN_PT_{space}main"
    return type(idname, (_PANELS[name], bpy.types.Panel), where)


CLASSES = (MIEN_UL_emotions, MIEN_UL_guides, *(_panel(space, name) for space in _SPACES for name in _PANELS))

register, unregister = bpy.utils.register_classes_factory(CLASSES)
