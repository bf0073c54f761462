"""From one FLAME expression space to another: which coefficients of ours look like theirs.

Each component of the source moves its vertices; the same movement is laid on the target's head, and the target's
components are fitted to it by least squares over vertices. Coefficients are standard deviations on both sides, so
that a ridge on them says "rather an ordinary face".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import FlameError
from backend.face.flame.landmarks import find_landmarks
from backend.face.flame.model import FlameModel
from backend.face.flame.regions import regions
from backend.face.flame.surface import Footing, Similarity, align, bend, footing, identical, same_topology
from backend.motion.flame import COMPONENTS, EXPRESSION, FLAME
from backend.motion.motion import Motion

Floats = NDArray[np.float64]

# Where a millimetre is seen first. Other skin counts 0.1: the scalp should not move, the neck hardly.
WEIGHTS: Mapping[str, float] = {"upper face": 1.0, "lower face": 1.0, "mouth": 2.0, "eyes": 2.0, "lips": 4.0}
_LEAST = 0.1
_SKIN = ("upper face", "lower face", "ears", "neck", "scalp")
# How far apart full and no following of the jaw count as, in distances between the eyes: more than a lip is high.
_TELL = 0.3
# Surfaces this near, in distances between the eyes, are one head in two meshes; its landmarks are less exact than that.
_SAME = 0.005
_REPORTED = ("lips", "mouth", "eyes", "nose", "upper face", "lower face")


@dataclass(frozen=True, eq=False)
class ExpressionMap:
    """Coefficients of the target as a linear function of the source's.

    ``matrix [E', E]``. ``residual`` says what share of the source's movement the target cannot follow: 0 is all of it
    followed, 1 none; root mean square over vertices of the region and over coefficients drawn from a standard normal;
    ``whole`` is the face, weighted. ``millimetres`` is the same error as a length. ``apart`` is how far the two
    surfaces lay from each other after alignment, root mean square over the face, in millimetres.
    """

    matrix: NDArray[np.float32]
    residual: Mapping[str, float]
    millimetres: Mapping[str, float]
    apart: float

    def __call__(self, coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
        """``[..., E]`` to ``[..., E']``; components left out are zero."""
        mapped: NDArray[np.float32] = coefficients @ self.matrix[:, : coefficients.shape[-1]].T
        return mapped


def solve_map(source: FlameModel, target: FlameModel, ridge: float = 1e-3, weights: Mapping[str, float] = WEIGHTS) -> ExpressionMap:
    """Fit the target's expression components to the source's.

    Where both have the same topology, vertices are partners. Else the source is laid over the target by eyes, mouth, chin
    and nose (a similarity, brought to rest on the nearest points if it is the same head, bent softly until the seven meet
    if it is another), and each vertex of the target takes its movement from the nearest point of the source's surface.
    ``ridge`` is the share of the components' mean energy that is added to the normal equations; ``weights`` say how much
    a region counts, the largest that a vertex has.

    Raises:
        FlameError: a model has no expression components, other joints than FLAME's, or no mouth.
    """
    for model in (source, target):
        if not model.expression.shape[2]:
            raise FlameError(f"model '{model.name}' has no expression components to map.")
    masks = regions(target)
    face = (masks["upper face"] + masks["lower face"]).astype(np.float64)
    stand, moves = _laid_over(source, target, face)
    weight = _weight(masks, weights)
    basis = target.expression.astype(np.float64).reshape(-1, target.expression.shape[2])
    wanted = moves.reshape(-1, moves.shape[2])
    by_axis = np.repeat(weight, 3)[:, None]
    normal = basis.T @ (by_axis * basis)
    strength = ridge * (float(np.trace(normal)) / len(normal) or 1.0)
    matrix = np.linalg.solve(normal + strength * np.eye(len(normal)), basis.T @ (by_axis * wanted))
    left = (basis @ matrix - wanted).reshape(moves.shape)
    shares = {"whole": weight} | {name: masks[name].astype(np.float64) for name in _REPORTED}
    errors = {name: (_size(left, share), _size(moves, share)) for name, share in shares.items()}
    return ExpressionMap(
        matrix=matrix.astype(np.float32),
        residual={name: error / moved if moved > 0 else 0.0 for name, (error, moved) in errors.items()},
        millimetres={name: 1000 * error for name, (error, _) in errors.items()},
        apart=1000 * float(np.sqrt(np.average(stand.distance**2, weights=face))),
    )


def through(mapping: ExpressionMap, motion: Motion) -> Motion:
    """A ``flame`` motion in the target's expression space; turns stay as they are.

    The first 50 components of the target are kept, which is what the rig has.

    Raises:
        FlameError: the motion has another rig, or uses components that the source does not have.
    """
    if motion.rig != FLAME:
        raise FlameError(f"an expression map takes a motion of the rig 'flame', not '{motion.rig.name}'.")
    coefficients, width = motion.pick(EXPRESSION), mapping.matrix.shape[1]
    if np.any(coefficients[:, width:]):
        raise FlameError(f"the motion uses more than the {width} expression components that the map knows.")
    mapped = mapping(coefficients[:, :width])[:, :COMPONENTS]
    padded = np.pad(mapped, ((0, 0), (0, COMPONENTS - mapped.shape[1])))
    return motion.with_curves(dict(zip(EXPRESSION, padded.T, strict=True)))


def _laid_over(source: FlameModel, target: FlameModel, face: Floats) -> tuple[Footing, Floats]:
    """Where the target's vertices stand on the source, and the source's movements there ``[V, 3, E]`` in the target's frame.

    ``face [V]`` says which of the target's vertices have to lie on the source.
    """
    expression = source.expression.astype(np.float64)
    if same_topology(source, target):
        return identical(len(target.template)), expression
    near, far = find_landmarks(source), find_landmarks(target)
    tell = _TELL * far.unit
    points, owns, marks = target.template.astype(np.float64), tell * _bound(target), tell * _bound(source)
    first, vertices = align(near.anchors, far.anchors), source.template.astype(np.float64)
    placed, apart = _settled(source, points, owns, marks, first, face)
    under = placed.points(vertices)
    if apart > _SAME * far.unit:
        # Another head: what has a name says more than what happens to lie near.
        placed, under = first, bend(first.points(vertices), first.points(near.anchors), far.anchors, far.unit)
    stand = footing(points, owns, under, source.triangles, marks)
    return stand, stand.carry(placed.moves(expression))


def _settled(source: FlameModel, points: Floats, owns: Floats, marks: Floats, placed: Similarity, face: Floats) -> tuple[Similarity, float]:
    """Improve a similarity by nearest points of the face (Besl & McKay 1992) as long as that helps; also how far apart they stay."""
    some = np.flatnonzero(face > 0.5)
    some = some[:: max(1, len(some) // 1000)]
    vertices, least = source.template.astype(np.float64), np.inf
    best = placed
    for _ in range(10):
        stand = footing(points[some], owns[some], placed.points(vertices), source.triangles, marks)
        apart = float(np.sqrt(np.mean(stand.distance**2)))
        if apart > 0.99 * least:
            break
        best, least = placed, apart
        placed = align(stand.carry(vertices), points[some])
    return best, least


def _bound(model: FlameModel) -> Floats:
    """How far each vertex follows jaw and eyes, ``[V, 2]``: what tells a lower lip from an upper one and a lid from an eye."""
    jaw, left, right = (model.weights[:, model.joint(name)].astype(np.float64) for name in ("jaw", "left eye", "right eye"))
    return np.stack([jaw, left + right], axis=1)


def _weight(masks: Mapping[str, NDArray[np.float32]], weights: Mapping[str, float]) -> Floats:
    unknown = [name for name in weights if name not in masks]
    if unknown:
        raise FlameError(f"there is no region '{unknown[0]}' to weight: choose among {', '.join(masks)}.")
    found = np.zeros(len(masks["lips"]))
    for name, weight in {**dict.fromkeys(_SKIN, _LEAST), **weights}.items():
        np.maximum(found, weight * masks[name].astype(np.float64), out=found)
    return found


def _size(moves: Floats, weight: Floats) -> float:
    """Root mean square length of movement over vertices, for coefficients from a standard normal."""
    if not weight.sum() > 0:
        return 0.0
    return float(np.sqrt(np.average(np.sum(moves**2, axis=(1, 2)), weights=weight)))
