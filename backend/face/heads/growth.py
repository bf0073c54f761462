"""What grows on the skin and moves with it: brows, lashes and hair."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from backend.face.heads import cage as c
from backend.face.heads.form import EYE, Points, eye_outline
from backend.face.heads.parts import Part, both_sides, grid_quads

# Middle line of the left brow (x, y), and its half height and thickness there.
BROW_LINE = ((9.5, 18.6), (14, 20.6), (21, 23.2), (29, 25.6), (37, 26.6), (44, 25.4), (50, 22.4), (55, 18.6))
BROW_HALF = (2.5, 3.1, 3.1, 2.8, 2.4, 1.9, 1.35, 0.45)
BROW_THICK = (1.0, 1.7, 1.8, 1.7, 1.5, 1.2, 0.9, 0.3)


@dataclass(frozen=True)
class Growth:
    """A part and the matrix ``[vertices of the part, vertices of the skin]`` by which the skin carries it."""

    part: Part
    bound: Any


def brows(skin: Points, quads: NDArray[np.int32]) -> Growth:
    steps = 15
    place = np.linspace(0, len(BROW_LINE) - 1, steps)
    stations = np.arange(len(BROW_LINE))
    x, y = (np.interp(place, stations, np.array(BROW_LINE)[:, axis]) for axis in (0, 1))
    half, thick = np.interp(place, stations, BROW_HALF), np.interp(place, stations, BROW_THICK)
    slope = np.gradient(y) / np.gradient(x)
    normal = np.stack([-slope, np.ones_like(slope)], axis=-1) / np.hypot(slope, 1)[:, None]
    rows, lifts = [], []
    for across, lift in ((-1.0, -1.2), (-0.92, 0.35), (-0.45, 0.9), (0.1, 1.0), (0.6, 0.75), (0.95, 0.25), (1.0, -1.2)):
        rows.append(np.stack([x, y], axis=-1) + normal * (across * half)[:, None])
        lifts.append(np.where(lift > 0, lift * thick, lift))
    flat, lift = np.concatenate(rows), np.concatenate(lifts)
    bound, z = under(flat, skin, quads)
    points = np.column_stack([flat, z + lift])
    faces = grid_quads(len(rows), steps)
    part = both_sides("brows", points, faces[:, ::-1], ["brow"] * len(faces))
    return Growth(part, _bound_both(bound, part, skin))


def under(flat: Points, skin: Points, quads: NDArray[np.int32]) -> tuple[Any, NDArray[np.float64]]:
    """Weights on the skin, and its z, before points (x, y): the foremost triangle that holds each."""
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    corner = skin[triangles]
    a, b, d = corner[:, 0, :2], corner[:, 1, :2], corner[:, 2, :2]
    area = (b[:, 0] - a[:, 0]) * (d[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (d[:, 0] - a[:, 0])
    ahead = (area > 1e-9) & (corner[:, :, 2].mean(axis=1) > 20)
    rows, cols, shares, depth = [], [], [], []
    for i, point in enumerate(flat):
        v = ((point[0] - a[:, 0]) * (d[:, 1] - a[:, 1]) - (point[1] - a[:, 1]) * (d[:, 0] - a[:, 0])) / np.where(ahead, area, 1)
        w = ((b[:, 0] - a[:, 0]) * (point[1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (point[0] - a[:, 0])) / np.where(ahead, area, 1)
        inside = np.flatnonzero(ahead & (v >= -1e-9) & (w >= -1e-9) & (v + w <= 1 + 1e-9))
        z = (corner[inside, :, 2] * np.stack([1 - v - w, v, w], axis=-1)[inside]).sum(axis=1)
        t = inside[np.argmax(z)]
        rows += [i] * 3
        cols += triangles[t].tolist()
        shares += [1 - v[t] - w[t], v[t], w[t]]
        depth.append(z.max())
    return sparse.csr_matrix((shares, (rows, cols)), (len(flat), len(skin))), np.array(depth)


def _bound_both(left: Any, part: Part, skin: Points) -> Any:
    """Bind the mirrored half to the mirrored skin."""
    _, partner = cKDTree(skin).query(skin * [-1, 1, 1])
    right = left[:, partner]
    fresh = np.flatnonzero(part.mirror[: left.shape[0]] >= left.shape[0])
    return sparse.vstack([left, right[fresh]]).tocsr()


def lashes(skin: Points, edge: NDArray[np.intp]) -> Growth:
    """Upper lashes as one dark fringe; ``edge`` lists the skin's vertices along the left upper lid's margin."""
    root = skin[edge]
    across = np.linspace(0, 1, len(edge))
    full = np.sin(np.pi * across) ** 0.5 * (0.45 + 0.75 * across)
    away = root - EYE
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    side = np.array([0.45, 0.0, 0.0]) * np.clip(across - 0.35, 0, 1)[:, None]
    tip = root + full[:, None] * (3.4 * (away * [0.75, 0.55, 1] + side) + [0, 1.0, 0])
    middle = root + full[:, None] * (1.8 * (away * [0.75, 0.4, 1] + side) - [0, 0.35, 0])
    under_side = root - away * 0.5
    top = root + away * 0.25 + [0, 0.75, 0] * full[:, None]
    top_middle = middle + [0, 0.5, 0] * full[:, None]
    rows = [under_side, middle, tip, top_middle, top]
    points = np.concatenate(rows)
    faces = grid_quads(len(rows), len(edge))
    part = both_sides("lashes", points, faces[:, ::-1], ["lash"] * len(faces))
    bound = sparse.csr_matrix((np.ones(len(points)), (np.arange(len(points)), np.tile(edge, len(rows)))), (len(points), len(skin)))
    return Growth(part, _bound_both(bound, part, skin))


def hair(skin: Points, normals: Points, quads: NDArray[np.int32], scalp: NDArray[np.bool_], mirror: NDArray[np.intp]) -> Growth:
    """A close-cropped cap of hair: the scalp once more, lifted by a thickness that crosses zero at the hairline."""
    lift = np.maximum(hair_lift(skin), -2.5)
    lift = np.minimum(lift, lift[mirror])
    wanted = (lift > -2.4) & scalp
    kept = quads[wanted[quads].any(axis=1) & scalp[quads].all(axis=1)]
    used = np.unique(kept)
    number = np.full(len(skin), -1)
    number[used] = np.arange(len(used))
    points = skin[used] + normals[used] * lift[used, None]
    part = Part("hair", points, number[kept].astype(np.int32), ("hair",) * len(kept), number[mirror[used]])
    bound = sparse.csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), (len(used), len(skin)))
    return Growth(part, bound)


def hair_lift(points: Points) -> NDArray[np.float64]:
    """Thickness of the hair, negative outside the hairline."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    # Height of the hairline: over the forehead, down before the ear, round it, and down to the nape.
    stations = np.array([(96, 74), (85, 73), (72, 66), (60, 63), (47, 52), (36, 36), (26, 18), (17, 4), (9, 2), (2, 26), (-12, 34), (-24, 22), (-33, -10)])
    stations = np.concatenate([stations, [(-45, -40), (-60, -58), (-120, -66)]])[::-1]
    line = np.interp(z, stations[:, 0], stations[:, 1])
    above = y - line
    depth = np.where(above > 0, 11.0 * (1 - np.exp(-above / 13.0)), above * 0.8)
    crown = 5.0 * np.clip((y - 60) / 50, 0, 1) ** 1.2
    sides = -4.0 * np.clip((62 - y) / 60, 0, 1) * (depth > 4)
    lock = 0.9 * np.sin(x / 5.2 + 0.012 * z * x / 10) * np.clip(above / 20, 0, 1)
    lift: NDArray[np.float64] = np.where(above > 0, depth + crown * np.clip(above / 25, 0, 1) + lock, depth)
    lift = np.where(above > 0, np.maximum(lift + sides * np.clip(above / 40, 0, 1), 0.4 * np.minimum(above, 4)), lift)
    return lift


def lid_margin() -> Points:
    """Where the left upper lid's margin runs before the eye, for checks: (x, y) by vertex."""
    return eye_outline(c.EDGE, np.arange(12)) + EYE[:2]
