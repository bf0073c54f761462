"""Where mouth, nose, chin and eyes are on a model, found from its shape, its skinning and its joints.

No vertex is known by its number. The eyes are joints; the mouth is where skin that follows the jaw touches
skin that does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from backend.errors import FlameError
from backend.face.flame.model import FlameModel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Reach of the search for lips that touch, in distances between the eyes; wider where the mouth stands open.
_REACHES = (0.05, 0.1, 0.2, 0.35)
# How much more of the jaw's turn one side of the mouth takes than the other.
_JUMP = 0.45
_SLICE = 0.04
# At its corners the mouth follows the jaw half way on both sides; the jump ends that much before them.
_CORNER = 0.07


@dataclass(frozen=True, eq=False)
class Mouth:
    """The line where the lips meet, seen from the front: height and depth are parabolas over x between the corners."""

    right: float
    left: float
    height: Floats
    depth: Floats

    def along(self, points: Floats) -> tuple[Floats, Floats]:
        """The point of the line nearest in x ``[V, 3]``, and how far from the middle it is: 0 to 1 at a corner, more beyond."""
        middle, half = (self.left + self.right) / 2, (self.left - self.right) / 2
        x = np.clip(points[:, 0], self.right, self.left)
        return np.stack([x, np.polyval(self.height, x), np.polyval(self.depth, x)], 1), np.abs(points[:, 0] - middle) / half


@dataclass(frozen=True, eq=False)
class Landmarks:
    """In the model's own frame. ``unit`` is the distance between the eyes' joints; all other measures count in it.

    ``part [V]`` numbers connected pieces, ``skin`` is the number of the largest, ``inside [V]`` says which vertices are
    teeth, tongue and the like. ``nose`` is its tip.
    """

    unit: float
    left_eye: Floats
    right_eye: Floats
    hinge: Floats
    mouth: Mouth
    chin: Floats
    nose: Floats
    part: NDArray[np.int32]
    skin: int
    inside: Flags

    @property
    def eyes(self) -> Floats:
        """The point between the eyes."""
        return (self.left_eye + self.right_eye) / 2

    @property
    def lips(self) -> Floats:
        """The middle of the line between the lips."""
        middle = (self.mouth.left + self.mouth.right) / 2
        return np.array([middle, np.polyval(self.mouth.height, middle), np.polyval(self.mouth.depth, middle)])

    @property
    def anchors(self) -> Floats:
        """Seven points that every head has, ``[7, 3]``: eyes, corners and middle of the mouth, chin, tip of the nose."""
        ends = np.array([[self.mouth.left, 0, 0], [self.mouth.right, 0, 0]])
        corners, _ = self.mouth.along(ends)
        return np.stack([self.left_eye, self.right_eye, *corners, self.lips, self.chin, self.nose])


def find_landmarks(model: FlameModel) -> Landmarks:
    """Find them on the template.

    Raises:
        FlameError: the joints are not FLAME's, or nothing like a mouth is there.
    """
    points, joints = model.template.astype(np.float64), model.joints.astype(np.float64)
    left, right, hinge = (joints[model.joint(name)] for name in ("left eye", "right eye", "jaw"))
    unit = float(np.linalg.norm(left - right))
    if not unit > 0 or left[0] <= right[0]:
        raise FlameError(f"model '{model.name}' has its eyes in one place or exchanged: x has to run to the character's left.")
    part = pieces(model)
    skin = int(np.bincount(part).argmax())
    eyes, jaw = (left + right) / 2, model.weights[:, model.joint("jaw")].astype(np.float64)
    mouth = _mouth(model.name, points, jaw, part == skin, eyes, unit)
    middle = mouth.along(np.array([[(mouth.left + mouth.right) / 2, 0, 0]]))[0][0]
    return Landmarks(
        unit=unit,
        left_eye=left,
        right_eye=right,
        hinge=hinge,
        mouth=mouth,
        chin=_chin(points, jaw, part == skin, middle, unit),
        nose=_nose(points, part == skin, middle, eyes, unit),
        part=part,
        skin=skin,
        inside=_inside(points, part, skin, middle, unit),
    )


def pieces(model: FlameModel) -> NDArray[np.int32]:
    """The number of the connected piece of mesh that each vertex belongs to, ``[V]``."""
    corners, count = model.triangles, len(model.template)
    rows, columns = corners.ravel(), np.roll(corners, 1, axis=1).ravel()
    edges = sparse.coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    numbered: NDArray[np.int32] = connected_components(edges, directed=False)[1]
    return numbered


def _mouth(name: str, points: Floats, jaw: Floats, skin: Flags, eyes: Floats, unit: float) -> Mouth:
    """Pairs of neighbours in space of which one follows the jaw and the other does not; the foremost of them make the line."""
    away = (points - eyes) / unit
    front = np.flatnonzero(skin & (np.abs(away[:, 0]) < 0.8) & (away[:, 1] < -0.3) & (away[:, 1] > -2.2) & (away[:, 2] > -0.3))
    tree = cKDTree(points[front])
    for reach in _REACHES:
        pairs = front[tree.query_pairs(reach * unit, output_type="ndarray")].reshape(-1, 2)
        touching = pairs[np.abs(np.diff(jaw[pairs], axis=1)[:, 0]) > _JUMP]
        line = _foremost(points[touching].mean(axis=1), float(eyes[0]), unit)
        if len(line) >= 5:
            right, left = float(line[:, 0].min()) - _CORNER * unit, float(line[:, 0].max()) + _CORNER * unit
            return Mouth(right, left, *(np.polyfit(line[:, 0], line[:, axis], 2) for axis in (1, 2)))
    raise FlameError(f"no mouth is found on model '{name}': no skin that follows the jaw meets skin that does not.")


def _foremost(points: Floats, middle: float, unit: float) -> Floats:
    """Of points in slices of x, the foremost of each slice; slices far behind the middle are inside the mouth."""
    if not len(points):
        return points
    bins = np.round((points[:, 0] - middle) / (_SLICE * unit)).astype(int)
    best = np.array([index[points[index, 2].argmax()] for index in (np.flatnonzero(bins == bin_) for bin_ in np.unique(bins))])
    line = points[best]
    kept: Floats = line[line[:, 2] > line[:, 2].max() - 0.4 * unit]
    return kept


def _chin(points: Floats, jaw: Floats, skin: Flags, lips: Floats, unit: float) -> Floats:
    """The point of the middle, bound to the jaw, that stands out most forward and down."""
    bound = np.flatnonzero(skin & (jaw > 0.6) & (np.abs(points[:, 0] - lips[0]) < 0.12 * unit) & (points[:, 1] < lips[1] - 0.3 * unit))
    if not len(bound):
        return lips - [0, 0.7 * unit, 0.1 * unit]
    found: Floats = points[bound[np.argmax(points[bound] @ [0, -0.7, 0.7])]]
    return found


def _nose(points: Floats, skin: Flags, lips: Floats, eyes: Floats, unit: float) -> Floats:
    """The foremost point of the middle between mouth and eyes."""
    middle = np.abs(points[:, 0] - lips[0]) < 0.15 * unit
    between = np.flatnonzero(skin & middle & (points[:, 1] > lips[1] + 0.25 * unit) & (points[:, 1] < eyes[1]))
    found: Floats = points[between[points[between, 2].argmax()]] if len(between) else (lips + eyes) / 2
    return found


def _inside(points: Floats, part: NDArray[np.int32], skin: int, lips: Floats, unit: float) -> Flags:
    """Pieces that lie as a whole behind the lips and near them: teeth, gums, tongue."""
    near = (np.linalg.norm(points - lips, axis=1) < 1.1 * unit) & (points[:, 2] < lips[2] + 0.02 * unit)
    whole = np.bincount(part, weights=~near) == 0
    whole[skin] = False
    found: Flags = whole[part]
    return found
