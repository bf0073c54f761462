"""The detail layer: 64 wrinkles on each side, as displacements along the normals of the skin once more subdivided.

A wrinkle is a line on the face, a valley along it and a ridge either side, cut into segments that
add up to the whole. What deepens it are the muscles that run across it (Duchenne 1862; Hjortsjö 1969).
Millimetres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from backend.face.heads.form import Points

Flat = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Line:
    """A wrinkle of the left half: its way (x, y) seen from in front, its half width, its depth, how many segments it
    has, and what deepens it (left channels; 1 is its whole depth).
    """

    name: str
    way: Flat
    width: float
    depth: float
    segments: int
    by: dict[str, float]


_FOREHEAD = {"browInnerUp": 0.75, "browOuterUpLeft": 0.75}
_CROW = {"cheekSquintLeft": 0.7, "eyeSquintLeft": 0.45, "mouthSmileLeft": 0.35}
_UNDER = {"eyeSquintLeft": 0.7, "cheekSquintLeft": 0.6, "noseSneerLeft": 0.3}
_PURSE = {"mouthPucker": 1.0, "mouthPressLeft": 0.25, "mouthRollUpper": 0.2, "mouthRollLower": 0.2}

LINES = (
    *(
        Line(f"forehead {i + 1}", ((0, y), (14, y + 1.0), (30, y + 2.4), (46, y - 1.0), (56, y - 7.0)), 1.7, 0.75, 4, _FOREHEAD)
        for i, y in enumerate((37.0, 45.5, 54.0, 62.0))
    ),
    Line("frown 1", ((4.6, 14), (6.0, 22), (7.0, 33)), 1.3, 0.8, 2, {"browDownLeft": 1.0}),
    Line("frown 2", ((10.5, 19), (12.0, 26), (12.5, 34)), 1.3, 0.45, 2, {"browDownLeft": 0.9}),
    Line("root of the nose 1", ((0, 9.5), (5, 9.8), (9.5, 11.5)), 1.2, 0.6, 1, {"browDownLeft": 0.7, "noseSneerLeft": 0.6}),
    Line("root of the nose 2", ((0, 4.5), (5, 4.8), (9, 6.0)), 1.2, 0.45, 1, {"browDownLeft": 0.5, "noseSneerLeft": 0.7}),
    Line("crow's foot 1", ((51, 8), (57, 13), (62, 19)), 1.3, 0.36, 2, _CROW),
    Line("crow's foot 2", ((52.5, 4), (59, 6.5), (65, 9)), 1.3, 0.42, 2, _CROW),
    Line("crow's foot 3", ((53, 0), (59.5, 0), (66, 0)), 1.3, 0.42, 2, _CROW),
    Line("crow's foot 4", ((52.5, -4), (59, -6.5), (65, -9)), 1.3, 0.36, 2, _CROW),
    Line("crow's foot 5", ((51, -9), (57, -13.5), (62, -18)), 1.3, 0.3, 2, _CROW),
    Line("under the eye 1", ((17, -8.0), (26, -11.8), (38, -11.5), (47, -7.0)), 1.2, 0.45, 2, _UNDER),
    Line("under the eye 2", ((18, -11.5), (28, -15.5), (40, -15.0), (49, -10.5)), 1.3, 0.4, 2, _UNDER),
    Line("under the eye 3", ((20, -16.0), (31, -20.0), (43, -18.5), (51, -13.5)), 1.5, 0.4, 2, _UNDER),
    Line("side of the nose 1", ((5, -8), (9, -5.5), (13, -1.5)), 1.2, 0.5, 1, {"noseSneerLeft": 1.0}),
    Line("side of the nose 2", ((6, -13), (10.5, -10.5), (15, -6.5)), 1.2, 0.5, 1, {"noseSneerLeft": 1.0}),
    Line("side of the nose 3", ((7, -18.5), (11.5, -16.0), (16, -12.0)), 1.2, 0.4, 1, {"noseSneerLeft": 0.9}),
    Line(
        "nasolabial",
        ((19.5, -33), (24.5, -39), (29.5, -47), (33.5, -56), (35.5, -65), (35, -74)),
        2.6,
        1.5,
        5,
        {"mouthSmileLeft": 0.9, "noseSneerLeft": 0.55, "mouthUpperUpLeft": 0.4, "mouthDimpleLeft": 0.45, "mouthStretchLeft": 0.3},
    ),
    Line("cheek 1", ((41, -47), (45, -57), (46, -68)), 2.4, 0.55, 2, {"mouthSmileLeft": 0.6, "mouthDimpleLeft": 0.8}),
    Line("cheek 2", ((49, -46), (53, -56), (54, -66)), 2.6, 0.35, 2, {"mouthSmileLeft": 0.5, "mouthDimpleLeft": 0.5}),
    Line(
        "marionette",
        ((27.5, -69), (28.5, -77), (27.5, -86)),
        1.8,
        0.9,
        2,
        {"mouthFrownLeft": 1.0, "mouthStretchLeft": 0.4, "mouthPressLeft": 0.35},
    ),
    *(Line(f"upper lip {i + 1}", ((x, -56.5), (0.94 * x, -51)), 1.0, 0.4, 1, _PURSE) for i, x in enumerate((6.5, 11.0, 15.5, 20.0))),
    *(Line(f"lower lip {i + 1}", ((x, -75.5), (0.92 * x, -80)), 1.0, 0.35, 1, _PURSE) for i, x in enumerate((5.0, 10.5, 16.0))),
    Line(
        "above the chin",
        ((0, -84), (9, -83.5), (17, -80.5)),
        2.0,
        0.8,
        2,
        {"mouthShrugLower": 0.9, "mouthFrownLeft": 0.3, "mouthRollLower": 0.3},
    ),
    Line("chin 1", ((4, -90), (5.5, -97)), 1.8, 0.5, 1, {"mouthShrugLower": 1.0, "mouthFrownLeft": 0.3}),
    Line("chin 2", ((10.5, -88), (12, -95)), 1.8, 0.45, 1, {"mouthShrugLower": 1.0, "mouthFrownLeft": 0.3}),
    Line("neck", ((20, -112), (23, -130), (25, -150)), 3.0, 1.2, 1, {"mouthStretchLeft": 0.9, "mouthLowerDownLeft": 0.3}),
)


def build_wrinkles(skin: Points) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, dict[str, float]]]:
    """Names of the components, displacements ``[components, V]`` in millimetres, and what drives each, by name.

    ``skin`` are the vertices ``[V, 3]`` of the subdivided skin, mirrored but for rounding. A left component
    is followed by its mirror image.
    """
    _, partner = cKDTree(skin).query(skin * [-1, 1, 1])
    names, moves, drivers = list[str](), list[NDArray[np.float32]](), dict[str, dict[str, float]]()
    for line in LINES:
        for i, left in enumerate(_segments(line, skin)):
            name = f"{line.name} {'abcde'[i]}" if line.segments > 1 else line.name
            names += [f"{name} left", f"{name} right"]
            moves += [left, left[partner]]
            drivers[f"{name} left"] = line.by
            drivers[f"{name} right"] = {channel.replace("Left", "Right"): weight for channel, weight in line.by.items()}
    return tuple(names), np.array(moves, np.float32), drivers


def _segments(line: Line, skin: Points) -> list[NDArray[np.float32]]:
    way = _on_skin(np.array(line.way, float), skin)
    where, away = _nearest(way, skin)
    ends = np.clip(np.minimum(where, 1 - where) / 0.12 + 0.15, 0, 1)
    valley = -np.exp(-((away / line.width) ** 2)) + 0.42 * np.exp(-(((away - 2.1 * line.width) / (1.15 * line.width)) ** 2))
    # A wrinkle on the midline is one line with its mirror image, not two.
    side = np.clip(0.5 + skin[:, 0] / 3.0, 0, 1)
    whole = line.depth * valley * ends * side * (away < 5 * line.width)
    middles = (np.arange(line.segments) + 0.5) / line.segments
    shares = np.clip(1 - np.abs(where[None] - middles[:, None]) * line.segments, 0, 1)
    shares[0, where < middles[0]] = shares[-1, where > middles[-1]] = 1
    return [np.where(np.abs(whole * share) > 0.01, whole * share, 0).astype(np.float32) for share in shares]


def _on_skin(flat: Points, skin: Points) -> Points:
    """A fine line on the skin before the points (x, y)."""
    at = np.linspace(0, len(flat) - 1, 24)
    dense = np.stack([np.interp(at, np.arange(len(flat)), flat[:, axis]) for axis in (0, 1)], axis=1)
    front = skin[skin[:, 2] > 10]
    _, near = cKDTree(front[:, :2]).query(dense, k=6)
    # Of what lies one behind another, such as lip and gum, the foremost.
    best = np.take_along_axis(near, front[near, 2].argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.column_stack([dense, front[best, 2]])


def _nearest(way: Points, points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where along the way (0 to 1) its nearest point lies, and how far off it is."""
    start, along = way[:-1], np.diff(way, axis=0)
    length = np.linalg.norm(along, axis=1)
    passed = np.concatenate([[0.0], np.cumsum(length)])
    best, where = np.full(len(points), np.inf), np.zeros(len(points))
    for k in range(len(start)):
        share = np.clip(((points - start[k]) @ along[k]) / length[k] ** 2, 0, 1)
        away = np.linalg.norm(points - start[k] - share[:, None] * along[k], axis=1)
        closer = away < best
        best, where = np.where(closer, away, best), np.where(closer, (passed[k] + share * length[k]) / passed[-1], where)
    return where, best
