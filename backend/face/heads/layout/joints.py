"""The five joints: where they are, which vertices find them again on any identity, and what they carry along.

``neck`` is the face's own joint ``head``, so that the head turns as it does there. The jaw of a blend shape slides forward as
it opens; a joint can only turn. The two are one and the same where the joint lies in the middle of that turn, below
and behind the condyle, as the axes of real mandibles do (Grant 1973; Gallo et al. 1997).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from backend.face.heads.layout.anatomy import Anatomy, Mask, Points

GLOBAL, NECK, JAW, LEFT_EYE, RIGHT_EYE = range(5)
PARENTS = (-1, GLOBAL, NECK, NECK, NECK)
# Between the two the regressor finds each joint.
_NEAREST, _SUM_WEIGHT = 400, 1000.0
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Jaw:
    """The turn that stands for ``jawOpen`` at 1: its middle ``[3]`` (millimetres) and its angle (radians); and the turn about y,
    with the lowering that goes with it, that stands for ``jawLeft``.
    """

    middle: Points
    open: float
    aside: float
    lowered: float


def fit_jaw(anatomy: Anatomy) -> Jaw:
    """The turns that carry the lower teeth as the shapes do."""
    teeth = lower_teeth(anatomy)
    rest, moved = anatomy.points[teeth][:, 1:], (anatomy.points + anatomy.shape("jawOpen"))[teeth][:, 1:]
    away, there = rest - rest.mean(axis=0), moved - moved.mean(axis=0)
    angle = float(np.arctan2((away[:, 0] * there[:, 1] - away[:, 1] * there[:, 0]).sum(), (away * there).sum()))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = moved.mean(axis=0) - turn @ rest.mean(axis=0)
    middle = np.array([0.0, *np.linalg.solve(np.eye(2) - turn, shift)])
    across, down, _ = anatomy.shape("jawLeft")[teeth].mean(axis=0)
    # Sideways the shape slides, and a turn swings what is far in front more: right where it is seen, at lips and chin.
    front = _reach(anatomy, middle)
    return Jaw(middle, angle, float(across / front), float(-down / front))


def _reach(anatomy: Anatomy, middle: Points) -> float:
    """How far in front of the joint lies what follows the jaw, as far as it is seen."""
    seen = anatomy.importance * (anatomy.shape("jawLeft")[:, 0] > 0.7 * anatomy.shape("jawLeft")[:, 0].max())
    depth = anatomy.points[:, 2] - middle[2]
    return float((seen * depth**2).sum() / (seen * depth).sum())


def lower_teeth(anatomy: Anatomy) -> NDArray[np.intp]:
    teeth = np.flatnonzero(anatomy.painted("tooth", "gum"))
    moved = np.linalg.norm(anatomy.shape("jawOpen")[teeth], axis=1)
    lower: NDArray[np.intp] = teeth[moved > 0.5 * moved.max()]
    return lower


def turn_about(axis: int, angle: float) -> Points:
    """The matrix of a turn about x, y or z."""
    one, other = [(1, 2), (2, 0), (0, 1)][axis]
    turn = np.eye(3)
    turn[[one, other], [one, other]] = np.cos(angle)
    turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
    return turn


def skinning(anatomy: Anatomy, jaw: Jaw) -> NDArray[np.float64]:
    """Weights ``[V, 5]``, rows sum to one: eyes whole, the neck as the face has it, the jaw's by how far ``jawOpen`` carries a
    vertex along the way that it would go as bone.
    """
    whole = (anatomy.points - jaw.middle) @ (turn_about(0, jaw.open) - np.eye(3)).T
    # Lips and cheeks are also drawn in, which no turn does: only height and depth tell.
    whole[:, 0] = 0
    share = (anatomy.shape("jawOpen") * whole).sum(axis=1) / np.maximum((whole**2).sum(axis=1), 1.0)
    follows: Mask = np.asarray(np.round(np.clip(share, 0, 1), 4), np.float64)
    eyes = np.stack([anatomy.bound("leftEye"), anatomy.bound("rightEye")], axis=1)
    below = anatomy.bound("neck")
    follows = np.minimum((follows + follows[anatomy.partner]) / 2, 1 - below - eyes.sum(axis=1))
    return np.column_stack([below, 1 - below - follows - eyes.sum(axis=1), follows, eyes])


def places(anatomy: Anatomy, jaw: Jaw) -> Points:
    """The joints at rest ``[5, 3]`` in millimetres."""
    return np.array([anatomy.joint("neck"), anatomy.joint("head"), jaw.middle, anatomy.joint("leftEye"), anatomy.joint("rightEye")])


def regressor(anatomy: Anatomy, at: Points, moved: Points, identity: Points) -> NDArray[np.float64]:
    """Rows ``[5, V]`` that find the joints ``at [5, 3]`` among the vertices, and ``moved [5, 3, S]`` along with the
    identities ``[V, 3, S]``: few entries, none negative, each row sums to one.
    """
    rows = np.zeros((len(at), len(anatomy.points)))
    for joint in range(len(at)):
        near = _candidates(anatomy, joint, at[joint])
        # A coefficient of 1 is an ordinary face; 2 asks for exactness where a face is far from ordinary.
        wanted = np.concatenate([at[joint], 2 * moved[joint].ravel()])
        system = np.concatenate([anatomy.points[near].T, 2 * identity[near].reshape(len(near), -1).T])
        found, _ = nnls(
            np.concatenate([system - wanted[:, None], np.full((1, len(near)), _SUM_WEIGHT)]), [*np.zeros(len(wanted)), _SUM_WEIGHT]
        )
        found[found < _LEAST] = 0
        rows[joint, near] = found / found.sum()
    return symmetric_rows(anatomy, rows)


def _candidates(anatomy: Anatomy, joint: int, at: Points) -> NDArray[np.intp]:
    """An eye is found by its own ball; the others by skin and teeth, the nearest and some from all over the head."""
    if joint in (LEFT_EYE, RIGHT_EYE):
        return np.flatnonzero(anatomy.eyeballs == joint - LEFT_EYE)
    solid = np.flatnonzero((anatomy.eyeballs < 0) & ~anatomy.painted("hair", "brow", "lash", "tongue", "mouth", "lip"))
    order = np.argsort(np.linalg.norm(anatomy.points[solid] - at, axis=1), kind="stable")
    return np.sort(np.concatenate([solid[order[:_NEAREST]], solid[order[_NEAREST::8]]]))


def symmetric_rows(anatomy: Anatomy, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the rows and of their mirror images, the eyes exchanged."""
    image = rows[[GLOBAL, NECK, JAW, RIGHT_EYE, LEFT_EYE]][:, anatomy.partner]
    both: NDArray[np.float64] = (rows + image) / 2
    return both
