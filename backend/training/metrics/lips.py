"""How far apart the lips are, whether they close where they should, and whether they rest where nothing is said."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from backend.errors import FaceError
from backend.face.face import Face
from backend.face.pose import posed
from backend.speech.inventory import CLOSURES, SILENCE
from backend.speech.speech import Phone
from backend.training.metrics.checks import Floats, numbers, pair
from backend.training.metrics.sets import Indices, face_sets

SHUT = 0.001  # m between the lips, beyond what is between them at rest; lips are soft, and no capture places them better
_SLACK = 0.04  # s; a frame at 25 per second: what a video can show of a moment, and what phone times are good for
_LONG = 0.3  # s; shorter silences are bridged by any mouth
_SETTLED = 0.15  # s before and after a silence in which the mouth may still close, or already open
_TUCKS = ("f", "v")

# In widths of the mouth: the middle part of the lips, lips that touch, and the least share of the widest parting.
_MIDDLE, _TOUCH, _PARTED = 0.2, 0.06, 0.5
_AROUND = 12  # landmarks on the edge of the lips


def lip_pairs(face: Face) -> Indices:
    """Vertices of the upper and the lower lip that touch at rest near the middle and part when the jaw drops, ``[P, 2]``.

    Raises:
        FaceError: no such lips are found.
    """
    sets = face_sets(face)
    rest, dropped = face.vertices.astype(np.float64), posed(face, {"jawOpen": 1.0}).astype(np.float64)
    lips = rest[sets.lips]
    width, centre = float(np.ptp(lips[:, 0])), float(lips[:, 0].max() + lips[:, 0].min()) / 2
    middle = sets.lips[np.abs(lips[:, 0] - centre) < _MIDDLE * width]
    close = middle[cKDTree(rest[middle]).query_pairs(_TOUCH * width, output_type="ndarray")].reshape(-1, 2)
    parting = np.linalg.norm(dropped[close[:, 0]] - dropped[close[:, 1]], axis=1)
    if not len(close) or parting.max() < _TOUCH * width * 2:
        raise FaceError(f"the lips of face '{face.name}' do not meet at rest or do not part: its mouth cannot be measured.")
    kept = close[parting > _PARTED * parting.max()]
    found: Indices = np.where(rest[kept[:, :1], 1] >= rest[kept[:, 1:], 1], kept, kept[:, ::-1])
    return found


def openings(vertices: ArrayLike, pairs: ArrayLike) -> Floats:
    """The median distance of pairs ``[P, 2]`` of vertices ``[T, V, 3]``, per frame ``[T]``, in the unit of the vertices."""
    frames, (upper, lower) = np.asarray(vertices), np.asarray(pairs).T
    between = numbers(frames[:, upper] - frames[:, lower], 3, "the mouth")
    found: Floats = np.median(np.linalg.norm(between, axis=2), axis=1)
    return found


def mouth_landmarks(face: Face) -> Indices:
    """Eighteen vertices for LMD ``[18]``: twelve around the lips at even angles seen from the front, three and three where they meet.

    Found by geometry, near where 68-point detectors put the mouth's (Sagonas et al. 2013); those have two more in the
    corners of the opening, which a closed mouth does not show.
    """
    members, pairs = face_sets(face).lips, lip_pairs(face)
    points = face.vertices[members, :2].astype(np.float64)
    away = (points - (points.max(axis=0) + points.min(axis=0)) / 2) / np.ptp(points, axis=0)  # an ellipse becomes a circle
    angle, radius = np.arctan2(away[:, 1], away[:, 0]), np.hypot(*away.T)
    outer = []
    for wanted in np.arange(_AROUND) * 2 * np.pi / _AROUND:
        off = np.abs((angle - wanted + np.pi) % (2 * np.pi) - np.pi)
        near = np.flatnonzero(off <= max(np.pi / 2 / _AROUND, float(off.min())))
        outer.append(members[near[np.argmax(radius[near])]])
    return np.concatenate([np.array(outer, np.intp), _meeting(face.vertices[pairs].astype(np.float64), pairs)])


def _meeting(points: Floats, pairs: Indices) -> Indices:
    """Of pairs at ``points [P, 2, 3]`` the foremost in the middle and at either end, ``[6]``."""
    x, z = points[:, :, 0].mean(axis=1), points[:, :, 2].sum(axis=1)
    found = []
    for at in (x.min(), (x.min() + x.max()) / 2, x.max()):
        near = np.flatnonzero(np.abs(x - at) <= max(np.ptp(x) / 20, float(np.abs(x - at).min())))
        found.append(pairs[near[np.argmax(z[near])]])
    foremost: Indices = np.stack(found).T.ravel()
    return foremost


@dataclass(frozen=True, slots=True)
class ClosureScore:
    """Shares from 0 to 1; NaN where there was nothing to score."""

    recall: float
    precision: float


def closures(opening: ArrayLike, rate: float, phones: Iterable[Phone], shut: float = SHUT, slack: float = _SLACK) -> ClosureScore:
    """Whether the lips meet on p, b and m, and only there (ours).

    ``opening [T]`` counts from the lips at rest, in the unit of ``shut``. Recall is the share of p, b and m in which the opening falls to
    ``shut`` at some frame, ``slack`` seconds to either side included. Precision is the share of all frames with shut lips that are
    within a p, b or m, with the same slack. Frames of silence and of f and v, with slack too, are not asked for precision: lips may be
    shut in the one, and are nearly so in the other. A mouth that never opens has full recall and hardly any precision.
    """
    gap, said = numbers(opening, 1, "the opening"), list(phones)
    times = np.arange(len(gap)) / rate
    closed = gap <= shut
    # Half a frame lets a phone that lies between two frames find one.
    reach = max(slack, 0.5 / rate)
    wanted = [_within(times, phone, reach) for phone in said if phone.symbol in CLOSURES]
    excused = [_within(times, phone, reach) for phone in said if phone.symbol == SILENCE or phone.symbol in _TUCKS]
    on_closure = np.any([np.zeros(len(gap), bool), *wanted], axis=0)
    beyond = times > max((phone.end for phone in said), default=0.0)
    asked = closed & (on_closure | ~np.any([beyond, *excused], axis=0))
    return ClosureScore(
        recall=float(np.mean([closed[near].any() for near in wanted])) if wanted else float("nan"),
        precision=float(on_closure[asked].mean()) if asked.any() else float("nan"),
    )


def rest_in_silence(opening: ArrayLike, rate: float, phones: Iterable[Phone]) -> float:
    """Mean opening ``[T]`` where nothing is said, in its unit; NaN without such a place (ours).

    Silences of 0.3 s and more count, without 0.15 s at either end.
    """
    gap = numbers(opening, 1, "the opening")
    times, still = np.arange(len(gap)) / rate, np.zeros(len(gap), bool)
    for phone in phones:
        if phone.symbol == SILENCE and phone.duration >= _LONG:
            still |= (times >= phone.start + _SETTLED) & (times <= phone.end - _SETTLED)
    return float(gap[still].mean()) if still.any() else float("nan")


def correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson's correlation of two curves ``[T]``; NaN where one does not move.

    Of the jaw and the loudness in dB it is the jaw-loudness correlation (ours).
    """
    first, second = (curve - curve.mean() for curve in pair(a, b, 1))
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.clip(first @ second / lengths, -1, 1)) if lengths > 1e-12 else float("nan")


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame and the frame after the last of every stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _within(times: Floats, phone: Phone, slack: float) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (times >= phone.start - slack) & (times <= phone.end + slack)
    return found
