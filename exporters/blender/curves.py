"""F-curves on any Blender from 4.2 to 5: written in one call each, and found again."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Thing: TypeAlias = Any  # whatever Blender hands out; its module ships no types
Place: TypeAlias = tuple[str, int]  # a property's path on its datablock, and the index in it
Curves: TypeAlias = Mapping[Place, NDArray[Any]]

_LINEAR = 1  # value of LINEAR in Blender's enumeration of interpolations


def replace_curves(owner: Thing, name: str, curves: Curves, frames: int) -> None:
    """Put curves ``[frames]`` on a datablock in a new action, instead of what moved the same properties.

    What keys moved its other properties is sampled into the new action; NLA tracks go. Drivers stay
    where the curves do not: corrective shapes hang on them.
    """
    kept = {
        place: np.array([curve.evaluate(frame) for frame in range(frames)])
        for curve in all_curves(owner)
        if (place := (curve.data_path, curve.array_index)) not in curves and not _same_rotation(place, curves)
    }
    target = _new_action(owner, name)
    for driver in [driver for driver in owner.animation_data.drivers if (driver.data_path, driver.array_index) in curves]:
        owner.animation_data.drivers.remove(driver)
    for (path, index), values in {**kept, **curves}.items():
        _add_curve(target, path, values, index)


def _same_rotation(place: Place, curves: Curves) -> bool:
    """A bone turns by Euler angles or by a quaternion: keys on the other kind are replaced, too."""
    stem, dot, _ = place[0].rpartition(".rotation_")
    return bool(dot) and any(path.startswith(f"{stem}.rotation_") for path, _ in curves)


def _new_action(owner: Thing, name: str) -> Thing:
    """Where the curves of a new, only action of the datablock go.

    Blender 4.4 brought slots, which must be assigned or nothing moves; 5.0 dropped ``action.fcurves``.
    """
    import bpy

    data = owner.animation_data or owner.animation_data_create()
    data.use_tweak_mode = False  # it locks the action
    for track in list(data.nla_tracks):
        data.nla_tracks.remove(track)
    action = bpy.data.actions.new(name)
    data.action = action
    if not hasattr(action, "slots"):
        return action.fcurves
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    data.action_slot = slot
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def _add_curve(curves: Thing, path: str, values: NDArray[Any], index: int) -> None:
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
