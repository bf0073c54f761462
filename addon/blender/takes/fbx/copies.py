# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene of copies that plays what was sampled, from frame zero. Nothing of the artist's is touched, but for names, for a moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import bpy
import numpy as np
from mathutils import Matrix

from ...keys import actions, curves
from ...keys.shapes import path_of
from .sample import Sampled

Thing: TypeAlias = Any


@contextmanager
def fresh_scene(like: Thing, frames: int) -> Iterator[Thing]:
    """An empty scene at the rate of another, from frame zero. Everything that comes into the file while it is there goes with it."""
    before = {name: set(getattr(bpy.data, name)) for name in _LISTS}
    scene = bpy.data.scenes.new("Mien export")
    scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
    scene.frame_start, scene.frame_end = 0, max(frames - 1, 1)
    settings, own = scene.unit_settings, like.unit_settings
    settings.system, settings.scale_length = own.system, own.scale_length
    try:
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
        bpy.data.batch_remove([made for name in _LISTS for made in set(getattr(bpy.data, name)) - before[name]])


@contextmanager
def entered(context: Thing, scene: Thing) -> Iterator[None]:
    """Work in another scene. The window goes there, too: the importer in Python (before 4.5) finishes only armatures that it shows."""
    window = context.window
    if window is None or "fbx_import" in dir(bpy.ops.wm):
        with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            yield
        return
    shown, layer = window.scene, window.view_layer
    try:
        window.scene = scene
        yield
    finally:
        window.scene = shown
        window.view_layer = layer


_LISTS = ("objects", "meshes", "armatures", "actions", "materials", "images", "collections", "cameras", "lights")


def copy_into(scene: Thing, objects: Sequence[Thing], sampled: Sampled) -> dict[str, Thing]:
    """Copies of the objects in ``scene``, playing; by the originals' names."""
    made = {thing.name: _copied(thing) for thing in objects}
    for thing in objects:
        copy = made[thing.name]
        scene.collection.objects.link(copy)
        _join(thing, copy, made)
    scene.view_layers[0].update()  # until then Blender 4.2 has no poses of copied armatures
    for copy in made.values():
        _free(copy)
    for name, copy in made.items():
        _play(copy, name, sampled)
    return made


def _copied(thing: Thing) -> Thing:
    copy = thing.copy()
    copy.data = thing.data.copy() if thing.data else None
    for owner in (copy, copy.data, getattr(copy.data, "shape_keys", None)):
        if owner is not None and owner.animation_data:
            owner.animation_data_clear()
    copy.hide_viewport = copy.hide_render = False
    return copy


def _free(copy: Thing) -> None:
    """What was sampled needs no constraints."""
    for held in (copy, *(copy.pose.bones if copy.pose else ())):
        for constraint in list(held.constraints):
            held.constraints.remove(constraint)


def _join(thing: Thing, copy: Thing, made: dict[str, Thing]) -> None:
    """Parents and skeletons among the copies in place of those among the originals."""
    inside = thing.parent is not None and thing.parent.name in made and thing.parent_type in ("OBJECT", "ARMATURE")
    copy.parent = made[thing.parent.name] if inside else None
    for modifier in copy.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None and modifier.object.name in made:
            modifier.object = made[modifier.object.name]


def _play(copy: Thing, name: str, sampled: Sampled) -> None:
    frames = np.arange(sampled.frames, dtype=np.float64)
    places: dict[tuple[str, int], Any] = {}
    _move(copy, "", sampled.places[name], places, still=True)
    for bone, poses in sampled.bones.get(name, {}).items():
        _move(copy.pose.bones[bone], f"{copy.pose.bones[bone].path_from_id()}.", poses, places)
    _write(copy, places, frames)
    keys = getattr(copy.data, "shape_keys", None)
    if keys is not None:
        for block in keys.key_blocks:
            block.mute = False
            values = sampled.shapes[name].get(block.name)
            if values is not None:
                block.slider_min, block.slider_max = min(block.slider_min, values.min() - 1e-4), max(block.slider_max, values.max() + 1e-4)
        _write(keys, {(path_of(shape), 0): values for shape, values in sampled.shapes[name].items()}, frames)


def _move(thing: Thing, stem: str, matrices: list[Matrix], places: dict[tuple[str, int], Any], still: bool = False) -> None:
    """Curves of location, rotation and scale; an object that never moves is put in its place instead."""
    thing.rotation_mode = "QUATERNION"
    parts = [matrix.decompose() for matrix in matrices]
    moved = {"location": np.array([part[0] for part in parts]), "scale": np.array([part[2] for part in parts])}
    turns = np.array([part[1] for part in parts])
    flips = np.cumprod(np.concatenate([[1.0], np.where(np.einsum("fi,fi->f", turns[1:], turns[:-1]) < 0, -1.0, 1.0)]))
    moved["rotation_quaternion"] = turns * flips[:, None]
    if still:
        for name in ("delta_location", "delta_rotation_euler", "delta_rotation_quaternion", "delta_scale"):
            thing.property_unset(name)
        thing.matrix_parent_inverse = Matrix.Identity(4)
    for name, values in moved.items():
        setattr(thing, name, values[0])
        if np.ptp(values, axis=0).max() > 1e-6:
            places |= {(f"{stem}{name}", index): column for index, column in enumerate(values.T)}


def _write(owner: Thing, places: dict[tuple[str, int], Any], frames: Any) -> None:
    if not places:
        return
    action = actions.new(owner.name)
    actions.assign(owner, action)
    found = actions.curves_in(action, actions.slot_of(action, owner), make=True)
    for (path, index), values in places.items():
        curves.write(curves.ensure(found, path, index), frames, values)


@contextmanager
def named_like_originals(made: dict[str, Thing], objects: Sequence[Thing]) -> Iterator[None]:
    """The copies have the originals' names meanwhile: a name can be had only once."""
    own = {thing.name: thing for thing in objects}
    data = {name: thing.data.name for name, thing in own.items() if thing.data}
    try:
        for name, thing in own.items():
            thing.name = f"{name[:50]} (mien)"
            made[name].name = name
        yield
    finally:
        for name, thing in own.items():
            made[name].name = f"{name[:50]} (copy)"
            thing.name = name
        for name, wanted in data.items():
            own[name].data.name = wanted
