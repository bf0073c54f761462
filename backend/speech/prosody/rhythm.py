"""How fast it is said."""

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import SILENCE, VOWELS
from backend.speech.speech import PROSODY_RATE, Speech

SPAN = 1.5  # s around each frame, about the length of a short phrase


def speaking_rate(speech: Speech) -> NDArray[np.float32]:
    """Syllables a second of speaking, pauses left out, in the ``SPAN`` around each prosody frame; 0 where nobody speaks in it.

    A syllable is a vowel, which English and German have one of in each but for syllabic n and l.
    """
    times = speech.prosody.times
    middles = np.array([(phone.start + phone.end) / 2 for phone in speech.phones if phone.symbol in VOWELS])
    edges = np.array([0.0, *(phone.end for phone in speech.phones)])
    spoken = np.concatenate([[0.0], np.cumsum([phone.duration * (phone.symbol != SILENCE) for phone in speech.phones])])
    low, high = times - SPAN / 2, times + SPAN / 2
    said = np.interp(high, edges, spoken) - np.interp(low, edges, spoken)
    syllables = np.searchsorted(middles, high) - np.searchsorted(middles, low)
    # A frame of sound at the edge of the span is no base for a rate.
    rate: NDArray[np.float32] = (syllables * (said > 0.1) / np.maximum(said, 0.1)).astype(np.float32)
    assert len(rate) == round(times[-1] * float(PROSODY_RATE)) + 1
    return rate
