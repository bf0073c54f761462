# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that make something of a take: a mesh, MetaHuman's curves, an FBX file."""

from pathlib import Path
from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from .. import session
from ..characters.doing import tried
from ..keys import scene_rate
from ..properties import character_of
from . import fbx, listing, loading, metahuman, vertices
from .operators import OnTake, character_or_raise

Thing: TypeAlias = Any
HEADS = (
    ("flame", "FLAME", "The FLAME mesh: the artist's own file where the service has one, else Mien's head in FLAME's layout"),
    ("mien", "Mien", "Mien's own head"),
)


class MIEN_OT_take_bake_mesh(OnTake, bpy.types.Operator):
    """Add a mesh that moves as the chosen take does, with no skeleton: as shape keys, or as a cache beside the blend file"""

    bl_idname, bl_label = "mien.take_bake_mesh", "Bake Mesh"

    head: EnumProperty(items=HEADS, name="Head", description="The mesh that is baked")
    kind: EnumProperty(
        name="As",
        items=(("PANEL", "As chosen", "As the panel says"), ("KEYS", "Shape keys", "Editable"), ("CACHE", "Cache", "Exact")),
        description="What the mesh is baked as",
        options={"SKIP_SAVE"},
    )

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            row, character = listing.chosen_row(), character_of(context)
            mesh = session.service().vertices(row.take, head=self.head, rate=str(scene_rate(context.scene)))
            kind = self.kind if self.kind != "PANEL" else context.window_manager.mien_bake_as
            bake = vertices.bake_cache if kind == "CACHE" else vertices.bake_keys
            first = float(character.mien.first) if character else 1.0
            thing, notes = bake(context, f"{row.label} mesh", mesh, first)
            context.scene.frame_end = max(context.scene.frame_end, int(first) + mesh.shape[0] - 1)
            thing.update_tag()
            return notes

        return tried(self, work)


class MIEN_OT_take_bake_metahuman(OnTake, bpy.types.Operator):
    """Key MetaHuman's curves (CTRL_expressions_...) of the chosen take as custom properties, on an empty under the character or on it"""

    bl_idname, bl_label = "mien.take_bake_metahuman", "MetaHuman Curves"

    on_empty: BoolProperty(
        name="On an empty", default=True, description="On an empty of its own under the character, not on the character itself"
    )

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            row, character = listing.chosen_row(), character_of(context)
            motion = session.service().motion(row.take, rig=metahuman.RIG, rate=str(scene_rate(context.scene)))
            first = loading.first_frame(character, motion, context.scene) if character else 1.0
            thing = metahuman.bake(context, character, motion, first, f"{row.label} MetaHuman", self.on_empty)
            context.scene.frame_set(context.scene.frame_current)
            return [f"{len(motion.channels)} curves are custom properties of '{thing.name}'."]

        return tried(self, work)


class MIEN_OT_export_fbx(ExportHelper, bpy.types.Operator):
    """Export the character with all that it does, seen as it is seen, from time zero; the file is read back and compared"""

    bl_idname, bl_label, bl_options = "mien.export_fbx", "Export FBX", {"REGISTER"}
    filename_ext = ".fbx"
    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})
    whole: BoolProperty(
        name="Scene's frames", default=True, description="From the frame on which the line starts to the scene's last frame"
    )
    start: IntProperty(name="Start", default=1, description="The frame that is time zero in the file")
    end: IntProperty(name="End", default=250, description="The last frame that is written")

    @classmethod
    def poll(cls, context: Thing) -> bool:
        if character_of(context) is None:
            cls.poll_message_set("Select a character first")
            return False
        return True

    def invoke(self, context: Thing, event: Thing) -> set[str]:
        own: Thing = self
        if not own.filepath:
            own.filepath = f"{bpy.path.clean_name(character_or_raise(context).name)}.fbx"
        invoked: set[str] = super().invoke(context, event)
        return invoked

    def draw(self, _: Thing) -> None:
        self.layout.prop(self, "whole")
        column = self.layout.column()
        column.active = not self.whole
        column.prop(self, "start")
        column.prop(self, "end")

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = character_or_raise(context)
            start, end = (round(character.mien.first), context.scene.frame_end) if self.whole else (self.start, self.end)
            return fbx.export(context, character, Path(self.filepath), start, end)

        return tried(self, work)


CLASSES = (MIEN_OT_take_bake_mesh, MIEN_OT_take_bake_metahuman, MIEN_OT_export_fbx)
