"""What grows on the skin and moves with it: brows, lashes and hair."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial import cKDTree

from backend.face.heads.form import EYE, Points
from backend.face.heads.parts import Part, both_sides, grid_quads

# Middle line of the left brow (x, y), and its half height and thickness there.
BROW_LINE = ((9.4, 21.7), (14, 22.8), (21, 24.9), (29, 27.0), (37, 27.9), (44, 26.6), (50, 23.6), (55.5, 19.4))
BROW_HALF = (1.2, 2.6, 3.1, 2.8, 2.4, 1.9, 1.35, 0.45)
BROW_THICK = (0.5, 1.7, 1.8, 1.7, 1.5, 1.2, 0.9, 0.3)


# The hairline from the side (z, y): over the forehead, down before the ear, round it, and down to the nape.
HAIRLINE = ((125, 73), (94, 73), (84, 71), (74, 66), (65, 59), (57, 48), (50, 36), (42, 26), (33, 15), (25, 2), (19, -6), (12, -7))
HAIRLINE += ((6, 0), (1, 20), (-10, 27), (-22, 20), (-32, -2), (-40, -30), (-50, -50), (-64, -61), (-80, -74), (-140, -80))  # type: ignore[assignment]
_TUCKED = 7.0  # how far the hair's rim runs on under the skin


@dataclass(frozen=True)
class Growth:
    """A part and the matrix ``[vertices of the part, vertices of the skin]`` by which the skin carries it."""

    part: Part
    bound: Any


def brows(skin: Points, quads: NDArray[np.int32]) -> Growth:
    steps = 19
    ends = (len(BROW_LINE) - 1) * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, steps)))
    place = 0.4 * ends + 0.6 * np.linspace(0, len(BROW_LINE) - 1, steps)
    stations = np.arange(len(BROW_LINE))
    x, y = CubicSpline(stations, np.array(BROW_LINE))(place).T
    half, thick = (np.maximum(PchipInterpolator(stations, sizes)(place), 0.2) for sizes in (BROW_HALF, BROW_THICK))
    slope = np.gradient(y, x)
    normal = np.stack([-slope, np.ones_like(slope)], axis=-1) / np.hypot(slope, 1)[:, None]
    rows, lifts = [], []
    for across, lift in ((-1.0, -1.5), (-0.92, 0.4), (-0.3, 1.0), (0.4, 0.9), (0.94, 0.3), (1.0, -1.2)):
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
    full = 0.06 + 0.82 * np.sin(np.pi * across) ** 0.5 * (0.4 + 0.75 * across)
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
    skin = _snapped(skin, quads, scalp, mirror)
    lift = hair_lift(skin)
    lift = (lift + lift[mirror]) / 2
    kept = quads[(lift[quads] > -_TUCKED).any(axis=1) & scalp[quads].all(axis=1)]
    lift = np.maximum(lift, -_TUCKED)
    # Each quad is cut along the diagonal that lies closer to the hairline.
    across = np.abs(lift[kept])
    kept = np.where((across[:, 0] + across[:, 2] > across[:, 1] + across[:, 3])[:, None], np.roll(kept, -1, axis=1), kept)
    used = np.unique(kept)
    number = np.full(len(skin), -1)
    number[used] = np.arange(len(used))
    points = skin[used] + normals[used] * lift[used, None]
    part = Part("hair", points, number[kept].astype(np.int32), ("hair",) * len(kept), number[mirror[used]])
    bound = sparse.csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), (len(used), len(skin)))
    return Growth(part, bound)


def _snapped(skin: Points, quads: NDArray[np.int32], scalp: NDArray[np.bool_], mirror: NDArray[np.intp]) -> Points:
    """Move the vertices next to the hairline along their edges on to it, so that the hair ends in a clean curve."""
    within = _within_hairline(skin)
    edges = np.unique(np.sort(np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)]), axis=1), axis=0)
    edges = edges[scalp[edges].all(axis=1)]
    edges = np.concatenate([edges, edges[:, ::-1]])
    a, b = edges.T
    share = within[a] / np.where(within[a] == within[b], 1, within[a] - within[b])
    crossing = np.flatnonzero((within[a] * within[b] < 0) & (share <= 0.5))
    moved, nearest = skin.copy(), np.full(len(skin), np.inf)
    for e in crossing[np.argsort(share[crossing], kind="stable")]:
        if share[e] < nearest[a[e]] and nearest[a[e]] == np.inf:
            nearest[a[e]] = share[e]
            moved[a[e]] = skin[a[e]] + share[e] * (skin[b[e]] - skin[a[e]])
    image = moved[mirror] * [-1, 1, 1]
    both: Points = np.where((skin[:, :1] < 0), image, moved)
    return both


def hair_lift(points: Points) -> NDArray[np.float64]:
    """Thickness of the hair, negative outside the hairline."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    within = _within_hairline(points)
    body = 8.5 * (1 - np.exp(-np.clip(within, 0, None) / 6.5))
    crown = 8.0 * np.clip((y - 62) / 50, 0, 1) * np.clip(within / 22, 0, 1)
    sides = 4.6 * np.clip((70 - y) / 50, 0, 1) * np.clip(within / 12, 0, 1)
    lock = 1.1 * np.sin(x / 4.2) * np.clip(within / 18, 0, 1) * np.clip((y - 40) / 40, 0, 1) * np.clip((112 - y) / 14, 0, 1)
    # Strands run from the crown outwards.
    turn = np.abs(np.arctan2(points[:, 0], points[:, 2] + 20))
    strands = np.sin(23 * turn + 0.8) + 0.8 * np.sin(34 * turn + 2.1) + 0.5 * np.sin(13 * turn)
    strands *= 1.25 * np.clip(within / 9, 0, 1) * np.clip((118 - y) / 30, 0, 1)
    lift: NDArray[np.float64] = np.where(within > 0, body + crown - sides + lock + strands, 1.3 * within)
    return lift


def _within_hairline(points: Points) -> NDArray[np.float64]:
    """Distance from the hairline seen from the side, negative outside it."""
    spot = points[:, [2, 1]]
    line = np.array(HAIRLINE, float)
    start, along = line[:-1], np.diff(line, axis=0)
    share = ((spot[:, None] - start) * along).sum(axis=2) / (along**2).sum(axis=1)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    away = np.linalg.norm(spot[:, None] - nearest, axis=2).min(axis=1)
    above = spot[:, 1] > np.interp(spot[:, 0], line[::-1, 0], line[::-1, 1])
    return np.where(above, away, -away)
