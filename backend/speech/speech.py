"""What was heard in a recording."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backend.motion.rate import Rate
from backend.speech.inventory import SILENCE, VISEME

SAMPLE_RATE = 16_000  # Hz; what every speech encoder in the house is trained on
PROSODY_RATE: Rate = Fraction(100)  # frames per second
BANDS = (0, 500, 1000, 2000, 4000, 8000)  # Hz; the first formant's place, then an octave each


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the script or of the recognised text, lower case, with its time in seconds.

    ``confidence`` is how well the sound agrees that it was said: the mean likelihood of its phones beside
    that of the likeliest ones, 0 to 1.
    """

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Phone:
    """A stretch of sound: one of ``inventory.PHONES`` (IPA, ``sil`` where nothing is said); seconds.

    ``stress`` is 1 or 2 on a vowel that carries primary or secondary stress, else 0. ``confidence`` is
    the mean posterior probability of the phone over its time, 0 to 1.
    """

    symbol: str
    start: float
    end: float
    stress: int = 0
    confidence: float = 1.0

    @property
    def viseme(self) -> str:
        """One of ``inventory.VISEMES``."""
        return VISEME[self.symbol]

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, eq=False)
class Prosody:
    """How it sounds, ``[frames]`` float32 each, frame i at ``i / PROSODY_RATE`` seconds."""

    loudness: NDArray[np.float32]  # RMS level in dB relative to full scale, -100 where there is nothing
    envelope: NDArray[np.float32]  # amplitude of the analytic signal, 1 for a sine at full scale
    pitch: NDArray[np.float32]  # fundamental frequency in Hz, 0 where unvoiced
    voicing: NDArray[np.float32]  # share of periodic energy, 0 to 1
    bands: NDArray[np.float32]  # [frames, len(BANDS) - 1], level in dB between the edges of BANDS

    @property
    def times(self) -> NDArray[np.float64]:
        return np.arange(len(self.loudness)) / float(PROSODY_RATE)


@dataclass(frozen=True, eq=False)
class Speech:
    """One recording, heard once.

    ``samples`` are mono float32 at 16 kHz in -1 to 1. ``phones`` cover the recording from zero to
    its end without gaps. ``posteriors`` are the log probabilities ``[frames, len(inventory.PHONES)]`` of
    every phone at ``PROSODY_RATE``, float16. ``digest`` is the SHA-256 of the decoded samples, in hex.
    ``ear`` says how the phones were found (along the script, say), ``notes`` what the artist should know
    about it (a script that did not match, say).
    """

    samples: NDArray[np.float32]
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    posteriors: NDArray[np.float16]
    prosody: Prosody
    digest: str
    ear: str
    notes: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def pauses(self) -> Iterator[Phone]:
        """The stretches in which nothing is said."""
        return (phone for phone in self.phones if phone.symbol == SILENCE)
