# SPDX-License-Identifier: GPL-3.0-or-later
"""Which character is meant."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import bpy

Thing: TypeAlias = Any


def is_character(thing: Thing) -> bool:
    """Whether an object was set up as a character."""
    own = getattr(thing, "mien_character", None)
    return own is not None and bool(len(own.meshes) or len(own.turns))


def parts(character: Thing) -> Iterator[Thing]:
    """The character's object, its meshes and the owners of what turns, each once; deleted ones are left out."""
    own, seen = character.mien_character, set[str]()
    for thing in (character, *(row.thing for row in own.meshes), *(row.owner for row in own.turns)):
        if thing is not None and thing.name_full not in seen:
            seen.add(thing.name_full)
            yield thing


def characters(scene: Thing) -> list[Thing]:
    """Every character of a scene."""
    return [thing for thing in scene.objects if is_character(thing)]


def find(context: Thing | None = None) -> Thing | None:
    """The character that is active: itself, the one that the active object is a part of, or the scene's only one."""
    context = context or bpy.context
    thing = getattr(context, "object", None) or context.view_layer.objects.active
    if thing is not None and is_character(thing):
        return thing
    known = characters(context.scene)
    if thing is not None:
        for character in known:
            if thing in parts(character):
                return character
    return known[0] if len(known) == 1 else None


def chosen(context: Thing | None = None) -> Thing:
    """The character that is set up and meant: the one pinned in the scene, else :func:`find`."""
    context = context or bpy.context
    pinned = getattr(getattr(context.scene, "mien", None), "character", None)
    if pinned is not None and pinned.name in context.scene.objects and is_character(pinned):
        return pinned
    return find(context)
