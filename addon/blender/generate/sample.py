# SPDX-License-Identifier: GPL-3.0-or-later
"""Animated properties of a character, sampled over the time of its line."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..keys import actions, curves

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]

STEP = 0.1  # seconds between the samples of an emotion's weight
MOST = 400  # samples of one curve
FINE = 1 / 30  # seconds between the samples of the intensity
NEAR = 1e-3  # what straight lines between kept samples may be off


@dataclass(frozen=True)
class Span:
    """The line on the timeline: ``first`` frame, rate of the scene, length in seconds as far as it is known."""

    first: float
    rate: Fraction
    seconds: float | None = None


def curve_of(thing: Thing, *paths: str) -> Thing | None:
    """The F-curve that moves a property of an object, by any of the paths that name it."""
    found = actions.active_curves(thing)
    return next((curve for path in paths if (curve := curves.find(found, path)) is not None and not curve.mute), None)


def not_followed(thing: Thing) -> list[str]:
    """Properties of Mien's that drivers or NLA strips of an object move, and no F-curve of its active action."""
    data = thing.animation_data
    if data is None:
        return []
    moved = [driver.data_path for driver in data.drivers]
    for strip in (strip for track in data.nla_tracks if not track.mute for strip in track.strips if strip.action and not strip.mute):
        moved += [curve.data_path for curve in actions.curves_in(strip.action, getattr(strip, "action_slot", None)) or ()]
    own = [path for path in dict.fromkeys(moved) if path.startswith(("mien.", "mien_"))]
    return [path.rpartition(".")[2] for path in own if curve_of(thing, path) is None]


def times(curve: Thing, span: Span, step: float) -> Numbers:
    """Even times over the line, at most :data:`MOST`; without a known length, to the curve's last key."""
    end = span.seconds
    if end is None:
        end = max(float((curve.range()[1] - span.first) / span.rate), step)
    count = int(min(max(np.ceil(end / step), 1), MOST))
    return np.linspace(0, end, count + 1)


def sample(curve: Thing, span: Span, at: Numbers) -> Numbers:
    """The curve's values at seconds of the line."""
    return curves.sample(curve, span.first + at * float(span.rate))


def curve_keys(curve: Thing, span: Span, low: float, high: float) -> tuple[list[float], list[float]]:
    """A curve as times and values joined by straight lines, no more of them than it needs."""
    at = times(curve, span, FINE)
    values = np.clip(sample(curve, span, at), low, high)
    kept = thinned(at, values)
    return [round(float(t), 6) for t in at[kept]], [round(float(v), 6) for v in values[kept]]


def thinned(at: Numbers, values: Numbers) -> list[int]:
    """Indices of samples between which straight lines come near all others (Ramer 1972; Douglas & Peucker 1973)."""
    kept, open_ = {0, len(at) - 1}, [(0, len(at) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        off = np.abs(values[inner] - np.interp(at[inner], [at[first], at[last]], [values[first], values[last]]))
        worst = first + 1 + int(off.argmax())
        if off.max() > NEAR:
            kept.add(worst)
            open_ += [(first, worst), (worst, last)]
    return sorted(kept)


def weight_guides(curve: Thing, span: Span, high: float, make: Callable[[float, dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """An animated weight as guides that fade into one another in straight lines: their sum is the curve, sampled evenly.

    A guide that is ``step`` long and fades over ``step`` at both ends is a triangle from the sample before to the one after.
    """
    at = times(curve, span, STEP)
    step = float(at[1] - at[0])
    values = np.clip(sample(curve, span, at), 0, high)
    if np.ptp(values) < 1e-6:
        return [make(float(values[0]), {})] if values[0] > 0 else []
    found = []
    for index, value in enumerate(values.tolist()):
        if value < 1e-4 or (span.seconds is not None and at[index] - step / 2 >= span.seconds):
            continue
        start = None if index == 0 else round(float(at[index]) - step / 2, 6)
        end = None if index == len(at) - 1 else round(float(at[index]) + step / 2, 6)
        found.append(make(value, {"start": start, "end": end, "fade": round(step, 6), "ease": "linear"}))
    return found
