"""Whether the mouth that is seen says what is heard, and how far apart the two are.

The picture tells how far the lips are open. The sound tells how far they should be: the ear's phones, each with the opening its viseme
usually has. Both are freed of what changes slower than a second, and correlated at every lag within half a second. SyncNet
(Chung & Zisserman 2016) does it with learned features; its measure of confidence is kept: the best match against the median of all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from backend.speech.inventory import PHONES, VISEME
from backend.speech.speech import PROSODY_RATE

Array = NDArray[np.float64]

REACH = 0.5  # s either way
_SLOW, _FAST = 1.0, 0.03  # s; beyond the slower nothing is about syllables, below the faster nothing is seen at 25 frames a second
# How far lips usually part, 0 to 1, in the order that phoneticians give vowels by height; closures of lips are 0.
OPENING = {
    "sil": 0.05, "PP": 0.0, "FF": 0.1, "TH": 0.3, "DD": 0.3, "kk": 0.4, "CH": 0.3, "SS": 0.25, "nn": 0.35, "RR": 0.35,
    "aa": 1.0, "E": 0.75, "ih": 0.5, "oh": 0.75, "ou": 0.35,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sync:
    """How well sound and picture go together.

    ``lag`` is how many seconds the sound comes after the picture; ``confidence`` the correlation at that lag less the median
    over all lags, up to about 1; ``match`` the correlation itself.
    """

    lag: float
    confidence: float
    match: float


def expected_opening(posteriors: NDArray[np.float16] | NDArray[np.float32]) -> Array:
    """How far the lips should be open ``[frames]`` at 100 Hz, from log probabilities of phones ``[frames, phones]``."""
    opening = np.array([OPENING[VISEME[phone]] for phone in PHONES])
    return np.asarray(np.exp(posteriors.astype(np.float64)) @ opening)


def synchrony(gap: Array, rate: float, opening: Array) -> Sync:
    """Compare the lips' gap ``[frames]`` at ``rate`` with the opening that the sound asks for, ``[frames]`` at 100 Hz, both from 0 s on."""
    step = float(PROSODY_RATE)
    times = np.arange(int(min(len(gap) / rate, len(opening) / step) * step)) / step
    reach = round(REACH * step)
    if len(times) < 3 * reach:
        return Sync(0.0, 0.0, 0.0)
    seen = _syllables(np.interp(times, np.arange(len(gap)) / rate, gap), step)
    heard = _syllables(opening[: len(times)], step)
    lags = np.arange(-reach, reach + 1)
    found = np.array([_correlation(seen, heard, int(lag)) for lag in lags])
    best = int(np.argmax(found))
    return Sync(float(lags[best] / step), float(found[best] - np.median(found)), float(found[best]))


def _syllables(curve: Array, rate: float) -> Array:
    smooth = gaussian_filter1d(curve, _FAST * rate, mode="nearest")
    return np.asarray(smooth - uniform_filter1d(smooth, round(_SLOW * rate), mode="nearest"))


def _correlation(seen: Array, heard: Array, lag: int) -> float:
    """Of the picture with the sound that comes ``lag`` steps later."""
    a, b = (seen[: len(seen) - lag], heard[lag:]) if lag >= 0 else (seen[-lag:], heard[: len(heard) + lag])
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else 0.0
