# SPDX-License-Identifier: GPL-3.0-or-later
"""A take as a mesh in motion: shape keys that together make every frame, or a cache of every vertex."""

import struct
from pathlib import Path
from typing import Any, TypeAlias

import bpy
import numpy as np
from numpy.typing import NDArray

from ..keys import actions, curves
from ..keys.shapes import LIMIT, path_of

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]

CLOSE = 5e-5  # metres: how near to the take every vertex comes, a twentieth of a millimetre
_MOST = 100  # shape keys
_FOLDER = "mien_cache"
_PC2 = struct.Struct("<12siiffi")


def points_of(mesh: Thing) -> NDArray[np.float32]:
    """``[frames, vertices, 3]`` in Blender's axes: z up, the face looking along -y."""
    y_up = np.frombuffer(mesh.vertices, "<f4").reshape(mesh.shape)
    return np.stack([y_up[..., 0], -y_up[..., 2], y_up[..., 1]], axis=-1)


def add(context: Thing, name: str, points: NDArray[np.float32], faces: bytes) -> Thing:
    """A smooth mesh object of the first frame."""
    mesh = bpy.data.meshes.new(name)
    triangles = np.frombuffer(faces, "<i4").reshape(-1, 3)
    mesh.from_pydata(points[0].tolist(), [], triangles.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(triangles), bool))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    context.collection.objects.link(thing)
    return thing


def components(points: NDArray[np.float32]) -> tuple[Numbers, Numbers, Numbers]:
    """Middle ``[V, 3]``, shapes ``[K, V, 3]`` and weights ``[frames, K]``, within ``CLOSE`` of every vertex, or with ``_MOST`` shapes.

    Principal components of the frames (Alexa and Müller 2000), each scaled so that its largest weight is 1.
    """
    flat = points.reshape(len(points), -1).astype(np.float64)
    middle = flat.mean(axis=0)
    off = flat - middle
    strength, left = np.linalg.eigh(off @ off.T)  # frames are fewer than coordinates
    order = np.argsort(strength)[::-1]
    order = order[strength[order] > 1e-12 * max(float(strength.max()), 1e-12)][:_MOST]
    weights, rest = np.zeros((len(flat), 0)), off.copy()
    shapes = np.zeros((0, flat.shape[1]))
    for index in order:
        if np.abs(rest).max() <= CLOSE:
            break
        direction = left[:, index]
        largest = direction[np.abs(direction).argmax()]
        shape = (direction @ off) * largest  # least squares: the directions are orthonormal
        weight = direction / largest
        shapes, weights = np.vstack([shapes, shape]), np.column_stack([weights, weight])
        rest -= np.outer(weight, shape)
    return middle.reshape(-1, 3), shapes.reshape(len(shapes), points.shape[1], 3), weights


def bake_keys(context: Thing, name: str, mesh: Thing, first: float) -> tuple[Thing, list[str]]:
    """A mesh object with a shape key for each component, keyed on every frame; and what the artist should know."""
    points = points_of(mesh)
    middle, shapes, weights = components(points)
    thing = add(context, name, points, mesh.faces)
    thing.data.vertices.foreach_set("co", middle.astype(np.float32).ravel())
    thing.shape_key_add(name="Basis", from_mix=False)
    for index, shape in enumerate(shapes):
        block = thing.shape_key_add(name=f"component {index + 1:03d}", from_mix=False)
        block.data.foreach_set("co", (middle + shape).astype(np.float32).ravel())
        block.slider_min, block.slider_max = max(float(weights[:, index].min()), -LIMIT), min(float(weights[:, index].max()), LIMIT)
    if len(shapes):
        _key(thing.data.shape_keys, name, weights, first)
    worst = float(np.abs(middle + np.tensordot(weights, shapes, 1) - points).max())
    return thing, [f"{len(shapes)} shape keys come within {1000 * worst:.2f} mm of every vertex of the take."]


def _key(keys: Thing, name: str, weights: Numbers, first: float) -> None:
    action = actions.new(name)
    actions.assign(keys, action)
    found = actions.curves_in(action, actions.slot_of(action, keys), make=True)
    frames = first + np.arange(len(weights), dtype=np.float64)
    for block, values in zip(list(keys.key_blocks)[1:], weights.T, strict=True):
        curves.write(curves.ensure(found, path_of(block.name)), frames, values)


def bake_cache(context: Thing, name: str, mesh: Thing, first: float) -> tuple[Thing, list[str]]:
    """A mesh object that plays a PC2 file beside the blend file, through a Mesh Cache modifier.

    Raises:
        ValueError: the blend file has no place on disk yet.
    """
    path = cache_path(name)
    points = points_of(mesh)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pc2(path, points, first)
    thing = add(context, name, points, mesh.faces)
    modifier = thing.modifiers.new("Mien", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "PC2", bpy.path.relpath(str(path))
    modifier.play_mode, modifier.time_mode, modifier.interpolation = "SCENE", "FRAME", "LINEAR"
    modifier.frame_start, modifier.frame_scale = first, 1.0
    return thing, [f"The mesh plays {path.parent.name}/{path.name}: keep that file with the blend file."]


def cache_path(name: str) -> Path:
    """A free place for a cache, in a folder beside the blend file.

    Raises:
        ValueError: the blend file was not saved yet.
    """
    if not bpy.data.filepath:
        raise ValueError("A cache lies beside the blend file: save the file first, or bake as shape keys.")
    folder = Path(bpy.data.filepath).parent / _FOLDER
    stem = bpy.path.clean_name(name) or "take"
    return next(path for number in range(10000) if not (path := folder / f"{stem}{f'_{number}' if number else ''}.pc2").exists())


def write_pc2(path: Path, points: NDArray[np.float32], first: float) -> None:
    """Frames as a point cache: little-endian, a header of 32 bytes, then every vertex of every frame. Replaced when it is complete.

    PC2 rather than MDD: numpy's own bytes, written frame by frame, and no list of times that could disagree with the modifier's.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(_PC2.pack(b"POINTCACHE2\0", 1, points.shape[1], first, 1.0, points.shape[0]))
            for frame in points:
                file.write(np.ascontiguousarray(frame, "<f4").tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
