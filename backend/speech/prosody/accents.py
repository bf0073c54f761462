"""Which syllables are stressed: where an actor's brows and head beat time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import VOWELS
from backend.speech.speech import Phone, Speech

Array = NDArray[np.float64]

APART = 0.45  # s; accents closer than this merge into the stronger one
THRESHOLD = 0.55  # in standard deviations of the line's own syllables


@dataclass(frozen=True, slots=True)
class Accent:
    """A stressed syllable: the time of its vowel's middle in seconds, and how strong, 0 to 1."""

    time: float
    strength: float


def accents(speech: Speech) -> tuple[Accent, ...]:
    """Syllables that stand out by loudness, pitch and length (Fry 1958), in order of time."""
    vowels = [phone for phone in speech.phones if phone.symbol in VOWELS]
    if len(vowels) < 2:
        return tuple(Accent((v.start + v.end) / 2, 0.5) for v in vowels)
    cues = np.array(list(_cues(speech, vowels)))
    spread = cues.std(axis=0) + 1e-6
    score = ((cues - cues.mean(axis=0)) / spread) @ [0.45, 0.45, 0.25]
    score += [0.4 * (vowel.stress == 1) for vowel in vowels]
    times = np.array([(vowel.start + vowel.end) / 2 for vowel in vowels])
    return tuple(Accent(float(times[i]), float(np.clip(0.35 + 0.3 * score[i], 0.2, 1.0))) for i in _strongest(times, score))


def _cues(speech: Speech, vowels: list[Phone]) -> Iterator[tuple[float, float, float]]:
    prosody = speech.prosody
    voiced = prosody.pitch[prosody.pitch > 0]
    usual = float(np.median(voiced)) if len(voiced) else 1.0
    for vowel in vowels:
        first, last = np.searchsorted(prosody.times, [vowel.start, vowel.end])
        last = max(last, first + 1)
        pitch = prosody.pitch[first:last]
        height = float(np.log2(pitch[pitch > 0].max() / usual)) if (pitch > 0).any() else 0.0
        loudness = prosody.loudness[first:last]
        yield (float(loudness.max()) if len(loudness) else -60.0), height, float(np.log(vowel.duration))


def _strongest(times: Array, score: Array) -> list[int]:
    """Those above the threshold that no stronger one stands too near to."""
    first, last = np.searchsorted(times, times - APART, "right"), np.searchsorted(times, times + APART)
    return [i for i in range(len(times)) if score[i] >= THRESHOLD and i == first[i] + int(np.argmax(score[first[i] : last[i]]))]
