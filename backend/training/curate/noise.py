"""How far speech stands out of the noise under it, from the mixture alone.

WADA (Kim & Stern 2008, "Robust signal-to-noise ratio estimation based on waveform amplitude distribution analysis"): amplitudes of
clean speech follow a gamma distribution of shape 0.4, those of most noises a normal one, and the difference between the logarithm of
the mean amplitude and the mean of its logarithm tells how much of each there is. The curve from that difference to decibels is
computed here from the two distributions. It holds for speech with ordinary pauses; music is not normal noise and is underestimated.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from backend.speech.pauses import quiet
from backend.speech.speech import PROSODY_RATE

Array = NDArray[np.float64]

LOWEST, HIGHEST = -20.0, 60.0  # dB; beyond, the curve is flat
_SHAPE = 0.4
_GRID = np.arange(LOWEST, HIGHEST + 1)


def wada_snr(samples: NDArray[np.float32]) -> float:
    """Decibels of speech over noise, -20 to 60; samples that are exactly zero (gated, padded) are left out.

    Where nothing sounds at all it is -20.
    """
    heard = np.abs(samples[samples != 0].astype(np.float64))
    if len(heard) < 1000 or heard.max() < 1e-6:
        return LOWEST
    told = float(np.log(heard.mean()) - np.log(heard).mean())
    return float(np.interp(told, _curve(), _GRID))


def pause_snr(loudness: NDArray[np.float32]) -> float | None:
    """Decibels between the loudness of speech (its 75th percentile) and the mean of its pauses; None without a pause.

    The stricter reading where a room is heard in the pauses; blind where they are gated.
    """
    times = np.arange(len(loudness)) / float(PROSODY_RATE)
    spans = quiet(loudness)
    still = np.zeros(len(loudness), bool)
    for start, end in spans:
        still |= (times >= start + 0.05) & (times < end - 0.05)
    if still.sum() < 10 or (~still).sum() < 10:
        return None
    floor = 10 * np.log10(np.mean(10 ** (loudness[still].astype(float) / 10)))
    return float(np.percentile(loudness[~still], 75) - floor)


@cache
def _curve() -> Array:
    """The difference of logarithms at every decibel of the grid, rising."""
    share = (np.arange(1500) + 0.5) / 1500
    speech = stats.gamma.ppf(share, _SHAPE)
    speech /= np.sqrt(np.mean(speech**2))
    noise = stats.norm.ppf((np.arange(801) + 0.5) / 801)
    found = []
    for level in _GRID:
        mixed = np.abs(speech[:, None] + noise * 10 ** (-level / 20))
        found.append(np.log(mixed.mean()) - np.log(np.maximum(mixed, 1e-12)).mean())
    return np.maximum.accumulate(found)
