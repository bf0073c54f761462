"""Whole turns and shifts of rigid points."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def turns(rest: Array, moved: Array) -> Array:
    """Rotations ``[frames, 3, 3]`` that bring ``rest [n, 3]`` closest to ``moved [frames, n, 3]``, both about their origins.

    Kabsch (1976), with the sign of the determinant kept: never a reflection.
    """
    left, _, right = np.linalg.svd(np.einsum("fni,nj->fij", moved, rest, optimize=True))
    signs = np.ones((len(moved), 1, 3))
    signs[:, 0, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    found: Array = (left * signs) @ right
    return found


def angles(rotations: Array) -> Array:
    """Yaw, pitch and roll ``[frames, 3]`` in radians of ``[frames, 3, 3]``: the inverse of :func:`backend.face.pose.rotation`."""
    pitch = np.arcsin(np.clip(-rotations[:, 1, 2], -1.0, 1.0))
    yaw = np.arctan2(rotations[:, 0, 2], rotations[:, 2, 2])
    roll = np.arctan2(rotations[:, 1, 0], rotations[:, 1, 1])
    return np.stack([yaw, pitch, roll], axis=1)


def spread(points: Array) -> float:
    """How far from one line points lie, as a share of their length, 0 to 1: below about 0.05 their turn about it is lost."""
    around = points - points.mean(axis=0)
    lengths = np.linalg.svd(around, compute_uv=False)
    return float(lengths[1] / lengths[0]) if len(lengths) > 1 and lengths[0] > 0 else 0.0
