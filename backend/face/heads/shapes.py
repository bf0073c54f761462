"""Every blend shape of the rig, left and right exact mirrors of each other."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backend.face.heads import lower_face, upper_face
from backend.face.heads.form import Points
from backend.face.heads.sculpt import Clay, clear_teeth
from backend.motion.arkit import ARKIT
from backend.motion.rig import Unit


def build_shapes(clay: Clay, mirror: NDArray[np.intp], carry: Callable[[Points], Points]) -> dict[str, Points]:
    """Displacements ``[V, 3]`` in millimetres by channel, in the rig's order.

    ``carry`` completes a displacement of the skin for what grows on it.
    """
    made: dict[str, Points] = {}
    for stem, recipe in (upper_face.LEFT | lower_face.LEFT).items():
        made[f"{stem}Left"] = carry(recipe(clay))
        made[f"{stem}Right"] = _image(made[f"{stem}Left"], mirror)
    for stem, recipe in lower_face.SIDEWAYS.items():
        made[f"{stem}Left"] = carry(recipe(clay))
        made[f"{stem}Right"] = _image(made[f"{stem}Left"], mirror)
    for name, recipe in upper_face.CENTRE.items():
        half = carry(recipe(clay))
        made[name] = half + _image(half, mirror)
    for name, recipe in lower_face.WHOLE.items():
        whole = carry(recipe(clay))
        made[name] = (whole + _image(whole, mirror)) / 2
    return {name: _cleared(clay, name, made[name]) for name in ARKIT.in_unit(Unit.WEIGHT)}


def _cleared(clay: Clay, name: str, moved: Points) -> Points:
    """Lips go round the teeth; but for mouthClose, which means something on an open jaw alone."""
    return clear_teeth(clay, moved) if name.startswith(("jaw", "mouth", "cheekPuff")) and name != "mouthClose" else moved


def _image(moved: Points, mirror: NDArray[np.intp]) -> Points:
    image: Points = moved[mirror] * [-1, 1, 1]
    return image
