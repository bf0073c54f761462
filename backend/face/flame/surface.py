"""One head laid over another: a similarity, a soft bend, then the nearest points of a surface."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from backend.face.flame.model import FlameModel

Floats = NDArray[np.float64]

# Vertices around which triangles are tried, and triangles of each: on an even mesh the nearest point is among far fewer.
_NEIGHBOURS, _FAN = 6, 8


@dataclass(frozen=True, eq=False)
class Similarity:
    """``scale * turn @ point + shift``."""

    scale: float
    turn: Floats
    shift: Floats

    def points(self, points: Floats) -> Floats:
        moved: Floats = self.scale * points @ self.turn.T + self.shift
        return moved

    def moves(self, moves: Floats) -> Floats:
        """Displacements ``[..., 3, K]`` go along without the shift."""
        turned: Floats = self.scale * np.einsum("ij,vjk->vik", self.turn, moves)
        return turned


@dataclass(frozen=True, eq=False)
class Footing:
    """For each of V points: a triangle of another surface ``[V, 3]``, weights of its corners ``[V, 3]``, and the distance ``[V]``."""

    corners: NDArray[np.int64]
    weights: Floats
    distance: Floats

    def carry(self, values: Floats) -> Floats:
        """What vertices of the other surface have, ``[V', ...]``, at these points ``[V, ...]``."""
        carried: Floats = np.einsum("vc,vc...->v...", self.weights, values[self.corners])
        return carried


def align(source: Floats, target: Floats) -> Similarity:
    """The similarity that brings points ``[N, 3]`` closest to their partners in least squares (Umeyama 1991); N is at least 3."""
    centre, goal = source.mean(axis=0), target.mean(axis=0)
    spread = (target - goal).T @ (source - centre)
    left, sizes, right = np.linalg.svd(spread)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = (left * signs) @ right
    scale = float((sizes * signs).sum() / np.sum((source - centre) ** 2))
    return Similarity(scale, turn, goal - scale * turn @ centre)


def bend(points: Floats, anchors: Floats, goals: Floats, reach: float) -> Floats:
    """Move points so that ``anchors [N, 3]`` come to ``goals [N, 3]``; what is a few ``reach`` away stays (Gaussian radial basis)."""

    def near(one: Floats) -> Floats:
        felt: Floats = np.exp(-0.5 * np.sum((one[:, None] - anchors[None]) ** 2, axis=2) / (0.6 * reach) ** 2)
        return felt

    # A little of the identity keeps anchors that lie close together from pulling against each other.
    strengths = np.linalg.solve(near(anchors) + 1e-3 * np.eye(len(anchors)), goals - anchors)
    bent: Floats = points + near(points) @ strengths
    return bent


def footing(points: Floats, own: Floats, vertices: Floats, triangles: NDArray[np.int32], marks: Floats) -> Footing:
    """The nearest point of a surface for each of ``points [V, 3]``.

    ``own [V, K]`` and ``marks [V', K]`` are lengths that count like further axes of space: lips that touch are far apart if
    one of the marks tells the upper from the lower.
    """
    fans = _fans(triangles, len(vertices))
    far = np.concatenate([vertices, marks], axis=1)
    _, near = cKDTree(far).query(np.concatenate([points, own], axis=1), k=min(_NEIGHBOURS, len(far)))
    best = Footing(np.zeros((len(points), 3), np.int64), np.zeros((len(points), 3)), np.zeros(len(points)))
    least = np.full(len(points), np.inf)
    for neighbour in near.reshape(len(points), -1).T:
        for tried in fans[neighbour].T:
            corners = triangles[tried].astype(np.int64)
            weights = _nearest(points, vertices[corners])
            away = np.linalg.norm(np.einsum("vc,vci->vi", weights, vertices[corners]) - points, axis=1)
            cost = np.hypot(away, np.linalg.norm(np.einsum("vc,vck->vk", weights, marks[corners]) - own, axis=1))
            closer = cost < least
            least[closer], best.distance[closer] = cost[closer], away[closer]
            best.corners[closer], best.weights[closer] = corners[closer], weights[closer]
    return best


def identical(count: int) -> Footing:
    """Every vertex stands on itself."""
    corners = np.repeat(np.arange(count)[:, None], 3, axis=1)
    return Footing(corners, np.tile([1.0, 0.0, 0.0], (count, 1)), np.zeros(count))


def same_topology(one: FlameModel, other: FlameModel) -> bool:
    return len(one.template) == len(other.template) and np.array_equal(one.triangles, other.triangles)


def _fans(triangles: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Up to ``_FAN`` triangles around each vertex ``[V, _FAN]``; the first ones again where there are fewer."""
    vertex, triangle = triangles.ravel(), np.repeat(np.arange(len(triangles)), 3)
    order = np.argsort(vertex, kind="stable")
    vertex, triangle = vertex[order], triangle[order]
    starts, ends = np.searchsorted(vertex, np.arange(count)), np.searchsorted(vertex, np.arange(count), "right")
    have = np.maximum(ends - starts, 1)
    places = starts[:, None] + np.arange(_FAN)[None] % have[:, None]
    found: NDArray[np.int64] = triangle[np.minimum(places, len(triangle) - 1)]
    return found


def _nearest(points: Floats, corners: Floats) -> Floats:
    """Weights ``[V, 3]`` of the nearest point of triangles ``corners [V, 3, 3]``: inside, or on the nearest of the edges."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    aa, bb, mixed = (np.einsum("vi,vi->v", *pair) for pair in ((ab, ab), (ac, ac), (ab, ac)))
    to_b, to_c = (np.einsum("vi,vi->v", points - a, edge) for edge in (ab, ac))
    area = aa * bb - mixed * mixed
    flat = area <= 1e-12 * aa * bb
    safe = np.where(flat, 1, area)
    v, w = (bb * to_b - mixed * to_c) / safe, (aa * to_c - mixed * to_b) / safe
    best: Floats = np.stack([1 - v - w, v, w], 1)
    outside = flat | (best < 0).any(axis=1)
    distance = np.full(len(points), np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        edge = corners[:, end] - corners[:, start]
        length = np.einsum("vi,vi->v", edge, edge)
        share = np.clip(np.einsum("vi,vi->v", points - corners[:, start], edge) / np.where(length > 0, length, 1), 0, 1)
        away = np.linalg.norm(corners[:, start] + share[:, None] * edge - points, axis=1)
        closer = outside & (away < distance)
        distance[closer] = away[closer]
        best[closer] = 0
        best[closer, start], best[closer, end] = 1 - share[closer], share[closer]
    return best
