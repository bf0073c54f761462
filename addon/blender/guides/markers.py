# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides lie on the timeline as pairs of markers: ``3> happy`` starts guide 3, ``<3 happy`` ends it.

Markers are seen in every timeline, dope sheet and graph editor, move with a drag, and leave no
trace in the picture or the sound, as strips would. What stands behind the number is the artist's
to change; a marker that is deleted leaves that side of its guide open, to the line's end.
"""

from typing import Any, TypeAlias

import bpy

Thing: TypeAlias = Any
START, END = "{}>", "<{}"


def find(scene: Thing, number: int, sign: str) -> Thing | None:
    """The marker that starts or ends a guide."""
    start = sign.format(number)
    return next((marker for marker in scene.timeline_markers if marker.name == start or marker.name.startswith(f"{start} ")), None)


def free_number(scene: Thing) -> int:
    """A number that no guide of any character has."""
    taken = {guide.number for thing in scene.objects for guide in thing.mien.guides}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def put(scene: Thing, guide: Thing, sign: str, frame: int) -> None:
    """Move a guide's marker, or make it."""
    marker = find(scene, guide.number, sign)
    if marker is None:
        scene.timeline_markers.new(name_of(guide, sign), frame=frame)
    else:
        marker.frame = frame


def remove(scene: Thing, guide: Thing) -> None:
    """Take a guide's markers off the timeline."""
    for sign in (START, END):
        marker = find(scene, guide.number, sign)
        if marker is not None:
            scene.timeline_markers.remove(marker)


def name_of(guide: Thing, sign: str) -> str:
    """What a guide's marker is called."""
    shown = guide.image.name if guide.kind == "image" and guide.image else guide.value
    return f"{sign.format(guide.number)} {shown}"[:63]


def renamed(self: Thing, context: Thing) -> None:
    """A guide's words changed: its markers show them."""
    from ..generate import live

    for sign in (START, END):
        marker = find(context.scene, self.number, sign)
        if marker is not None:
            marker.name = name_of(self, sign)
    live.touched(self, context)


def get_start(self: Thing) -> int:
    return _get(self, START)


def set_start(self: Thing, frame: int) -> None:
    put(bpy.context.scene, self, START, frame)


def get_end(self: Thing) -> int:
    return _get(self, END)


def set_end(self: Thing, frame: int) -> None:
    put(bpy.context.scene, self, END, frame)


def _get(guide: Thing, sign: str) -> int:
    marker = find(bpy.context.scene, guide.number, sign)
    return marker.frame if marker else 0
