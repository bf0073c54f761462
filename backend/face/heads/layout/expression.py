"""The expression basis: 50 components of what the shapes do beyond what the joints do.

A turn of the jaw stands for ``jawOpen``, and a turn aside with a little opening for ``jawLeft`` and ``jawRight``; what
remains of all 54 shapes, and what pairs of them lack, is brought on its principal axes under the moments of acting
(:mod:`acting`), each vertex counted by its area and by how well it is seen. A coefficient of 1 is one standard deviation
from rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.layout.acting import SHAPES
from backend.face.heads.layout.anatomy import Anatomy, Points
from backend.face.heads.layout.correctives import corrected, turned, unbent
from backend.face.heads.layout.joints import JAW, Jaw
from backend.motion.arkit import ARKIT
from backend.motion.flame import COMPONENTS

JawTurns = dict[str, tuple[float, float]]
_NOTICED = 0.02  # millimetres, root mean square over the seen skin, below which a pair is not worth its time


@dataclass(frozen=True, eq=False)
class Acts:
    """What is left to expression, in millimetres: ``moves [54 + pairs, V, 3]`` of each shape at 1 and of each pair of shapes
    where both are; the channels of each, by number.
    """

    moves: NDArray[np.float64]
    channels: tuple[tuple[int, ...], ...]

    def features(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much of each there is, ``[frames, 54 + pairs]``, at weights ``[frames, 54]``; in pairs negative ones count as rest."""
        pairs = [np.clip(weights[:, list(those)], 0, None).prod(axis=1) for those in self.channels[len(SHAPES) :]]
        return np.column_stack([weights, *pairs])

    @property
    def swapped(self) -> NDArray[np.intp]:
        """The number of each one's mirror image."""
        swap = [SHAPES.index(ARKIT[name].mirror) for name in SHAPES]
        places = {tuple(sorted(those)): i for i, those in enumerate(self.channels)}
        return np.array([places[tuple(sorted(swap[k] for k in those))] for those in self.channels])


@dataclass(frozen=True, eq=False)
class Basis:
    """Components ``[V, 3, 50]`` in millimetres; ``signs [50]`` are -1 where a component changes sign in the mirror; ``kept``
    is the share of the movement's energy that they hold.
    """

    components: NDArray[np.float64]
    signs: NDArray[np.int64]
    kept: float


def jaw_turns(jaw: Jaw) -> JawTurns:
    """Turns of the jaw about x and y that stand for a shape at 1, radians."""
    return {"jawOpen": (jaw.open, 0.0), "jawLeft": (jaw.lowered, jaw.aside), "jawRight": (jaw.lowered, -jaw.aside)}


def left_over(anatomy: Anatomy, jaw: Jaw, weights: NDArray[np.float64], correctives: NDArray[np.float64]) -> Acts:
    """What shapes and pairs do beyond the turns of the jaw and their correctives."""
    follows = weights[:, JAW]
    shapes = {name: anatomy.shape(name) for name in SHAPES}
    for name, (x, y) in jaw_turns(jaw).items():
        bone = turned(anatomy.points, jaw, follows, x) + turned(anatomy.points, jaw, follows, y, axis=1)
        shapes[name] = shapes[name] - bone - corrected(correctives, x)
    # All of jawOpen is the joint's: what its corrective misses is no expression.
    shapes["jawOpen"] = np.zeros_like(anatomy.points)
    pairs = _pairs(anatomy, jaw, follows, shapes)
    numbers = tuple(tuple(SHAPES.index(name) for name in names) for names in pairs)
    return Acts(np.array([*shapes.values(), *pairs.values()]), (*((i,) for i in range(len(SHAPES))), *numbers))


def _pairs(anatomy: Anatomy, jaw: Jaw, follows: NDArray[np.float64], shapes: dict[str, Points]) -> dict[tuple[str, ...], Points]:
    """What shapes that act together lack: the face's correctives; and, on an open jaw, that the jaw takes along round its turn what
    other shapes do, while shapes added up do not.
    """
    pairs = {names: delta * 1000.0 for names, delta in anatomy.face.correctives.items() if set(names) <= set(SHAPES)}
    for name in SHAPES:
        if name != "jawOpen":
            names = next((those for those in pairs if set(those) == {"jawOpen", name}), ("jawOpen", name))
            apart = unbent(shapes[name] + pairs.get(names, 0.0), follows, jaw) - shapes[name]
            if names in pairs or np.sqrt((anatomy.importance[:, None] * apart**2).sum()) > _NOTICED:
                pairs[names] = apart
    return pairs


def build_expression(anatomy: Anatomy, acts: Acts, moments: NDArray[np.float64]) -> Basis:
    """Principal axes of ``acts`` under ``moments [54 + pairs, 54 + pairs]``, largest first.

    They are found for what is symmetric and for what is antisymmetric apart, so that each component is the one or the other
    exactly. The largest movement of the first kind is outwards or up, of the second to the character's left.
    """
    swap = acts.swapped
    moments = (moments + moments[np.ix_(swap, swap)]) / 2
    moves = (acts.moves + np.array([anatomy.mirrored(acts.moves[k]) for k in swap])) / 2
    found = []
    for sign in (1, -1):
        halves = (np.eye(len(swap)) + sign * np.eye(len(swap))[swap]) / 2
        values, vectors = np.linalg.eigh(halves @ moments @ halves.T)
        root = vectors[:, values > 1e-9] * np.sqrt(values[values > 1e-9])
        found += [(float(energy), sign, component) for energy, component in _axes(anatomy, moves, root)]
    found.sort(key=lambda each: -each[0])
    total, kept = sum(each[0] for each in found), found[:COMPONENTS]
    components = np.stack([_upright(anatomy, component, sign) for _, sign, component in kept], axis=-1)
    return Basis(components, np.array([sign for _, sign, _ in kept]), sum(each[0] for each in kept) / total)


def _axes(anatomy: Anatomy, shapes: NDArray[np.float64], root: NDArray[np.float64]) -> list[tuple[float, Points]]:
    """Energies and components of ``shapes @ root``, whose columns are independent and of unit variance."""
    moved = np.tensordot(root.T, shapes, 1)
    weighted = (moved * anatomy.importance[:, None]).reshape(len(moved), -1)
    values, vectors = np.linalg.eigh(weighted @ moved.reshape(len(moved), -1).T)
    return [(values[k], np.tensordot(vectors[:, k], moved, 1)) for k in range(len(values)) if values[k] > 1e-12]


def _upright(anatomy: Anatomy, component: Points, sign: int) -> Points:
    """The component or its opposite, and exactly (anti)symmetric."""
    component = (component + sign * anatomy.mirrored(component)) / 2
    direction = np.array([0.0, 1.0, 0.6]) if sign > 0 else np.array([1.0, 0.0, 0.0])
    leaning = (anatomy.importance[:, None] * component * np.abs(component)).sum(axis=0) @ direction
    return component if leaning >= 0 else -component
