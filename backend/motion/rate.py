"""Frame rates as exact fractions, and the way from seconds to frames with the rounding named."""

import re
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backend.errors import DirectionError

Rate = Fraction

# Broadcast rates are written as decimals but run at n * 1000 / 1001 (SMPTE ST 12-1).
_NTSC = {23.976: 24, 23.98: 24, 29.97: 30, 47.952: 48, 59.94: 60, 119.88: 120}


_PLAIN = re.compile(r"\d{1,9}(\.\d{0,9})?(/\d{1,9})?")


def parse_rate(text: str | float | Fraction) -> Rate:
    """Read a frame rate such as ``30``, ``"29.97"`` or ``"30000/1001"``.

    Raises:
        DirectionError: it is no number, or lies outside 1 to 1000 frames per second.
    """
    try:
        if isinstance(text, str) and not _PLAIN.fullmatch(text.strip()):
            raise ValueError  # an exponent may cost more time than anybody has
        rate = Fraction(text)
        rate = next((Fraction(n * 1000, 1001) for d, n in _NTSC.items() if abs(float(rate) - d) < 5e-4), rate)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise DirectionError(f"'{text}' is no frame rate: write 24, 25, 29.97, 30, 60 or a fraction such as 30000/1001.") from None
    if not 1 <= rate <= 1000:
        raise DirectionError(f"a frame rate of {text} is out of reach: choose one from 1 to 1000 frames per second.")
    return rate.limit_denominator(1001)


def frame_times(count: int, rate: Rate, first: int = 0) -> NDArray[np.float64]:
    """Times of ``count`` frames from number ``first`` on, in seconds; frame 0 is at zero."""
    return np.arange(first, first + count, dtype=np.float64) * rate.denominator / rate.numerator


def frames_to_cover(seconds: float, rate: Rate) -> int:
    """How many frames reach from time zero to ``seconds`` or just past it; at least one."""
    return 1 + frame_ceil(max(seconds, 0.0), rate)


def frame_nearest(seconds: float, rate: Rate) -> int:
    """The frame closest to a time; halves go up."""
    return int(np.floor(seconds * float(rate) + 0.5))


def frame_floor(seconds: float, rate: Rate) -> int:
    """The last frame at or before a time (a hair's breadth of float error is forgiven)."""
    return int(np.floor(seconds * float(rate) + 1e-6))


def frame_ceil(seconds: float, rate: Rate) -> int:
    """The first frame at or after a time (a hair's breadth of float error is forgiven)."""
    return int(np.ceil(seconds * float(rate) - 1e-6))
