"""Brows, eyes, cheeks and nose: the left shapes, and the central ones, in millimetres at full weight."""

from collections.abc import Callable

import numpy as np

from backend.face.heads.form import Points
from backend.face.heads.sculpt import Clay, slide_lids

# How far the lids go to meet: the upper does most of the way (Evinger, Manning and Sibony 1991).
_UPPER_SHARE = 0.86
_CLOSED = 0.955  # so far that they touch and do not cross
BLINK = _UPPER_SHARE * _CLOSED, (1 - _UPPER_SHARE) * _CLOSED


def eye_blink(clay: Clay) -> Points:
    moved = slide_lids(clay, *BLINK)
    return moved + clay.pull((33, 20, 88), 13, (0, -0.9, 0), 6) * _off_lids(clay)


def eye_squint(clay: Clay) -> Points:
    moved = slide_lids(clay, 0.2, 0.3)
    around = clay.pull((38, -15, 84), 12, (-0.6, 2.6, 1.0), 7) + clay.pull((54, -2, 72), 8, (-2.2, 0.3, 0.8))
    return moved + around * _off_lids(clay)


def eye_wide(clay: Clay) -> Points:
    return slide_lids(clay, -0.26, -0.09) + clay.pull((33, 17, 88), 14, (0, 1.6, 0), 7) * _off_lids(clay)


def eye_look_up(clay: Clay) -> Points:
    return slide_lids(clay, -0.26, 0.09) + clay.pull((33, 17, 88), 14, (0, 1.0, 0), 7) * _off_lids(clay)


def eye_look_down(clay: Clay) -> Points:
    return slide_lids(clay, 0.4, -0.16)


def eye_look_in(clay: Clay) -> Points:
    return slide_lids(clay, 0.0, 0.0, -4.5)


def eye_look_out(clay: Clay) -> Points:
    return slide_lids(clay, 0.0, 0.0, 4.5)


def brow_down(clay: Clay) -> Points:
    moved = clay.pull((15, 21, 93), 13, (-2.2, -5.8, 1.2), 12) + clay.pull((37, 26, 86), 15, (-1.0, -3.0, 0.6), 11)
    moved += clay.pull((31, 13, 88), 14, (0, -2.2, 0.6), 6)
    return moved * clay.left(5)[:, None] * _off_lids(clay)


def brow_inner_up(clay: Clay) -> Points:
    left = clay.pull((13, 25, 94), 11, (-0.6, 8.4, 0.4), 11.5) + clay.pull((12, 46, 94), 15, (0, 2.6, 0.4), 14)
    left += clay.pull((25, 14, 90), 10, (0, 1.8, 0), 6)
    return left * clay.left(9)[:, None] * _off_lids(clay)


def brow_outer_up(clay: Clay) -> Points:
    moved = clay.pull((44, 25, 79), 17, (0.3, 7.0, -0.6), 14) + clay.pull((40, 48, 78), 15, (0, 2.4, 0), 13)
    moved += clay.pull((41, 13, 82), 11, (0, 2.2, 0.2), 6)
    return moved * clay.left(5)[:, None] * _off_lids(clay)


def cheek_squint(clay: Clay) -> Points:
    moved = slide_lids(clay, 0.0, 0.16)
    raised = clay.pull((40, -24, 82), 14, (0.3, 5.2, 3.0), 10) + clay.pull((53, -12, 72), 9, (-0.8, 2.4, 1.2))
    return moved + raised * clay.left()[:, None] * _off_lids(clay)


def cheek_puff(clay: Clay) -> Points:
    left = clay.pull((43, -58, 75), 15, (8.2, 0, 7.0), 17) + clay.pull((20, -54, 96), 9, (0, 0.3, 1.6), 6)
    keep = 1 - 0.75 * clay["lips"] ** 3
    bulged: Points = left * (clay.left() * keep)[:, None]
    return bulged


def nose_sneer(clay: Clay) -> Points:
    moved = clay.pull((15.5, -36, 98), 8, (1.4, 7.4, -0.4), 9) + clay.pull((14, -12, 90), 8, (0.4, 2.6, 1.4), 9)
    moved += clay.pull((24, -38, 91), 10, (0.2, 3.4, 1.6), 9) + clay.pull((15, 12, 92), 9, (-0.6, -2.4, 0.6), 8)
    moved += clay.by(clay["lips"] * (1 - clay["lower"]) * clay.near((15, -60, 99), 10), (0.3, 2.8, 0.2))
    return moved * clay.left(5)[:, None] * _off_lids(clay)


def _off_lids(clay: Clay) -> Points:
    """0 on what rides on the eyeball, so that pulls on the skin around never drag it off."""
    riding = np.clip(1.15 * (clay["upper_lid"] + clay["lower_lid"]), 0, 1)
    return np.asarray(1 - riding)[:, None]


LEFT: dict[str, Callable[[Clay], Points]] = {
    "eyeBlink": eye_blink,
    "eyeLookDown": eye_look_down,
    "eyeLookIn": eye_look_in,
    "eyeLookOut": eye_look_out,
    "eyeLookUp": eye_look_up,
    "eyeSquint": eye_squint,
    "eyeWide": eye_wide,
    "browDown": brow_down,
    "browOuterUp": brow_outer_up,
    "cheekSquint": cheek_squint,
    "noseSneer": nose_sneer,
}
# These are the sum of a left half and its mirror image.
CENTRE: dict[str, Callable[[Clay], Points]] = {"browInnerUp": brow_inner_up, "cheekPuff": cheek_puff}
