"""An emotion in the voice: pitch, its range, tempo, loudness and effort by rules from the literature.

Directions follow the tables of Murray & Arnott (1993) for anger, happiness, sadness, fear and disgust and the acoustic profiles of
Banse & Scherer (1996), who add contempt; neither has surprise, whose numbers are this project's own, as are all sizes. Tempo is for a whole
sentence: its phones are stretched alike, so that their times stay known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from backend.speech.speech import SAMPLE_RATE
from backend.training.speech.convert import SHORTEST, Samples, Speaker, convert

LEVEL = -24.0  # dB relative to full scale that a neutral sentence has while its voice sounds
_QUIET = 0.01  # of full scale; less does not count as voice


@dataclass(frozen=True, slots=True)
class Manner:
    """``pitch``, ``range`` and ``duration`` are factors, ``loudness`` is dB, ``effort`` dB for each octave of spectral tilt."""

    pitch: float = 1.0
    range: float = 1.0
    duration: float = 1.0
    loudness: float = 0.0
    effort: float = 0.0

    def scaled(self, strength: float) -> "Manner":
        """The manner at a strength, 0 for none of it."""
        return Manner(self.pitch**strength, self.range**strength, self.duration**strength, self.loudness * strength, self.effort * strength)


MANNERS: Mapping[str, Manner] = {
    "neutral": Manner(),
    "angry": Manner(1.22, 1.40, 0.92, 5.0, 4.0),
    "happy": Manner(1.20, 1.45, 0.96, 4.0, 2.0),
    "sad": Manner(0.93, 0.70, 1.18, -6.0, -3.0),
    "fear": Manner(1.32, 1.30, 0.85, 1.0, 1.5),
    "disgust": Manner(0.88, 1.10, 1.22, -3.0, -1.0),
    "surprise": Manner(1.28, 1.60, 0.95, 3.0, 2.0),
    "contempt": Manner(0.92, 0.85, 1.10, -3.0, -1.0),
}


def voiced(samples: Samples, speaker: Speaker, manner: Manner, random: np.random.Generator) -> Samples:
    """The samples at 16 kHz in another speaker's voice and manner; their length is multiplied by the manner's ``duration``."""
    mixed = replace(
        speaker,
        pitch=speaker.pitch * manner.pitch,
        liveliness=speaker.liveliness * manner.range,
        effort=speaker.effort + manner.effort,
    )
    return _levelled(_lengthened(convert(samples, mixed, random), manner.duration), LEVEL + manner.loudness)


def _lengthened(samples: Samples, factor: float) -> Samples:
    """By overlap-add of pitch periods (Moulines & Charpentier 1990), pitch and formants kept."""
    if len(samples) < SHORTEST or abs(factor - 1) < 1e-3:
        return samples
    import parselmouth
    from parselmouth.praat import call

    sound = call(parselmouth.Sound(samples.astype(np.float64), SAMPLE_RATE), "Lengthen (overlap-add)", 60, 500, factor)
    wanted = round(len(samples) * factor)
    longer: Samples = sound.values[0].astype(np.float32)
    return np.pad(longer, (0, max(wanted - len(longer), 0)))[:wanted]


def _levelled(samples: Samples, level: float) -> Samples:
    loud = samples[np.abs(samples) > _QUIET]
    if not len(loud):
        return samples
    gain = 10 ** (level / 20) / float(np.sqrt(np.mean(np.square(loud))))
    return samples * np.float32(min(gain, 0.99 / float(np.abs(samples).max())))
