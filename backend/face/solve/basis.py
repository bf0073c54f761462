"""What a face can do, laid out for least squares, and which of its channels can be told apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError
from backend.face.face import Face
from backend.motion import Rig, Unit

Array = NDArray[np.float64]

# A pattern of movement this much weaker than its channels' own (as a share of energy) drowns in noise.
_FAINT = 1e-3
_ALIKE = 0.99


@dataclass(frozen=True)
class Basis:
    """The shapes of some channels, and the correctives among them, on the vertices that count.

    ``rows [R]`` are those vertices, ``shapes [n + k, 3 R]`` the displacements there in the face's unit, of the ``n`` channels and then
    of ``k`` correctives, whose channels ``together`` counts. ``importance [3 R]`` is what each coordinate's squared error
    counts, ``gram [n + k, n + k]`` the weighted products of shapes.
    """

    channels: tuple[str, ...]
    rows: NDArray[np.intp]
    shapes: Array
    importance: Array
    gram: Array
    together: tuple[tuple[int, ...], ...]

    @property
    def single(self) -> Array:
        """The part of ``gram`` without correctives, ``[n, n]``."""
        return self.gram[: len(self.channels), : len(self.channels)]


@dataclass(frozen=True)
class Ambiguity:
    """What cannot be told from this face's vertices.

    ``missing``: channels without a shape, or whose shape moves no vertex that counts. ``alike``: groups of
    channels some mixture of which moves next to nothing; only the ridge decides how they share the movement.
    ``opposite``: pairs that undo each other; their difference is sure, and the ridge leaves the lesser one at zero.
    ``error``: how far a channel's weight strays (standard deviation) for every millimetre of independent noise
    (standard deviation) in each coordinate.
    """

    missing: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    opposite: tuple[tuple[str, str], ...]
    error: Mapping[str, float]


def lay_out(face: Face, rig: Rig, counted: NDArray[np.bool_], weights: Array | None) -> Basis:
    """The basis of a face on the vertices ``counted [V]``, each weighted by ``weights [V]`` (1 where None).

    Raises:
        FaceError: no shape moves a vertex that counts, or the weights do not fit the face.
    """
    importance = np.ones(len(face.vertices)) if weights is None else np.asarray(weights, np.float64)
    if importance.shape != (len(face.vertices),) or not np.isfinite(importance).all() or importance.min() < 0:
        raise FaceError(f"vertex weights of head '{face.name}' must be {len(face.vertices)} numbers of zero or more.")
    counted = counted & (importance > 0)
    names = [name for name in rig.in_unit(Unit.WEIGHT) if name in face.shapes and np.any(face.shapes[name][counted])]
    if not names:
        raise FaceError(
            f"no shape of head '{face.name}' that belongs to rig '{rig.name}' moves a vertex: match its names to the rig first."
        )
    corrected = {pair: delta for pair, delta in face.correctives.items() if set(pair) <= set(names)}
    deltas = [*(face.shapes[name] for name in names), *corrected.values()]
    rows = np.flatnonzero(counted & np.any([np.any(delta, axis=1) for delta in deltas], axis=0))
    shapes = np.array([delta[rows].ravel() for delta in deltas], np.float64)
    spread = np.repeat(importance[rows], 3)
    together = tuple(tuple(names.index(name) for name in pair) for pair in corrected)
    return Basis(tuple(names), rows, shapes, spread, (shapes * spread) @ shapes.T, together)


def region_weights(face: Face, rig: Rig, regions: Mapping[str, float]) -> Array:
    """Weights ``[V]`` that count some regions of a rig more (above 1) or less (below 1) than the others.

    A vertex belongs to the regions whose channels move it, by the shares in which they do.
    """
    moved = np.zeros((len(rig.regions), len(face.vertices)))
    for name in rig.in_unit(Unit.WEIGHT):
        if name in face.shapes:
            moved[rig.regions.index(rig[name].region)] += np.linalg.norm(face.shapes[name], axis=1)
    shares = moved / np.maximum(moved.sum(axis=0), np.finfo(float).tiny)
    weights: Array = 1 + np.array([regions.get(region, 1.0) - 1 for region in rig.regions]) @ shares
    return weights


def ambiguity(basis: Basis, rig: Rig, metre: float = 1.0) -> Ambiguity:
    """What the face's shapes leave open; ``metre`` is how many of the face's units one metre has."""
    size = np.sqrt(np.diag(basis.single))
    alike = basis.single / np.outer(size, size)
    values, vectors = np.linalg.eigh(alike)
    faint = vectors[:, values < _FAINT]
    groups = _groups(np.abs(faint @ faint.T) > 0.05)
    names = basis.channels
    pairs = [group for group in groups if len(group) == 2 and alike[group[0], group[1]] < -_ALIKE]
    # Noise in unweighted coordinates, as it goes through the weighted solution.
    inverse = (vectors / np.maximum(values, 1e-9)) @ vectors.T
    shapes = basis.shapes[: len(size)]
    noisy = inverse @ ((shapes * basis.importance**2) @ shapes.T / np.outer(size, size)) @ inverse
    error = np.sqrt(np.maximum(np.diag(noisy), 0)) / size * metre / 1000
    return Ambiguity(
        tuple(name for name in rig.in_unit(Unit.WEIGHT) if name not in names),
        tuple(tuple(names[i] for i in group) for group in groups if group not in pairs),
        tuple((names[first], names[second]) for first, second in pairs),
        dict(zip(names, error.tolist(), strict=True)),
    )


def _groups(linked: NDArray[np.bool_]) -> list[list[int]]:
    """Sets of two or more that hang together."""
    waiting = [i for i in range(len(linked)) if linked[i].any()]
    groups = []
    while waiting:
        group, edge = [waiting[0]], [waiting[0]]
        while edge:
            near = [i for i in waiting if i not in group and linked[edge].any(axis=0)[i]]
            group, edge = group + near, near
        groups.append(sorted(group))
        waiting = [i for i in waiting if i not in group]
    return [group for group in groups if len(group) > 1]
