"""Feel: resolve a direction against the speech into an emotion track."""

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import Direction, Ease, Guide
from backend.emotion.presets import Emotion, emotion
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError
from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.speech import PROSODY_RATE, Speech


def feel(speech: Speech, direction: Direction) -> EmotionTrack:
    """Which emotion is felt how strongly, a hundred times a second.

    Guides add up where they overlap; where their weights sum to more than one, they share it in
    proportion to what each asks, but no guide alone is held below its own weight.

    Raises:
        DirectionError: a label is unknown, or a guide begins after the recording ends.
    """
    times = frame_times(frames_to_cover(speech.duration, PROSODY_RATE), PROSODY_RATE)
    presets = [_resolve(guide, speech.duration) for guide in direction.guides]
    labels = tuple(dict.fromkeys(preset.name for preset in presets)) or ("neutral",)
    weights = np.zeros((len(times), len(labels)))
    strongest = np.ones(len(times))
    for guide, preset in zip(direction.guides, presets, strict=True):
        share = guide.weight * presence(guide, preset, times)
        weights[:, labels.index(preset.name)] += share
        strongest = np.maximum(strongest, share)
    weights /= np.maximum(1.0, weights.sum(axis=1) / strongest)[:, None]
    return EmotionTrack(labels, weights.astype(np.float32), direction.intensity.at(times).astype(np.float32), PROSODY_RATE)


def presence(guide: Guide, preset: Emotion, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a guide is in, 0 to 1, at each time. It is half in at its start and half out at its end."""
    rise = preset.onset if guide.fade is None else guide.fade
    fall = preset.offset if guide.fade is None else guide.fade
    here = np.ones_like(times)
    if guide.start is not None:
        here = here * _ramp((times - guide.start) / max(rise, 1e-9) + 0.5, guide.ease)
    if guide.end is not None:
        here = here * _ramp((guide.end - times) / max(fall, 1e-9) + 0.5, guide.ease)
    return here


def _ramp(x: NDArray[np.float64], ease: Ease) -> NDArray[np.float64]:
    x = np.clip(x, 0.0, 1.0)
    match ease:
        case Ease.STEP:
            return (x >= 0.5).astype(np.float64)
        case Ease.LINEAR:
            return x
        case Ease.SMOOTH:
            return x * x * (3 - 2 * x)


def _resolve(guide: Guide, duration: float) -> Emotion:
    if guide.start is not None and guide.start >= duration:
        raise DirectionError(f"'{guide.value}' begins at {guide.start:g} s, but the recording is only {duration:.2f} s long.")
    return emotion(guide.value)
