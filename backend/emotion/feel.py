"""Feel: resolve a direction against the speech into an emotion track."""

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import Direction, Ease, Guide
from backend.emotion.presets import emotion
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError
from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.speech import PROSODY_RATE, Speech

# Seconds in which a text or an image comes and goes where no fade is given: neither says how fast it is meant, so they take the medians of
# the presets' onsets and offsets.
ONSET, OFFSET = 0.5, 1.0


def feel(speech: Speech, direction: Direction) -> EmotionTrack:
    """Which emotion is felt how strongly, a hundred times a second.

    Guides add up where they overlap; where their weights sum to more than one, they share it in
    proportion to what each asks, but no guide alone is held below its own weight.

    Raises:
        DirectionError: a label is unknown, or a guide begins after the recording ends.
    """
    times = frame_times(frames_to_cover(speech.duration, PROSODY_RATE), PROSODY_RATE)
    names = [_resolve(guide, direction, speech.duration) for guide in direction.guides]
    labels = tuple(dict.fromkeys(names)) or ("neutral",)
    weights = np.zeros((len(times), len(labels)))
    strongest = np.ones(len(times))
    for guide, name in zip(direction.guides, names, strict=True):
        share = guide.weight * presence(guide, times)
        weights[:, labels.index(name)] += share
        strongest = np.maximum(strongest, share)
    weights /= np.maximum(1.0, weights.sum(axis=1) / strongest)[:, None]
    curve = direction.intensity.at(times).astype(np.float32)
    return EmotionTrack(labels, weights.astype(np.float32), curve, PROSODY_RATE, direction.references)


def presence(guide: Guide, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a guide is in, 0 to 1, at each time. It is half in at its start and half out at its end."""
    rise, fall = _fades(guide)
    here = np.ones_like(times)
    if guide.start is not None:
        here = here * _ramp((times - guide.start) / max(rise, 1e-9) + 0.5, guide.ease)
    if guide.end is not None:
        here = here * _ramp((guide.end - times) / max(fall, 1e-9) + 0.5, guide.ease)
    return here


def _fades(guide: Guide) -> tuple[float, float]:
    """Seconds in which it comes, and in which it goes."""
    if guide.fade is not None:
        return guide.fade, guide.fade
    if guide.kind != "label":
        return ONSET, OFFSET
    preset = emotion(guide.value)
    return preset.onset, preset.offset


def _ramp(x: NDArray[np.float64], ease: Ease) -> NDArray[np.float64]:
    x = np.clip(x, 0.0, 1.0)
    match ease:
        case Ease.STEP:
            return (x >= 0.5).astype(np.float64)
        case Ease.LINEAR:
            return x
        case Ease.SMOOTH:
            return x * x * (3 - 2 * x)


def _resolve(guide: Guide, direction: Direction, duration: float) -> str:
    """The name that a guide has in the track."""
    if guide.start is not None and guide.start >= duration:
        raise DirectionError(f"'{guide.value}' begins at {guide.start:g} s, but the recording is only {duration:.2f} s long.")
    return emotion(guide.value).name if guide.kind == "label" else direction.column(guide)
