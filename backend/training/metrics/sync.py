"""Whether a mouth moves with the sound.

Published LSE-C and LSE-D are distances in the embedding of SyncNet (Chung & Zisserman 2016), a network on rendered video. Here is
their arithmetic for embeddings of any expert (:func:`expert_sync`), and a measure of ours that needs no network (:func:`sync`).
Their numbers have nothing in common.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d

from backend.errors import InputError
from backend.speech.inventory import VISEMES
from backend.speech.speech import Phone
from backend.training.metrics.checks import Floats, pair

REACH = 0.5  # s; SyncNet looks 15 frames of 25 per second to either side
_SMOOTH = 0.04  # s; a standard deviation: lips do not jump from phone to phone
_LEAST = 8  # frames that must overlap at every shift

# How far a mouth is open on each viseme, 0 to 1, in the order of vowel height (open, mid, close) and of how much a consonant narrows.
_OPEN: Mapping[str, float] = {
    **dict.fromkeys(("sil", "PP"), 0.0),
    **{"FF": 0.1, "SS": 0.15, "CH": 0.2, "TH": 0.25, "DD": 0.25, "nn": 0.25, "RR": 0.3, "kk": 0.3},
    **{"ou": 0.35, "ih": 0.4, "E": 0.7, "oh": 0.7, "aa": 1.0},
}


@dataclass(frozen=True, slots=True)
class Sync:
    """Where the mouth is most like the sound.

    ``lag`` in seconds, above zero where the mouth is late; ``correlation`` there, -1 to 1; ``distance`` there (LSE-D style, lower is
    better); ``confidence``, how much nearer it is than the middle of all shifts (LSE-C style, higher is better).
    """

    lag: float
    correlation: float
    distance: float
    confidence: float


def expected_opening(phones: Iterable[Phone], frames: int, rate: float) -> Floats:
    """What the phones want of a mouth, 0 to 1 for every frame ``[frames]``: the table above, smoothed over 40 ms (ours)."""
    assert set(_OPEN) == set(VISEMES)
    fine = 8  # steps to a frame, so that a short phone between two frames is not lost
    wanted = np.zeros(frames * fine)
    for phone in phones:
        first, last = (int(np.clip(round(t * rate * fine), 0, len(wanted))) for t in (phone.start, phone.end))
        wanted[first:last] = _OPEN[phone.viseme]
    smooth: Floats = gaussian_filter1d(wanted, _SMOOTH * rate * fine, mode="nearest")[::fine]
    return smooth


def sync(opening: ArrayLike, heard: ArrayLike, rate: float, reach: float = REACH) -> Sync:
    """How well a mouth's opening ``[T]`` follows what is heard ``[T]``: :func:`expected_opening`, or loudness (ours).

    At each shift of up to ``reach`` seconds the two are compared where they overlap: r is their correlation, sqrt(2 - 2 r) the
    distance of the two curves when both are centred and of length one, 0 to 2. The lag is where the distance is least, between
    frames by a parabola; the confidence is the median of the distances less the least, as SyncNet counts it. A mouth that does
    not move correlates with nothing: its confidence is 0 and its lag NaN.

    Only the sign and size of movement over time count: the measure does not change with the amplitude of the opening, nor with its rest.

    Raises:
        InputError: the two have different lengths, or fewer than 24 frames.
    """
    mouth, sound = pair(opening, heard, 1)
    if len(mouth) < 3 * _LEAST:
        raise InputError(f"{len(mouth)} frames are too few to tell whether a mouth is in time: {3 * _LEAST} are needed.")
    most = min(round(reach * rate), len(mouth) // 3)
    shifts = np.arange(-most, most + 1)
    similar = np.array([_correlation(mouth, sound, shift) for shift in shifts])
    return _best(similar, np.sqrt(np.clip(2 - 2 * similar, 0, None)), shifts, rate)


def expert_sync(motion: ArrayLike, sound: ArrayLike, rate: float, reach: float = 0.6) -> Sync:
    """LSE-D and LSE-C from the embeddings ``[T, D]`` of a sync expert, a row per frame.

    After Chung & Zisserman (2016) and Prajwal et al. (2020): the distance at a shift is the mean Euclidean distance of the rows that
    overlap, LSE-D the least of them, LSE-C the median less the least. ``correlation`` is the mean cosine there. "Unified" (section
    IV-A) and 3DXTalker (appendix B.3) measure rendered video with SyncNet's own weights; with another expert it is another scale.
    """
    a, b = pair(motion, sound, 2)
    if len(a) < 3:
        raise InputError(f"{len(a)} frames are too few to tell whether a mouth is in time.")
    most = min(round(reach * rate), len(a) // 3)
    shifts = np.arange(-most, most + 1)
    overlaps = [_overlap(a, b, shift) for shift in shifts]
    apart = np.array([np.linalg.norm(x - y, axis=1).mean() for x, y in overlaps])
    lengths = [np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1) for x, y in overlaps]
    cosines = np.array([((x * y).sum(axis=1) / np.maximum(length, 1e-12)).mean() for (x, y), length in zip(overlaps, lengths, strict=True)])
    return _best(cosines, apart, shifts, rate)


def _best(similar: Floats, apart: Floats, shifts: ArrayLike, rate: float) -> Sync:
    best = int(apart.argmin())
    confidence = float(np.median(apart) - apart[best])
    flat = np.ptp(apart) < 1e-9
    lag = float("nan") if flat else (float(np.asarray(shifts)[best]) + _between(apart, best)) / rate
    return Sync(lag, float(similar[best]), float(apart[best]), 0.0 if flat else confidence)


def _between(apart: Floats, best: int) -> float:
    """Where between frames a parabola through the least and its neighbours is least, -0.5 to 0.5."""
    if not 0 < best < len(apart) - 1:
        return 0.0
    before, here, after = apart[best - 1 : best + 2] ** 2
    bend = before - 2 * here + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend > 0 else 0.0


def _overlap(mouth: Floats, sound: Floats, shift: int) -> tuple[Floats, Floats]:
    """The mouth's frame t beside the sound's frame t - shift."""
    size = len(mouth) - abs(shift)
    return mouth[max(shift, 0) : max(shift, 0) + size], sound[max(-shift, 0) : max(-shift, 0) + size]


def _correlation(mouth: Floats, sound: Floats, shift: int) -> float:
    a, b = (curve - curve.mean() for curve in _overlap(mouth, sound, shift))
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length > 1e-12 else 0.0
