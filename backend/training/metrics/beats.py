"""Whether head and brows beat with the voice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from backend.training.metrics.checks import Floats, numbers

SIGMA = 0.05  # s; the three frames of Siyao et al. (2022) at their 60 frames per second
WINDOW = 0.25  # s; brows and head lie within a syllable or so of the accent they belong to (McClave 2000; Cavé et al. 1996)
FLOOR = -60.0  # dB; below, differences are noise
_SOFT = 0.05  # s; a standard deviation that takes the pitch periods out of loudness, and the tremble out of a head
_RISE, _APART = 3.0, 0.15  # dB by which a beat stands out, and seconds to the next: syllables come at most at seven a second

Score = Callable[[Floats, Floats], float]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """``recall`` of accents and ``precision`` of movements, 0 to 1; ``lag`` in seconds, the median, above zero where movements are late."""

    recall: float
    precision: float
    lag: float


def audio_beats(loudness: ArrayLike, rate: float) -> Floats:
    """Seconds at which loudness ``[T]`` in dB, ``rate`` values a second, rises fastest: the beats of syllables (ours).

    3DXTalker does not say what an audio beat is.
    """
    level = np.maximum(numbers(loudness, 1, "the loudness"), FLOOR)
    smooth = gaussian_filter1d(level, _SOFT * rate, mode="nearest")
    # The rise over a tenth of a second: at a peak it is as high as the step that is climbed.
    half = max(round(0.05 * rate), 1)
    rise = np.zeros_like(smooth)
    rise[half:-half] = smooth[2 * half :] - smooth[: -2 * half]
    found, _ = find_peaks(rise, height=_RISE, distance=max(round(_APART * rate), 1))
    times: Floats = found / rate
    return times


def motion_beats(angles: ArrayLike, rate: float, soft: float = _SOFT) -> Floats:
    """Seconds at which a movement ``[T, D]`` all but stops: minima of its speed (Siyao et al. 2022)."""
    turned = numbers(angles, 2, "the movement")
    if len(turned) < 4:
        return np.zeros(0)
    speed = gaussian_filter1d(np.linalg.norm(np.diff(turned, axis=0), axis=1), soft * rate, mode="nearest")
    found, _ = find_peaks(-speed, prominence=1e-4 * max(float(speed.max()), 1e-12))
    # A parabola finds the minimum between frames; the speed between two frames belongs to the moment between them.
    before, here, after = speed[found - 1], speed[found], speed[found + 1]
    times: Floats = (found + (before - after) / (2 * np.maximum(before - 2 * here + after, 1e-300)) + 0.5) / rate
    return times


def beat_distance(beats: ArrayLike, moves: ArrayLike) -> float:
    """BA of 3DXTalker (appendix B.3): mean distance in seconds from each audio beat to the nearest motion beat, lower is better.

    NaN without beats on either side. The paper's text describes this distance; Bailando, which it cites, a score: :func:`beat_alignment`.
    """
    nearest = _nearest(beats, moves)
    return float(nearest.mean()) if nearest.size else float("nan")


def beat_alignment(beats: ArrayLike, moves: ArrayLike, sigma: float = SIGMA) -> float:
    """BA of Bailando (Siyao et al. 2022), which 3DXTalker cites: mean over audio beats of exp(-d² / 2 sigma²), 0 to 1.

    d is the distance to the nearest motion beat. NaN without audio beats; 0 where nothing moves.
    """
    if not np.asarray(beats).size:
        return float("nan")
    nearest = _nearest(beats, moves)
    return float(np.exp(-(nearest**2) / (2 * sigma**2)).mean()) if nearest.size else 0.0


def above_chance(score: Score, beats: ArrayLike, moves: ArrayLike, duration: float, draws: int = 200, seed: int = 0) -> float:
    """A score less its mean over ``draws`` in which the movements are rotated in time by a random part of ``duration`` (ours).

    A head that never rests is near every beat by chance; what is left here is not chance. In the score's unit.
    """
    first, second = np.asarray(beats, np.float64), np.asarray(moves, np.float64)
    shifts = np.random.default_rng(seed).uniform(0, duration, draws)
    return score(first, second) - float(np.mean([score(first, np.sort((second + shift) % duration)) for shift in shifts]))


def peaks(curve: ArrayLike, rate: float, least: float) -> Floats:
    """Seconds of the peaks of a curve ``[T]`` that stand out by ``least`` of its unit: brow raises or nods."""
    found, _ = find_peaks(np.pad(numbers(curve, 1, "the curve"), 1, mode="edge"), prominence=least)
    times: Floats = (found - 1) / rate
    return times


def emphasis(accents: ArrayLike, moves: ArrayLike, window: float = WINDOW) -> Emphasis:
    """How movements go with accents, both in seconds (ours).

    Recall is the share of accents with a movement within ``window``, precision the share of movements with an accent within it. Both are
    NaN where there is nothing to share; the lag is over accents that have a movement. Not every accent wants a
    movement (Cavé et al. 1996): recall is to be near a real speaker's, not one.
    """
    voice, body = np.asarray(accents, np.float64), np.asarray(moves, np.float64)
    if not voice.size or not body.size:
        return Emphasis(0.0 if voice.size else float("nan"), 0.0 if body.size else float("nan"), float("nan"))
    apart = body[None] - voice[:, None]
    nearest = apart[np.arange(len(voice)), np.abs(apart).argmin(axis=1)]
    met = nearest[np.abs(nearest) <= window]
    return Emphasis(
        recall=len(met) / len(voice),
        precision=float((np.abs(apart).min(axis=0) <= window).mean()),
        lag=float(np.median(met)) if len(met) else float("nan"),
    )


def _nearest(beats: ArrayLike, moves: ArrayLike) -> Floats:
    first, second = np.asarray(beats, np.float64), np.asarray(moves, np.float64)
    if not first.size or not second.size:
        return np.zeros(0)
    found: Floats = np.abs(first[:, None] - second[None]).min(axis=1)
    return found
