# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character has to be moved by: names of shape keys by mesh, and of bones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Thing: TypeAlias = Any


@dataclass(frozen=True)
class Joint:
    """A bone of an armature; without a name, an object that turns itself."""

    owner: Thing
    bone: str

    @property
    def name(self) -> str:
        return self.bone or str(self.owner.name)


def keys_on(thing: Thing) -> Thing:
    """The datablock of shape keys of an object, if it is a mesh that has some."""
    return thing.data.shape_keys if thing is not None and thing.type == "MESH" else None


def keys_of(row: Thing) -> Thing:
    """The datablock of shape keys that a row of the matching means."""
    return keys_on(row.mesh)


def shapes_of(mesh: Thing) -> list[str]:
    """Names of a mesh's shape keys without the one at rest."""
    keys = keys_on(mesh)
    return [block.name for block in keys.key_blocks if block != keys.reference_key] if keys else []


def sort_out(objects: Iterable[Thing]) -> tuple[list[Thing], list[Joint]]:
    """Meshes with relative shape keys, and joints: bones of armatures, and other objects that may turn.

    Armatures that move one of the meshes go first, for files hold others too: the one that a rig was made from, controls for show.
    """
    chosen = list(objects)
    # Absolute keys follow one another in time, and none can be mixed in by a value of its own.
    meshes = [thing for thing in chosen if shapes_of(thing) and thing.data.shape_keys.use_relative]
    bound = [armature for mesh in meshes for armature in armatures_of(mesh)]
    rigs = unique([*bound, *(thing for thing in chosen if thing.type == "ARMATURE")])
    joints = [Joint(rig, bone.name) for rig in rigs for bone in rig.data.bones]
    joints += [Joint(thing, "") for thing in chosen if thing.type in ("MESH", "EMPTY") and thing not in meshes]
    return meshes, joints


def armatures_of(mesh: Thing) -> list[Thing]:
    """Armatures that move a mesh."""
    found = [modifier.object for modifier in mesh.modifiers if modifier.type == "ARMATURE" and modifier.object]
    parent = mesh.parent
    return unique([*found, parent] if parent is not None and parent.type == "ARMATURE" else found)


def unique(things: Sequence[Thing]) -> list[Thing]:
    """Each datablock once, in their order."""
    return list({thing.name_full: thing for thing in things}.values())


def joint_named(joints: Iterable[Joint], name: str) -> Joint | None:
    """The first joint of that name."""
    return next((joint for joint in joints if joint.name == name), None)
