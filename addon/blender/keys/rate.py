# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds of a recording and frames of a scene."""

from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Thing: TypeAlias = Any


def scene_rate(scene: Thing) -> Fraction:
    """Frames a second, exactly: 30 over a base of 1.001 is 30000/1001, though Blender keeps the base as a 32-bit float."""
    base = Fraction(str(round(float(scene.render.fps_base), 6)))
    return Fraction(int(scene.render.fps)) / base


def frames(first: float, count: int) -> NDArray[np.float64]:
    """Frames of the scene on which ``count`` frames of a motion fall, whose frame 0 falls on ``first``."""
    return first + np.arange(count, dtype=np.float64)


def to_seconds(frame: float, first: float, rate: Fraction) -> float:
    """Time within the recording that starts on frame ``first``."""
    return (frame - first) * rate.denominator / rate.numerator


def to_frame(seconds: float, first: float, rate: Fraction) -> float:
    """The frame, perhaps between two, at a time of the recording that starts on frame ``first``."""
    return first + seconds * rate.numerator / rate.denominator
