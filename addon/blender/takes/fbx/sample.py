# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character does, frame by frame, as it is seen: actions, NLA, drivers and constraints included."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]


@dataclass
class Sampled:
    """By name of the object: shape keys' values ``[frames]``; bones' and objects' matrices in their parents' spaces, one a frame."""

    frames: int
    shapes: dict[str, dict[str, Numbers]] = field(default_factory=dict)
    bones: dict[str, dict[str, list[Matrix]]] = field(default_factory=dict)
    places: dict[str, list[Matrix]] = field(default_factory=dict)


def sample(context: Thing, objects: Sequence[Thing], start: int, end: int) -> Sampled:
    """Look at every frame from ``start`` to ``end``; the scene is then where it was."""
    scene = context.scene
    at = scene.frame_current, scene.frame_subframe
    count = end - start + 1
    found = Sampled(count)
    keys = {thing.name: thing.data.shape_keys for thing in objects if thing.type == "MESH" and thing.data.shape_keys}
    found.shapes = {
        name: {block.name: np.empty(count) for block in key.key_blocks if block != key.reference_key} for name, key in keys.items()
    }
    found.bones = {thing.name: {bone.name: [] for bone in thing.pose.bones} for thing in objects if thing.type == "ARMATURE"}
    found.places = {thing.name: [] for thing in objects}
    try:
        for index, frame in enumerate(range(start, end + 1)):
            scene.frame_set(frame)
            _look(context.evaluated_depsgraph_get(), objects, keys, index, found)
    finally:
        scene.frame_set(at[0], subframe=at[1])
    return found


def _look(graph: Thing, objects: Sequence[Thing], keys: dict[str, Thing], index: int, found: Sampled) -> None:
    for name, key in keys.items():
        seen = key.evaluated_get(graph).key_blocks
        for shape, values in found.shapes[name].items():
            values[index] = 0.0 if seen[shape].mute else seen[shape].value
    for thing in objects:
        seen = thing.evaluated_get(graph)
        found.places[thing.name].append(_beside(seen, thing, objects))
        for name, poses in found.bones.get(thing.name, {}).items():
            bone = seen.pose.bones[name]
            # What the pose would be without constraints and drivers, so that the copy needs neither.
            poses.append(seen.convert_space(pose_bone=bone, matrix=bone.matrix, from_space="POSE", to_space="LOCAL"))


def _beside(seen: Thing, thing: Thing, objects: Sequence[Thing]) -> Matrix:
    """Within the parent where that is exported too, else in the world."""
    if thing.parent in objects and thing.parent_type in ("OBJECT", "ARMATURE"):
        return seen.matrix_local.copy()
    return seen.matrix_world.copy()
