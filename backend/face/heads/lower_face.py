"""Jaw, mouth and tongue: the left shapes, and left halves of the central ones, in millimetres at full weight."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.form import STOMION, Points
from backend.face.heads.sculpt import Clay

CORNER = (25.0, -65.0, 86.0)
_OVERBITE = 2.6  # how far the lower teeth go down before they can pass under the upper ones
_UPPER_CLOSES = 0.32  # share of the jaw's way that the upper lip comes down in mouthClose


def jaw_open(clay: Clay) -> Points:
    moved = clay.jaw_turn() * clay["jaw"][:, None]
    # Cheeks and corners are drawn in as the mouth grows tall.
    moved[:, 0] -= 0.13 * clay.x * clay["lips"] * clay["skin"]
    return moved


def mouth_close(clay: Clay) -> Points:
    """Bring both lips of the open jaw to one line: the corners stay where the jaw left them."""
    corner = np.clip(np.abs(clay.x) / 25, 0, 1) ** 2.2
    meet = _UPPER_CLOSES + (0.5 - _UPPER_CLOSES) * corner
    lip = clay["lips"] ** 0.8 * (1 - clay["bag"]) * clay["skin"]
    closed: Points = clay.jaw_turn() * ((meet - clay["jaw"]) * lip)[:, None]
    closed[:, 0] += 0.13 * clay.x * clay["lips"] * clay["skin"]
    return closed


def jaw_forward(clay: Clay) -> Points:
    return clay.by(clay["jaw"], (0, -_OVERBITE, 6.5)) + clay.by(_lower_lip(clay), (0, _OVERBITE - 0.3, 0))


def jaw_left(clay: Clay) -> Points:
    moved = clay.by(clay["jaw"], (8.5, -_OVERBITE, 0)) + clay.by(_lower_lip(clay), (0, _OVERBITE - 0.3, 0))
    moved[:, 2] -= 0.05 * clay["jaw"] * clay.x
    return moved


def _lower_lip(clay: Clay) -> NDArray[np.float64]:
    lip: NDArray[np.float64] = clay["lips"] * clay["jaw"] * clay["skin"] * (1 - clay["bag"])
    return lip


def mouth_left(clay: Clay) -> Points:
    share = np.clip(1.15 * clay["lips"], 0, 1) ** 1.1 * (1 - clay["bag"])
    moved = clay.by(share, (8.5, 0, 0))
    # The lips slide round the teeth: back on the side they go to, forward on the other.
    moved[:, 2] -= share * 0.16 * clay.x
    moved[:, 1] += share * 1.2 * np.clip(clay.x / 25, -1, 1)
    return moved


def smile(clay: Clay) -> Points:
    moved = clay.by(_corner(clay, 16, 15), (7.6, 7.4, -5.0)) + clay.pull((40, -36, 82), 14, (1.6, 4.0, 4.8), 12)
    moved += clay.by(_lip(clay, 0.5) * clay.near((8, -65, 98), 14), (0.6, 0.4, -1.4)) + 0.14 * _towards_line(clay, 1.0)
    # Stretched, the lips lose the dip in the middle of their line.
    moved += clay.by(_lip(clay, 1.0) * np.exp(-((clay.x / 7) ** 2)), (0, 1.5, 0))
    return moved * clay.left(9)[:, None]


def frown(clay: Clay) -> Points:
    moved = clay.by(_corner(clay, 13, 11), (0.8, -6.8, -1.6)) + clay.pull((28, -80, 84), 11, (0.6, -3.0, 1.4))
    moved += clay.pull((8, -90, 95), 10, (0, 1.8, 1.0), 7)
    return moved * clay.left(9)[:, None]


def dimple(clay: Clay) -> Points:
    moved = clay.pull(CORNER, 8.5, (4.0, 0.8, -5.4)) + clay.pull((34, -62, 82), 7, (1.5, 0.5, -2.6))
    moved += clay.pull((40, -52, 80), 9, (0.8, 0.8, 1.6))
    return moved * clay.left()[:, None]


def stretch(clay: Clay) -> Points:
    moved = clay.by(_corner(clay, 13, 11), (8.2, -2.6, -4.6)) + clay.pull((34, -84, 76), 13, (3.2, -3.6, -0.6))
    moved += clay.by(clay["lips"] * clay["lower"] * clay.near((14, -70, 96), 11), (1.2, -2.2, -1.2))
    return moved * clay.left(9)[:, None]


def press(clay: Clay) -> Points:
    moved = _towards_line(clay, 0.46) + clay.by(_lip(clay, 1.0), (0, 0, -1.9)) + clay.pull(CORNER, 7, (1.4, 0.2, -1.4))
    moved += clay.pull((12, -55, 98), 9, (0, -0.8, 0.7), 4) + clay.pull((12, -80, 94), 9, (0, 1.2, 0.9), 5)
    return moved * clay.left(9)[:, None]


def upper_up(clay: Clay) -> Points:
    lip = clay["lips"] ** 0.8 * (1 - clay["lower"]) * clay.near((9, -60, 99), 14)
    moved = clay.by(lip, (0.6, 6.4, 0.2)) + clay.pull((24, -48, 90), 9, (0.4, 2.2, 1.6), 8)
    return moved * clay.left()[:, None]


def lower_down(clay: Clay) -> Points:
    lip = clay["lips"] ** 0.8 * clay["lower"] * clay.near((8.5, -70, 98), 14)
    moved = clay.by(lip, (0.8, -6.6, 0.6)) + clay.pull((17, -83, 91), 10, (0.6, -1.8, 0.8), 7)
    return moved * clay.left()[:, None]


def funnel(clay: Clay) -> Points:
    lips, oval = _lip(clay, 1.0), _oval(clay)
    around = clay["lips"] ** 1.2 * (1 - clay["bag"])
    moved = clay.by(around, (0, 0, 3.4)) + clay.by(lips * oval, (0, 0, 2.8))
    moved[:, 0] -= 0.36 * around * clay.x
    upper = lips * oval * (1 - clay["lower"])
    moved += clay.by(upper, (0, 4.4, 1.0)) + clay.by(lips * oval - upper, (0, -4.8, 0.6))
    return moved + _roll(clay, lips, -1.3)


def pucker(clay: Clay) -> Points:
    share = clay["lips"] ** 1.15 * (1 - clay["bag"])
    moved = clay.by(share * np.exp(-((clay.x / 34) ** 2)), (0, 0, 8.6))
    moved[:, 0] -= 0.46 * share * clay.x
    # What is pushed together from the sides grows fuller up and down, most where the lips were thin.
    offset = np.clip(clay.points[:, 1] - STOMION, -7.5, 7.5)
    moved[:, 1] += offset * _lip(clay, 1.0) * (0.16 + 0.22 * np.clip(np.abs(clay.x) / 16, 0, 1) ** 1.5) * _oval(clay)
    moved += clay.pull((40, -58, 76), 12, (-2.4, 0, -0.8)) * clay.left()[:, None] * 2
    return moved + _roll(clay, _lip(clay, 1.0), -0.8)


def _oval(clay: Clay) -> NDArray[np.float64]:
    """1 in the middle of the mouth, 0 at its corners, round in between."""
    oval: NDArray[np.float64] = np.sqrt(np.clip(1 - (clay.x / 25.5) ** 2, 0, 1))
    return oval


def roll_upper(clay: Clay) -> Points:
    lip = _lip(clay, 1.0) * (1 - clay["lower"])
    moved = _towards_line(clay, 0.66) * (1 - clay["lower"])[:, None] + clay.by(lip, (0, 0.3, -4.2)) + _roll(clay, lip, 1.4)
    return moved + clay.by(clay.near((8, -54, 99), 11, 6) * (1 - lip), (0, -2.2, -0.4))


def roll_lower(clay: Clay) -> Points:
    lip = _lip(clay, 1.0) * clay["lower"]
    moved = _towards_line(clay, 0.66) * clay["lower"][:, None] + clay.by(lip, (0, -0.1, -4.4)) + _roll(clay, lip, 1.4)
    return moved + clay.by(clay.near((8, -78, 95), 11, 6) * (1 - lip), (0, 2.2, 0.3))


def shrug_upper(clay: Clay) -> Points:
    lip = clay["lips"] ** 1.1 * (1 - clay["lower"]) * (1 - clay["bag"]) * np.exp(-((clay.x / 19) ** 2))
    return clay.by(lip, (0, 3.4, 2.6)) + _roll(clay, lip, -0.6)


def shrug_lower(clay: Clay) -> Points:
    near = np.exp(-((clay.x / 19) ** 2)) * (1 - clay["bag"])
    lip = clay["lips"] ** 1.1 * clay["lower"] * near
    moved = clay.by(lip, (0, 2.4, 3.4)) + clay.by(clay["lips"] ** 1.3 * (1 - clay["lower"]) * near, (0, 2.6, 0.6))
    chin = clay.pull((0, -93, 95), 12, (0, 4.2, 1.4), 9) * (1 - lip)[:, None]
    shrugged: Points = moved + chin + _roll(clay, lip, -0.7)
    return shrugged


def tongue_out(clay: Clay) -> Points:
    """Forward, up over the lower teeth on the way, and down again before the lips."""
    along, inside = clay.tongue, clay.tongue > 0
    moved = clay.by(along**1.1, (0, 0, 33))
    depth = clay.points[:, 2] + moved[:, 2]
    step = np.clip((depth - 58) / 18, 0, 1)
    moved[:, 1] = inside * (10.5 * step * step * (3 - 2 * step) - 0.022 * np.clip(depth - 92, 0, None) ** 2)
    moved[:, 0] = -0.1 * clay.x * along
    return moved


def tongue_tip_up(clay: Clay) -> Points:
    tip = np.clip((clay.tongue - 0.45) / 0.55, 0, 1) ** 1.6
    return clay.by(tip, (0, 13.5, -1.0)) + clay.by(np.clip(clay.tongue, 0, 1) * (1 - tip), (0, 1.5, 0))


def tongue_up(clay: Clay) -> Points:
    body = np.exp(-(((clay.tongue - 0.32) / 0.26) ** 2)) * (clay.tongue > 0)
    moved = clay.by(body, (0, 10.5, -1.5))
    return moved - clay.by(clay.tongue**2, (0, 1.5, 4.0))


def _corner(clay: Clay, radius: float, tall: float) -> NDArray[np.float64]:
    """A soft ball about the left corner; along the lips it fades like a bow, so that a smile is round and not a wedge."""
    bow = np.clip(clay.x / CORNER[0], 0, 1) ** 2.2
    ball, lips = clay.near(CORNER, radius, tall), clay["lips"]
    along = np.minimum(bow, np.where(clay.x < CORNER[0], 1.0, ball))
    mixed: NDArray[np.float64] = np.asarray(ball * (1 - lips) + along * lips * (1 - clay["bag"]), np.float64)
    return mixed


def _lip(clay: Clay, power: float) -> NDArray[np.float64]:
    """1 on the red of the lips and just inside, gone a few millimetres around."""
    t = np.clip((clay["lips"] - 0.62) / 0.38, 0, 1)
    found: NDArray[np.float64] = (t * t * (3 - 2 * t)) ** power * (1 - clay["bag"])
    return found


def _towards_line(clay: Clay, share: float) -> Points:
    """Each lip's height drawn in towards the line where they meet."""
    moved = clay.still
    moved[:, 1] = -share * np.clip(clay.points[:, 1] - STOMION, -9, 9) * _lip(clay, 1.0)
    return moved


def _roll(clay: Clay, lip: NDArray[np.float64], amount: float) -> Points:
    """Turn the lips inwards over the teeth (outwards if negative): the border follows the edge."""
    moved = clay.still
    from_line = np.clip(np.abs(clay.points[:, 1] - STOMION) / 8, 0, 1)
    moved[:, 2] = amount * lip * (from_line - 0.4) * np.exp(-((clay.x / 22) ** 2)) * 1.6
    return moved


LEFT: dict[str, Callable[[Clay], Points]] = {
    "mouthSmile": smile,
    "mouthFrown": frown,
    "mouthDimple": dimple,
    "mouthStretch": stretch,
    "mouthPress": press,
    "mouthLowerDown": lower_down,
    "mouthUpperUp": upper_up,
}
SIDEWAYS: dict[str, Callable[[Clay], Points]] = {"jaw": jaw_left, "mouth": mouth_left}
# These are whole.
WHOLE: dict[str, Callable[[Clay], Points]] = {
    "jawForward": jaw_forward,
    "jawOpen": jaw_open,
    "mouthClose": mouth_close,
    "mouthFunnel": funnel,
    "mouthPucker": pucker,
    "mouthRollLower": roll_lower,
    "mouthRollUpper": roll_upper,
    "mouthShrugLower": shrug_lower,
    "mouthShrugUpper": shrug_upper,
    "tongueOut": tongue_out,
    "tongueTipUp": tongue_tip_up,
    "tongueUp": tongue_up,
}
