"""Harmonics of the face: the smooth part of the detail layer, worked out once and stored.

Eigenfunctions of the Laplacian (Vallet and Levy 2008) on the front of the skin, zero round its rim and on lips and lids;
symmetric and antisymmetric ones apart, so that each is the one or the other exactly.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from backend.face.heads.layout.anatomy import Anatomy

COUNT = 64
_SIZE = 300.0  # micrometres, root mean square over the face
# What holds still: behind, above the hairline, at the foot of the neck, and what is no plain skin.
_BEHIND, _ABOVE, _BELOW = 12.0, 72.0, -132.0
_HELD = ("lid", "lip", "mouth", "nostril", "hair", "brow", "lash", "tooth", "gum", "tongue", "caruncle")


def harmonics(anatomy: Anatomy) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Rows ``[n]`` of the vertices that take part, and displacements ``[64, n]`` in whole micrometres."""
    free = np.flatnonzero(_free(anatomy))
    stiff, mass = _laplacian(anatomy, free)
    swap = np.searchsorted(free, anatomy.partner[free])
    found: list[tuple[float, NDArray[np.float64]]] = []
    for sign in (1, -1):
        basis = _halves(swap, sign)
        start = np.cos(np.arange(basis.shape[1]))  # any, but always the same
        values, vectors = eigsh(basis.T @ stiff @ basis, COUNT, basis.T @ mass @ basis, sigma=0, v0=start)
        found += [(float(value), basis @ vector) for value, vector in zip(values, vectors.T, strict=True)]
    found.sort(key=lambda each: each[0])
    weight = mass.diagonal() / mass.diagonal().sum()
    moves = np.array([_upright(anatomy.points[free], field) / np.sqrt(weight @ field**2) for _, field in found[:COUNT]])
    return free.astype(np.int32), np.round(_SIZE * moves).astype(np.int16)


def _free(anatomy: Anatomy) -> NDArray[np.bool_]:
    x, y, z = anatomy.points.T
    front = (z > _BEHIND) & (y < _ABOVE) & (y > _BELOW) & (np.abs(x) < 70)
    skin = anatomy.painted("skin") & ~anatomy.painted(*_HELD) & (anatomy.eyeballs < 0)
    detail = anatomy.face.detail
    skin &= np.arange(len(x)) <= int(anatomy.face.quads[: detail.quads if detail else None].max())
    found: NDArray[np.bool_] = front & skin
    return found & found[anatomy.partner]


def _laplacian(anatomy: Anatomy, free: NDArray[np.intp]) -> tuple["sparse.csr_matrix", "sparse.dia_matrix"]:
    """Cotangent stiffness (Pinkall and Polthier 1993) and lumped mass of the free vertices."""
    triangles, points, count = anatomy.face.triangles, anatomy.points, len(anatomy.points)
    rows: list[NDArray[np.int32]] = []
    columns: list[NDArray[np.int32]] = []
    values: list[NDArray[np.float64]] = []
    for k in range(3):
        a, b, c = (triangles[:, (k + i) % 3] for i in range(3))
        one, other = points[a] - points[c], points[b] - points[c]
        cotangent = (one * other).sum(axis=1) / np.maximum(np.linalg.norm(np.cross(one, other), axis=1), 1e-9)
        rows, columns, values = [*rows, a, b], [*columns, b, a], [*values, cotangent / 2, cotangent / 2]
    linked = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count))
    # Triangles cut quads one way on the left and the other on the right.
    mirrored = linked[anatomy.partner][:, anatomy.partner]
    linked = (linked + mirrored) / 2
    stiff = sparse.diags(np.asarray(linked.sum(axis=1)).ravel()) - linked
    area = (anatomy.area + anatomy.area[anatomy.partner]) / 2
    return stiff[free][:, free].tocsc(), sparse.diags(area[free])


def _halves(swap: NDArray[np.intp], sign: int) -> "sparse.csc_matrix":
    """Columns that span what a mirror keeps, or what it reverses."""
    left = np.flatnonzero(np.arange(len(swap)) < swap)
    middle = np.flatnonzero(np.arange(len(swap)) == swap) if sign > 0 else np.zeros(0, np.intp)
    both = np.arange(len(left))
    rows = np.concatenate([left, swap[left], middle])
    columns = np.concatenate([both, both, len(left) + np.arange(len(middle))])
    values = np.concatenate([np.ones(len(left)), np.full(len(left), float(sign)), np.ones(len(middle))])
    return sparse.csc_matrix((values, (rows, columns)), (len(swap), len(left) + len(middle)))


def _upright(points: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outwards where it is strongest on the left; of nearly equals, at the highest."""
    strong = np.abs(field) * (points[:, 0] >= 0)
    where = np.flatnonzero(strong > 0.9 * strong.max())
    upright: NDArray[np.float64] = field * np.sign(field[where[points[where, 1].argmax()]])
    return upright
