"""What MediaPipe sees of each ARKit shape: a linear model of landmarks, measured on Mien's own head.

``python -m backend.training.curate.calibrate`` draws the head at rest and with each shape at 1, seen from several sides, and keeps where
MediaPipe puts its points (``landmarks.npz``). Left shapes are measured on both sides and averaged; right ones are their mirror images.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ASSET = Path(__file__).with_name("landmarks.npz")

Array = NDArray[np.float64]

# Shapes that leave no trace in the points from in front (tongue), or none but the iris's (gaze sideways, read from the iris).
UNSEEN = frozenset(("tongueOut", "tongueTipUp", "tongueUp"))
GAZE = frozenset(f"eyeLook{way}{side}" for way in ("Up", "Down", "In", "Out") for side in ("Left", "Right"))


@dataclass(frozen=True, eq=False)
class LandmarkModel:
    """``rest [478, 3]``, in units of the distance between the outer corners of the eyes, x to the character's left, y up, z forward.

    ``names`` are ARKit shapes, ``moves [shapes, 468, 3]`` where each takes the skin's points at weight 1. ``gaze`` is how far the
    iris goes for a turn of one radian to the left, and down, in widths of the eye.
    """

    rest: Array
    names: tuple[str, ...]
    moves: Array
    gaze: tuple[float, float]


@cache
def landmark_model() -> LandmarkModel:
    """The shipped model."""
    with np.load(ASSET, allow_pickle=False) as stored:
        rest, partner = stored["rest"].astype(np.float64), stored["partner"]
        half = dict(zip(map(str, stored["names"]), stored["moves"].astype(np.float64), strict=True))
        gaze = (float(stored["gaze"][0]), float(stored["gaze"][1]))
    whole = dict(half)
    for name, move in half.items():
        if "Left" in name:
            whole[name.replace("Left", "Right")] = mirrored(move, partner[:468])
    return LandmarkModel(rest, tuple(whole), np.stack(list(whole.values())), gaze)


def mirrored(points: Array, partner: NDArray[np.intp]) -> Array:
    """Points or their moves ``[n, 3]`` with left and right exchanged."""
    return np.asarray(points[partner] * np.array([-1.0, 1.0, 1.0]))
