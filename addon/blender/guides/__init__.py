# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides on the timeline: what is felt from one frame to another."""

from fractions import Fraction
from typing import Any, TypeAlias

import bpy

from . import markers

Thing: TypeAlias = Any


def spans(scene: Thing, line: Thing, first: float, rate: Fraction) -> list[tuple[Thing, dict[str, Any]]]:
    """Every guide with its part of a direction, all but what it shows: ``first`` is the frame on which the line starts."""
    found = []
    for guide in line.guides:
        span: dict[str, Any] = {"kind": guide.kind, "weight": round(guide.weight, 6), "ease": guide.ease}
        for name, sign in (("start", markers.START), ("end", markers.END)):
            marker = markers.find(scene, guide.number, sign)
            span[name] = None if marker is None else float((marker.frame - Fraction(first)) / rate)
        span["fade"] = round(guide.fade, 6) if guide.fade >= 0 else None
        if span["end"] is not None and span["end"] <= max(span["start"] or 0.0, 0.0):
            continue  # before the line, or turned round
        if span["start"] is not None and span["start"] <= 0:
            span["start"] = None
        found.append((guide, span))
    return found


class _Guides(bpy.types.Operator):
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        from ..properties import character_of

        return character_of(context) is not None

    def line(self, context: Thing) -> Thing:
        from ..properties import character_of

        character = character_of(context)  # poll has found one
        return character and character.mien


class MIEN_OT_guide_add(_Guides):
    """Add a guide from the current frame on, with markers for its start and end"""

    bl_idname = "mien.guide_add"
    bl_label = "Add Guide"

    def execute(self, context: Thing) -> set[str]:
        line, scene = self.line(context), context.scene
        guide = line.guides.add()
        guide.number = markers.free_number(scene)
        guide.value = "happy"
        line.guide_index = len(line.guides) - 1
        start = scene.frame_current
        markers.put(scene, guide, markers.START, start)
        markers.put(scene, guide, markers.END, start + round(scene.render.fps / scene.render.fps_base))
        return {"FINISHED"}


class MIEN_OT_guide_remove(_Guides):
    """Remove the chosen guide and its markers"""

    bl_idname = "mien.guide_remove"
    bl_label = "Remove Guide"

    def execute(self, context: Thing) -> set[str]:
        line = self.line(context)
        if not 0 <= line.guide_index < len(line.guides):
            return {"CANCELLED"}
        markers.remove(context.scene, line.guides[line.guide_index])
        line.guides.remove(line.guide_index)
        line.guide_index = max(0, min(line.guide_index, len(line.guides) - 1))
        return {"FINISHED"}


CLASSES = (MIEN_OT_guide_add, MIEN_OT_guide_remove)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
