"""Where the speaker is heard to breathe."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, median_filter, uniform_filter1d

from backend.speech.inventory import SILENCE
from backend.speech.pauses import SILENT
from backend.speech.speech import PROSODY_RATE, Prosody, Speech

# Breath is noise through an open vocal tract, most of it between 1 and 4 kHz. In ../shared/data an actress out of breath has
# -1 to -5 dB there, relative to the whole, and -9 to -18 below 500 Hz; rooms and microphones hum at -6 or more there.
AIRY, RUMBLING = -4.0, -7.0
FAINTEST = 42.0  # dB below loud speech
OVER_ROOM = 6.0  # dB
SHORTEST, TORN = 0.12, 0.05  # s; a gasp lasts longer, and what tears it apart is shorter


@dataclass(frozen=True, slots=True)
class Breath:
    """Air between words, from ``start`` to ``end`` in seconds; ``loudness`` is its highest level in dB relative to loud speech."""

    start: float
    end: float
    loudness: float


def breaths(speech: Speech) -> tuple[Breath, ...]:
    """The breaths in a recording's silences. In or out is not told apart, and one too soft for the microphone is not found."""
    prosody, rate = speech.prosody, float(PROSODY_RATE)
    loud = float(np.percentile(prosody.loudness, 95))
    air = _airy(prosody, loud)
    found = list[Breath]()
    for pause in speech.phones:
        if pause.symbol == SILENCE:
            first, last = round(pause.start * rate), round(pause.end * rate)
            for start, end in _runs(air[first:last]):
                top = float(prosody.loudness[first + start : first + end].max())
                found.append(Breath((first + start) / rate, (first + end) / rate, top - loud))
    return tuple(found)


def _airy(prosody: Prosody, loud: float) -> NDArray[np.bool_]:
    level = np.maximum(prosody.loudness, SILENT)
    room = uniform_filter1d(prosody.loudness, 10).min()  # the quietest tenth of a second
    power = 10 ** (prosody.bands / 10)
    whole = np.maximum(power.sum(1), 1e-12)
    middle, low = (10 * np.log10(np.maximum(part / whole, 1e-6)) for part in (power[:, 2:4].sum(1), power[:, 0]))
    heard = (level > SILENT) & (level > loud - FAINTEST) & (level > room + OVER_ROOM)
    air = heard & (prosody.pitch == 0) & (median_filter(middle, 5) > AIRY) & (median_filter(low, 5) < RUMBLING)
    whole_ones: NDArray[np.bool_] = binary_closing(air, np.ones(round(TORN * float(PROSODY_RATE))))
    return whole_ones


def _runs(air: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], air.astype(np.int8), [0]]))).reshape(-1, 2)
    yield from ((int(a), int(b)) for a, b in edges if b - a >= SHORTEST * float(PROSODY_RATE))
