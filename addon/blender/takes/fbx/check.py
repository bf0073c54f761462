# SPDX-License-Identifier: GPL-3.0-or-later
"""An FBX read by Blender's own importer, and compared with what was to be written."""

import re
from pathlib import Path
from typing import Any, TypeAlias

import bpy
import numpy as np
from numpy.typing import NDArray

from ...keys import actions, curves
from ...keys.shapes import path_of
from .sample import Sampled

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]
TOLERANCE = 1e-3  # of a shape key's value, or of a turn between two frames
LATE = 1e-3  # of a second


def check(scene: Thing, path: Path, sampled: Sampled) -> None:
    """Read the file into ``scene`` and compare every curve that moves.

    Raises:
        RuntimeError: one is missing, late, short, or off by more than a thousandth; the sentence names it.
    """
    rate = scene.render.fps / scene.render.fps_base
    read_into(path)
    things = [thing for thing in scene.objects if thing.name in bpy.data.objects]
    for name, shapes in sampled.shapes.items():
        moving = {shape: values for shape, values in shapes.items() if np.ptp(values) > TOLERANCE}
        alike = [thing for thing in things if thing.type == "MESH" and _stem(thing.name) == _stem(name) and thing.data.shape_keys]
        if moving and not any(_holds(thing, moving, rate, scene) for thing in alike):
            wrong = "is missing from it" if not alike else "came back with other values or times"
            raise RuntimeError(
                f"The FBX file does not hold the take: '{name}' {wrong}. Nothing was kept; give its objects short, plain names."
            )
    for name, bones in sampled.bones.items():
        alike = [thing for thing in things if thing.type == "ARMATURE" and _stem(thing.name) == _stem(name)]
        turning = {bone: _turns(poses) for bone, poses in bones.items()}
        turning = {bone: turns for bone, turns in turning.items() if _swing(turns).max() > TOLERANCE}
        if turning and not any(_turned(thing, turning) for thing in alike):
            raise RuntimeError(
                f"The FBX file does not hold the turns of '{name}'. Nothing was kept; try once more with plain names of bones."
            )


def read_into(path: Path) -> None:
    """Read an FBX with the newest importer there is, without shifting its time."""
    if "fbx_import" in dir(bpy.ops.wm):
        bpy.ops.wm.fbx_import(filepath=str(path), anim_offset=0.0)
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)  # before Blender 4.5


def _stem(name: str) -> str:
    return re.sub(r"\.\d+$", "", name)


def _holds(thing: Thing, shapes: dict[str, Numbers], rate: float, scene: Thing) -> bool:
    keys = thing.data.shape_keys
    found = actions.active_curves(keys)
    for shape, values in shapes.items():
        curve = curves.find(found, path_of(shape)) if found is not None and shape in keys.key_blocks else None
        if curve is None or not _agrees(curve, values, rate, scene):
            return False
    return True


def _agrees(curve: Thing, values: Numbers, rate: float, scene: Thing) -> bool:
    frames, read = curves.keys_of(curve)
    if len(read) != len(values):
        return False
    times = np.arange(len(values)) / rate
    # The FBX importer of Blender before 4.5 forgets fps_base when it turns seconds into frames.
    late = min(np.abs(frames * base / scene.render.fps - times).max() for base in (scene.render.fps_base, 1.0))
    return bool(late < LATE and np.abs(read - values).max() < TOLERANCE)


def _turns(poses: list[Thing]) -> Numbers:
    return np.array([pose.to_quaternion() for pose in poses])


def _swing(turns: Numbers) -> Numbers:
    """How far each turn is from the first, whichever axes it is measured in: half-angles' cosines do not depend on them."""
    swing: Numbers = 2 * np.arccos(np.clip(np.abs(turns @ turns[0]), 0, 1))
    return swing


def _turned(thing: Thing, bones: dict[str, Numbers]) -> bool:
    """Whether the bones of an armature turn as far on every frame; importers lay bones' axes as they like."""
    found = actions.active_curves(thing)
    for name, turns in bones.items():
        bone = thing.pose.bones.get(name)
        places = [curves.find(found, f"{bone.path_from_id()}.rotation_quaternion", index) if bone else None for index in range(4)]
        parts = [place for place in places if place is not None]
        if len(parts) < len(places):
            return False
        read = np.stack([curves.keys_of(part)[1] for part in parts], axis=1) if len({len(p.keyframe_points) for p in parts}) == 1 else None
        if read is None or len(read) != len(turns):
            return False
        read /= np.linalg.norm(read, axis=1, keepdims=True)
        if np.abs(_swing(read) - _swing(turns)).max() > 5 * TOLERANCE:
            return False
    return True
