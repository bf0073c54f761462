# SPDX-License-Identifier: GPL-3.0-or-later
"""One F-curve: all of its keys written, read and spliced in single calls."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]

LINEAR = 1  # value of LINEAR in Blender's enumeration of interpolations
_EACH = ("interpolation", "easing", "type", "handle_left_type", "handle_right_type")
_HANDLES = ("co", "handle_left", "handle_right")


def find(curves: Thing, path: str, index: int = 0) -> Thing | None:
    """The F-curve of a property, if there is one."""
    return curves.find(path, index=index) if curves is not None else None


def ensure(curves: Thing, path: str, index: int = 0) -> Thing:
    """The F-curve of a property, made where there is none."""
    return find(curves, path, index) or curves.new(path, index=index)


def keys_of(curve: Thing) -> tuple[Numbers, Numbers]:
    """Frames and values of a curve's keys."""
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    frames, values = points.astype(np.float64).reshape(-1, 2).T
    return frames, values


def sample(curve: Thing, frames: Numbers) -> Numbers:
    """The curve's values at any frames, its modifiers included."""
    return np.array([curve.evaluate(frame) for frame in frames.tolist()], np.float64)


def write(curve: Thing, frames: Numbers, values: Numbers) -> None:
    """Give a curve these keys and no others, joined by straight lines."""
    points = curve.keyframe_points
    if len(points):
        points.clear()
    count = len(frames)
    points.add(count)
    co = np.empty((count, 2), np.float32)
    co[:, 0], co[:, 1] = frames, values
    points.foreach_set("co", co.ravel())
    points.foreach_set("interpolation", np.full(count, LINEAR, np.int32))
    curve.update()


def splice(curve: Thing, frames: Numbers, values: Numbers) -> None:
    """Replace the keys from the first to the last of ``frames``; every other key stays as it is, handles and interpolation included."""
    old, _ = keys_of(curve)
    low, high = frames[0] - 1e-3, frames[-1] + 1e-3
    before, after = old < low, old > high
    if not (before.any() or after.any()):
        write(curve, frames, values)
        return
    kept = {name: _get(curve, name) for name in (*_EACH, *_HANDLES)}
    count = len(frames)
    co = np.stack([frames, values], axis=1).astype(np.float32)
    fresh: dict[str, NDArray[Any]] = dict.fromkeys(_HANDLES, co)
    fresh["interpolation"] = np.full(count, LINEAR, np.int32)
    points = curve.keyframe_points
    points.clear()
    points.add(int(before.sum() + count + after.sum()))
    for name, values_of in kept.items():
        new = fresh[name] if name in fresh else np.full(count, values_of[0])
        points.foreach_set(name, np.ascontiguousarray(np.concatenate([values_of[before], new, values_of[after]])).ravel())
    curve.update()


def _get(curve: Thing, name: str) -> NDArray[Any]:
    count = len(curve.keyframe_points)
    if name in _HANDLES:
        pairs = np.empty(2 * count, np.float32)
        curve.keyframe_points.foreach_get(name, pairs)
        return pairs.reshape(count, 2)
    numbers = np.empty(count, np.int32)
    curve.keyframe_points.foreach_get(name, numbers)
    return numbers
