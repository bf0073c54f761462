"""How strongly an emotion is felt from moment to moment."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.emotion.presets import emotion as preset_of
from backend.emotion.track import EmotionTrack
from backend.generators.procedural.line import Array, Line, ease
from backend.speech.speech import PROSODY_RATE, Speech, Word
from backend.training.speech.emotive import is_emotive
from backend.training.teacher.style import Style

MOST = 1.5  # the strongest that anything is felt
BY_VOICE = 0.3  # share by which loud phrases are felt more strongly, and quiet ones less
PHRASE = 0.25  # s; standard deviation of what loudness is averaged over
BY_WORD = 0.5  # share by which words of feeling are felt more strongly than the words around them
LEADING, LASTING = 0.2, 0.4  # s; how long before such a word a face is stirred by it, and after
LEFT = (0.25, 0.6)  # what stays of the apex when it is over


def course(speech: Speech, emotion: str, intensity: float, style: Style, seed: int) -> Array:
    """Intensity ``[frames]`` at ``PROSODY_RATE``, 0 to ``MOST``: onset, apex, offset (Ekman & Friesen 1978), moving with voice and words.

    ``intensity`` is that of the apex, before the speaker's own ``feeling``. When the apex comes and goes is drawn from ``seed``
    alone, so that versions of a line in other emotions rise and fall with it, each as fast as its emotion does. An emotion
    without action units (neutral) is felt at 0.

    Raises:
        DirectionError: nobody knows the emotion.
    """
    preset = preset_of(emotion)
    line = Line(speech, _held(preset.name, speech), PROSODY_RATE, seed, {})
    if not preset.units:
        return np.zeros_like(line.times)
    chance = line.random("course")
    begin = chance.uniform(-0.5, 0.2) * min(speech.duration, 4.0)
    end = chance.uniform(0.75, 1.3) * speech.duration
    quickly, slowly, left = chance.uniform(0.7, 1.4), chance.uniform(0.7, 1.4), chance.uniform(*LEFT)
    risen = ease((line.times - begin) / (preset.onset * quickly))
    fallen = ease((line.times - end) / (preset.offset * slowly))
    voice = gaussian_filter1d(line.speaking * np.clip(1 + line.level / 15, 0, 1), PHRASE * float(PROSODY_RATE), mode="nearest")
    moved = (1 + BY_VOICE * (voice - 0.5) * 2) * (1 + BY_WORD * stirred(speech.words, line.times))
    felt: Array = np.clip(intensity * style.feeling * risen * (1 - (1 - left) * fallen) * moved, 0.0, MOST)
    return felt


def stirred(words: Sequence[Word], times: Array) -> Array:
    """How far a face is in a word of feeling, 0 to 1, at ``times [T]`` in seconds: it is there before the word and outlasts it."""
    told: Array = np.zeros_like(times)
    for word in words:
        if is_emotive(word.text):
            told = np.maximum(told, ease((times - word.start) / LEADING + 1) * (1 - ease((times - word.end) / LASTING)))
    return told


def track_of(emotion: str, felt: Array) -> EmotionTrack:
    """The emotion alone, felt as strongly as ``felt [frames]`` at ``PROSODY_RATE`` says."""
    return EmotionTrack((preset_of(emotion).name,), np.ones((len(felt), 1), np.float32), felt.astype(np.float32), PROSODY_RATE)


def _held(emotion: str, speech: Speech) -> EmotionTrack:
    return track_of(emotion, np.ones(max(len(speech.prosody.loudness), 1)))
