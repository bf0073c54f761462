"""Pose correctives: what the jaw's turn lacks against the shape that was sculpted for it.

Only a jaw that opens has any. They are fitted to ``jawOpen`` at several weights, as functions of the entries of R - I that a turn
about x changes, its sine and one less its cosine: the corners of the mouth and the cheeks are drawn in, and what would go
round in an arc goes straight, as a blend shape goes, so that a take looks the same on both. Sideways turns are left to the
expression: what they lack (the lower lip stays up while the jaw drops under the teeth) is the same to the left and to the
right, which the sine is not.
"""

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.layout.anatomy import Anatomy, Points
from backend.face.heads.layout.joints import JAW, Jaw, turn_about

_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)  # of jawOpen at 1, and of the angle that stands for it
_STILL = 0.01  # millimetres below which nothing is kept
_FIRST = 9 * (JAW - 1)
# Of R - I, row by row: cosine - 1, -sine, sine, cosine - 1.
_COSINE, _SINE = ((_FIRST + 4, 0.5), (_FIRST + 8, 0.5)), ((_FIRST + 5, -0.5), (_FIRST + 7, 0.5))


def pose_correctives(anatomy: Anatomy, jaw: Jaw, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moves ``[V, 3, 36]`` in millimetres per entry of R - I of neck, jaw and eyes: least squares at :data:`_SHARES`."""
    follows, angles = weights[:, JAW], jaw.open * np.array(_SHARES)
    wanted = [unbent(lacks(anatomy, jaw, follows, share), follows, jaw, share) for share in _SHARES]
    features = np.stack([np.cos(angles) - 1, np.sin(angles)], axis=1)
    fitted = np.tensordot(np.linalg.pinv(features), np.array(wanted), 1)
    fitted[:, np.abs(np.tensordot(features, fitted, 1)).max(axis=(0, 2)) < _STILL] = 0
    moves = np.zeros((*anatomy.points.shape, 36))
    for part, entries in zip(fitted, (_COSINE, _SINE), strict=True):
        for column, share in entries:
            moves[:, :, column] = share * part
    return moves


def corrected(correctives: NDArray[np.float64], angle: float) -> Points:
    """What the correctives ``[V, 3, 36]`` add before skinning when the jaw has opened by an angle, ``[V, 3]``."""
    entries = (turn_about(0, angle) - np.eye(3)).ravel()
    added: Points = correctives[:, :, _FIRST : _FIRST + 9] @ entries
    return added


def lacks(anatomy: Anatomy, jaw: Jaw, follows: NDArray[np.float64], share: float = 1.0) -> Points:
    """``jawOpen`` at a weight less what the turn alone does, ``[V, 3]``."""
    return share * anatomy.shape("jawOpen") - turned(anatomy.points, jaw, follows, share * jaw.open)


def turned(points: Points, jaw: Jaw, follows: NDArray[np.float64], angle: float, axis: int = 0) -> Points:
    """How far linear blend skinning moves points when the jaw turns, ``[V, 3]``."""
    moved: Points = follows[:, None] * ((points - jaw.middle) @ (turn_about(axis, angle) - np.eye(3)).T)
    return moved


def unbent(moves: Points, follows: NDArray[np.float64], jaw: Jaw, share: float = 1.0) -> Points:
    """Moves before skinning that the skinning of a jaw opened by a share turns into the given ones."""
    skinning = np.eye(3) + follows[:, None, None] * (turn_about(0, share * jaw.open) - np.eye(3))
    before: Points = np.linalg.solve(skinning, moves[..., None])[..., 0]
    return before
