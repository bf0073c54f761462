"""SMPTE timecode to seconds, drop-frame too (SMPTE ST 12-1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.motion import Rate

_CODE = re.compile(r"(\d{1,2})([:;])(\d{1,2})([:;])(\d{1,2})([:;.])(\d{1,3})(?:\.(\d+))?")
_COUNTS = (24, 25, 30, 48, 50, 60, 100, 120)  # frames in a second that recorders count
USUAL = 60  # what the Live Link Face app counts, whatever the rate of its captures
_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Timecode:
    """Hours, minutes, seconds, frames; ``part`` is what lies beyond the frame, 0 to 1. ``drop`` where a semicolon says so."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    part: float
    drop: bool


def parse(text: str) -> Timecode:
    """Read ``HH:MM:SS:FF.mmm``, the last digits being a share of the frame, or with semicolons for drop-frame.

    Raises:
        InputError: it is no timecode.
    """
    found = _CODE.fullmatch(text.strip())
    if not found or int(found[3]) > 59 or int(found[5]) > 59:
        raise InputError(f"'{text[:40]}' is no timecode such as 10:20:30:15.250.")
    part = float(f"0.{found[8]}") if found[8] else 0.0
    return Timecode(int(found[1]), int(found[3]), int(found[5]), int(found[7]), part, ";" in text)


def times(codes: Sequence[Timecode], rate: Rate | None = None) -> tuple[NDArray[np.float64], Rate]:
    """Seconds of every timecode since the first, and the rate at which their frames are counted.

    That rate is written nowhere: it is ``rate``, where the frames fit into it; else the lowest usual one that
    they fit into; else, in a take too short for its frames to start anew, the app's 60. Midnight is passed over.
    """
    count, counted = _counted(codes, rate)
    drop = 2 * count // 30 if codes[0].drop and count % 30 == 0 else 0
    found = np.array([_frames(code, count, drop) for code in codes]) / float(counted)
    found = np.unwrap(found, period=_DAY if not drop else float(_frames(Timecode(24, 0, 0, 0, 0.0, True), count, drop) / float(counted)))
    return found - found[0], counted


def _counted(codes: Sequence[Timecode], rate: Rate | None) -> tuple[int, Rate]:
    highest = max(code.frames for code in codes)
    if rate is not None and highest < ceil(rate):
        return ceil(rate), rate
    whole = len({(code.hours, code.minutes, code.seconds) for code in codes}) > 1
    count = next((count for count in _COUNTS if highest < count and (whole or count >= USUAL)), highest + 1)
    # Drop-frame timecode exists for the broadcast rates alone.
    return count, Fraction(count * 1000, 1001) if codes[0].drop and count % 30 == 0 else Fraction(count)


def _frames(code: Timecode, count: int, drop: int) -> float:
    """Frames since midnight: numbers 0 and 1 (of 30) are left out of every minute but each tenth."""
    minutes = code.hours * 60 + code.minutes
    return (minutes * 60 + code.seconds) * count + code.frames + code.part - drop * (minutes - minutes // 10)
