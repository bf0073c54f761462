"""How aroused a voice sounds, frame by frame.

Arousal is what a voice gives away to anybody: effort, which lifts the upper spectrum against the lower, and
pitch (Banse & Scherer 1996). Whether joy or anger arouses it is not read: measured over actors and voices
that were not learnt from, it does not hold (``backend/weights/affect.md``).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from backend.speech.inventory import SILENCE
from backend.speech.prosody.rhythm import speaking_rate
from backend.speech.speech import PROSODY_RATE, Speech

WEIGHTS = Path(__file__).parents[2] / "weights" / "affect.safetensors"
SPAN = 2.0  # s around a frame that are heard for it
LEAN = 0.3  # s of the whole recording that each span is heard with, so that a span without voice says nothing of its own
WITHIN = 35.0  # dB below loud speech; what is softer is the room
JUMP = 2.0  # semitones a frame; a larger step is a slip of the pitch tracker
WHISPERED, VOICED = 0.2, 0.4  # voiced share of speech: of a whisper, and of the least voiced speech that is read; 0.6 to 0.8 is usual
CALM = 0.4  # arousal of a voice that tells nothing: that of plain reading

CUES = (
    "pitch",  # semitones re 100 Hz
    "pitch over its low end",  # semitones
    "pitch movement",  # semitones a frame
    "500-1000 Hz",  # of voiced sounds, dB over what is below 500 Hz
    "1-2 kHz",
    "2-4 kHz",
    "4-8 kHz",
    "loudness spread",  # dB
    "loudness movement",  # dB a frame
    "periodicity",  # 0 to 1
    "speaking rate",  # syllables a second
)

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Affect:
    """``arousal [frames]`` float32 at ``PROSODY_RATE``: 0 drowsy or grieving, 0.4 plain reading, 1 rage or triumph."""

    arousal: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Reader:
    """A line through the cues: ``mean``, ``spread`` and ``weights`` of each, and what the mean voice gets."""

    mean: Array
    spread: Array
    weights: Array
    bias: float

    def arousal(self, seen: Array) -> Array:
        """0 to 1 for each row of cues; a cue that is not known counts as the mean."""
        level = np.nan_to_num((seen - self.mean) / self.spread)
        found: Array = np.clip(level @ self.weights + self.bias, 0, 1)
        return found


@cache
def reader(path: Path = WEIGHTS) -> Reader:
    from safetensors.numpy import load_file

    stored = load_file(path)
    return Reader(stored["mean"], stored["spread"], stored["weights"], float(stored["bias"][0]))


def affect(speech: Speech) -> Affect:
    """What the voice tells of its owner. The level of the recording makes no difference."""
    speaking = spoken(speech)
    said, voiced = (
        uniform_filter1d(some.astype(np.float64), _frames(SPAN), mode="constant")
        for some in (speaking, speaking & (speech.prosody.pitch > 0))
    )
    # Where hardly anything is said in the span, or only whispered, the estimate gives way to calm.
    sure = np.minimum(said / 0.25, 1) * np.clip((voiced / np.maximum(said, 1e-9) - WHISPERED) / (VOICED - WHISPERED), 0, 1)
    found = CALM + sure * (reader().arousal(cues(speech)) - CALM)
    return Affect(found.astype(np.float32))


def spoken(speech: Speech) -> NDArray[np.bool_]:
    """The frames in which somebody speaks well above the room."""
    prosody, rate = speech.prosody, float(PROSODY_RATE)
    found = prosody.loudness > np.percentile(prosody.loudness, 95) - WITHIN
    for phone in speech.phones:
        if phone.symbol == SILENCE:
            found[round(phone.start * rate) : round(phone.end * rate)] = False
    return found


def cues(speech: Speech) -> Array:
    """``CUES`` over the span around each frame, ``[frames, len(CUES)]``; not a number where the recording never tells."""
    prosody, speaking = speech.prosody, spoken(speech)
    voiced = speaking & (prosody.pitch > 0)
    pitch = 12 * np.log2(np.where(voiced, prosody.pitch, 100.0) / 100)
    low = float(np.percentile(pitch[voiced], 10)) if voiced.any() else 0.0
    step = np.abs(np.gradient(pitch))
    level = prosody.loudness - np.percentile(prosody.loudness, 95)
    squares, mean = _around(np.square(level), speaking), _around(level, speaking)
    over = prosody.bands[:, 1:] - prosody.bands[:, :1]
    inner = voiced & np.roll(voiced, 1) & np.roll(voiced, -1) & (step < JUMP)
    return np.stack(
        [
            _around(pitch, voiced),
            _around(pitch - low, voiced),
            _around(step, inner),
            *(_around(band, voiced) for band in over.T),
            np.sqrt(np.maximum(squares - mean**2, 0)),
            _around(np.abs(np.gradient(level)), speaking),
            _around(prosody.voicing, voiced),
            _around(speaking_rate(speech), speaking),
        ],
        axis=1,
    )


def _around(values: NDArray[Any], where: NDArray[np.bool_]) -> Array:
    """The mean over the span around each frame, of those frames that count, with a little of all of them."""
    if not where.any():
        return np.full(len(values), np.nan)
    span, lean = _frames(SPAN), LEAN * float(PROSODY_RATE)
    counted = np.where(where, values, 0.0).astype(np.float64)
    summed = uniform_filter1d(counted, span, mode="constant") * span
    number = uniform_filter1d(where.astype(np.float64), span, mode="constant") * span
    found: Array = (summed + lean * counted.sum() / where.sum()) / (number + lean)
    return found


def _frames(seconds: float) -> int:
    return round(seconds * float(PROSODY_RATE))
