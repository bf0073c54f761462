"""How far apart the lips are, measured on any head from its geometry alone."""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from backend.face.face import Face
from backend.face.pose import pose, posed
from backend.motion import Motion


def pairs(face: Face) -> np.ndarray:
    """Vertices of the upper and lower lip ``[P, 2]`` that touch at rest near the midline and part when the jaw drops."""
    rest, dropped = posed(face, {}), posed(face, {"jawOpen": 1.0})
    movable = np.linalg.norm(face.shapes["mouthClose"], axis=1) > 0  # lips, not teeth or gums
    middle = np.flatnonzero((np.abs(rest[:, 0]) < 0.012) & movable)
    close = middle[cKDTree(rest[middle]).query_pairs(0.003, output_type="ndarray")]
    parted = np.linalg.norm(dropped[close[:, 0]] - dropped[close[:, 1]], axis=1) > 0.012
    return close[parted]


def gaps(face: Face, motion: Motion) -> np.ndarray:
    """Metres between the lips in every frame ``[frames]``: the median over the pairs, less what it is at rest."""
    kept, both = np.unique(pairs(face), return_inverse=True)
    a, b = both.reshape(-1, 2).T
    assert len(a) >= 3, "this head's lips do not part"
    none = np.zeros((0, 4), np.int32)
    lips = replace(
        face,
        vertices=face.vertices[kept],
        shapes={name: delta[kept] for name, delta in face.shapes.items()},
        correctives={names: delta[kept] for names, delta in face.correctives.items()},
        detail=None,
        weights=face.weights[kept],
        quads=none,
        uvs=np.zeros((0, 4, 2), np.float32),
        surface=none[:, 0],
    )
    between = lambda v: float(np.median(np.linalg.norm(v[a] - v[b], axis=1)))  # noqa: E731
    return np.array([between(vertices) for vertices in pose(lips, motion)]) - between(posed(lips, {}))
