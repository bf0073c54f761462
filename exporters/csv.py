"""Live Link Face's CSV. Format: ``docs/formats/csv.md``."""

from __future__ import annotations

import csv as text
import io
import math

import numpy as np

from backend.errors import DirectionError
from backend.motion import Motion, Rate
from backend.motion.arkit import APPLE_52
from backend.take import Take
from exporters.options import Options

_ROTATIONS = tuple(f"{what}{axis}" for what in ("head", "leftEye", "rightEye") for axis in ("Yaw", "Pitch", "Roll"))
_COLUMNS = (*APPLE_52, *_ROTATIONS)


def csv(take: Take, options: Options) -> bytes:
    """One row per frame as the Live Link Face app writes them: timecode, count, 61 values.

    Loses ``tongueTipUp`` and ``tongueUp``, digits beyond the eighth, and a rate that is no whole
    number: the timecode counts frames at the next whole one, without dropping any.

    Raises:
        DirectionError: the take is in a rig other than ``arkit``.
    """
    motion = take.motion
    missing = [name for name in _COLUMNS if name not in motion.rig]
    if missing:
        raise DirectionError(f"a Live Link Face CSV carries rig 'arkit', not '{motion.rig.name}': choose .take or .npz.")
    lines = io.StringIO()
    writer = text.writer(lines, lineterminator="\n")
    writer.writerow(["Timecode", "BlendshapeCount", *(name[0].upper() + name[1:] for name in _COLUMNS)])
    for frame, row in enumerate(_values(motion)):
        # Adding zero turns a negative zero into a plain one.
        writer.writerow([timecode(frame, motion.rate), len(_COLUMNS), *(f"{value + 0.0:.8f}" for value in row)])
    return lines.getvalue().encode("ascii")


def timecode(frame: int, rate: Rate) -> str:
    """``HH:MM:SS:FF.mmm`` with frames counted at the next whole rate, none dropped."""
    whole = math.ceil(rate)
    seconds, frames = divmod(frame, whole)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}.000"


def _values(motion: Motion) -> list[list[float]]:
    # The phone measures yaw and roll the other way round: its LeftEyeYaw grows as the eye turns to the character's right.
    signs = np.array([-1.0 if name in _ROTATIONS and not name.endswith("Pitch") else 1.0 for name in _COLUMNS])
    rows: list[list[float]] = np.round(motion.pick(_COLUMNS).astype(np.float64) * signs, 8).tolist()
    return rows
