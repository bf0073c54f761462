"""F-curves on any Blender from 4.2 to 5: written in one call each, and found again."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Thing: TypeAlias = Any  # whatever Blender hands out; its module ships no types

_LINEAR = 1  # value of LINEAR in Blender's enumeration of interpolations


def new_action(owner: Thing, name: str) -> Thing:
    """Replace all animation of a datablock by a new, empty action; returns where its curves go.

    Blender 4.4 brought slots, which must be assigned or nothing moves; 5.0 dropped ``action.fcurves``.
    """
    import bpy

    owner.animation_data_clear()
    action = bpy.data.actions.new(name)
    data = owner.animation_data_create()
    data.action = action
    if not hasattr(action, "slots"):
        return action.fcurves
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    data.action_slot = slot
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def add_curve(curves: Thing, path: str, values: NDArray[np.floating[Any]], index: int = 0) -> None:
    """A linear key per frame from frame zero."""
    count = len(values)
    curve = curves.new(path, index=index)
    curve.keyframe_points.add(count)
    points = np.empty((count, 2), np.float32)
    points[:, 0] = np.arange(count)
    points[:, 1] = values
    curve.keyframe_points.foreach_set("co", points.ravel())
    curve.keyframe_points.foreach_set("interpolation", np.full(count, _LINEAR, np.int32))
    curve.update()


def all_curves(owner: Thing) -> Iterator[Thing]:
    """Every F-curve of the datablock's active action."""
    data = owner.animation_data
    if data is None or data.action is None:
        return
    if not hasattr(data.action, "layers"):
        yield from data.action.fcurves
        return
    for layer in data.action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(data.action_slot) if data.action_slot else None
            yield from bag.fcurves if bag else ()


def keys_of(curve: Thing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frames and values of a curve's keys."""
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    frames, values = points.astype(np.float64).reshape(-1, 2).T
    return frames, values
