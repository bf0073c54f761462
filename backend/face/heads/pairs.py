"""Correctives: what the sum of shapes that act together lacks, in millimetres where all of them are at full weight.

Lids that close twice are let close once; lips that would go through the teeth go round them; what
two shapes both do is not done twice over.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.form import Points
from backend.face.heads.sculpt import Clay, clear_eye, clear_teeth, slide_lids
from backend.face.heads.upper_face import BLINK

Shapes = Mapping[str, Points]
Recipe = Callable[[Clay, Shapes], Points]

# How far each shape turns the upper and the lower lid, as its recipe says, and how far a pair shall, all told.
_LIDS = {
    "eyeBlink": BLINK,
    "eyeSquint": (0.2, 0.3),
    "eyeLookDown": (0.4, -0.16),
    "eyeLookUp": (-0.26, 0.09),
    "eyeWide": (-0.26, -0.09),
    "cheekSquint": (0.0, 0.16),
}
_CLOSED = {
    "eyeSquint": (0.56, 0.395),
    "eyeLookDown": (0.885, 0.045),
    "eyeLookUp": (0.75, 0.205),
    "eyeWide": (0.82, 0.13),
    "cheekSquint": (0.71, 0.24),
}


def _shut(other: str) -> Recipe:
    """A blink shuts the eye once, whatever else the lids do."""

    def recipe(clay: Clay, shapes: Shapes) -> Points:
        whole = slide_lids(clay, *_CLOSED[other])
        return whole - slide_lids(clay, *_LIDS["eyeBlink"]) - slide_lids(clay, *_LIDS[other])

    return recipe


def _less(shape: str, share: float) -> Recipe:
    return lambda _, shapes: -share * shapes[shape]


def _as_summed(clay: Clay, _: Shapes) -> Points:
    return clay.still


def funnelled_pucker(clay: Clay, shapes: Shapes) -> Points:
    """Each draws the corners in and the lips forward: together they go little further than the pucker alone."""
    eased = -0.5 * shapes["mouthPucker"] - 0.2 * shapes["mouthFunnel"]
    eased[:, 1] = -0.1 * shapes["mouthFunnel"][:, 1] - 0.4 * shapes["mouthPucker"][:, 1]
    return eased


def open_smile(clay: Clay, shapes: Shapes) -> Points:
    """On an open jaw a smile squares the mouth: the upper lip rises off the teeth, the lower is drawn tight across."""
    upper = clay["lips"] * (1 - clay["lower"]) * (1 - clay["bag"]) * np.exp(-(((clay.x - 12) / 11) ** 2))
    lower = clay["lips"] * clay["lower"] * (1 - clay["bag"]) * np.exp(-(((clay.x - 13) / 9) ** 2))
    return clay.by(upper * clay.left(9), (0.4, 2.2, -0.4)) + clay.by(lower * clay.left(9), (1.2, 0.8, -0.6))


def sneered_lip(clay: Clay, shapes: Shapes) -> Points:
    """Both raise the lip: it stops below the nose, and the fold beside the nose deepens."""
    lip = clay["lips"] * (1 - clay["lower"]) * clay.near((12, -59, 99), 12)
    moved = clay.by(lip, (0, -2.2, 0.6)) + clay.pull((26, -44, 89), 7, (0.6, 0.8, 1.6), 8)
    return moved * clay.left(5)[:, None]


def wide_under_brow(clay: Clay, shapes: Shapes) -> Points:
    """A lowered brow keeps the skin above the lid from rising."""
    return -0.55 * slide_lids(clay, *_LIDS["eyeWide"]) - 0.8 * clay.pull((33, 17, 88), 14, (0, 1.6, 0), 7) * _off_lids(clay)


def _off_lids(clay: Clay) -> Points:
    riding = np.clip(1.15 * (clay["upper_lid"] + clay["lower_lid"]), 0, 1)
    return np.asarray(1 - riding)[:, None]


# By channels, with stems that stand for a left and a right shape marked by a star.
PAIRS: dict[tuple[str, ...], Recipe] = {
    **{("eyeBlink*", f"{other}*"): _shut(other) for other in _CLOSED},
    ("browDown*", "eyeWide*"): wide_under_brow,
    ("jawOpen", "mouthClose"): _as_summed,
    ("jawOpen", "mouthFunnel"): _as_summed,
    ("jawOpen", "mouthPucker"): _as_summed,
    ("jawOpen", "mouthRollLower"): _as_summed,
    ("jawOpen", "mouthRollUpper"): _as_summed,
    ("jawOpen", "jaw*"): _as_summed,
    ("jawOpen", "mouth*"): _as_summed,
    ("jawOpen", "mouthSmile*"): open_smile,
    ("jawOpen", "mouthStretch*"): _as_summed,
    ("jawOpen", "mouthFrown*"): _as_summed,
    ("jawOpen", "mouthPress*"): _as_summed,
    ("mouthFunnel", "mouthPucker"): funnelled_pucker,
    ("mouthSmile*", "mouthPucker"): _less("mouthSmileLeft", 0.4),
    ("mouthSmile*", "mouthDimple*"): _less("mouthDimpleLeft", 0.5),
    ("mouthSmile*", "mouthStretch*"): _less("mouthStretchLeft", 0.45),
    ("mouthSmile*", "mouthUpperUp*"): _less("mouthUpperUpLeft", 0.2),
    ("mouthUpperUp*", "mouthLowerDown*"): _as_summed,
    ("mouthUpperUp*", "noseSneer*"): sneered_lip,
}


def build_correctives(
    clay: Clay, mirror: NDArray[np.intp], carry: Callable[[Points], Points], shapes: Shapes
) -> dict[tuple[str, ...], Points]:
    """Displacements ``[V, 3]`` in millimetres by channels, left and right exact mirrors of each other."""
    made: dict[tuple[str, ...], Points] = {}
    for names, recipe in PAIRS.items():
        left, right = (tuple(name.replace("*", side) for name in names) for side in ("Left", "Right"))
        extra = carry(_cleared(clay, recipe(clay, shapes), np.sum([shapes[name] for name in left], axis=0)))
        image: Points = extra[mirror] * [-1, 1, 1]
        if left == right:
            made[left] = (extra + image) / 2
        else:
            made[left], made[right] = extra, image
    return made


def _cleared(clay: Clay, extra: Points, summed: Points) -> Points:
    """Keep the lips off the teeth and the lids off the eye where the shapes and their corrective have come to."""
    return clear_eye(clay, clear_teeth(clay, summed + extra)) - summed
