"""Texts and pictures for a performer that knows presets alone: each as the mixture of presets that is nearest to it."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import nnls

from backend.emotion.direction import Guide
from backend.emotion.presets import emotions
from backend.emotion.texts import meant
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError
from backend.generators.procedural.expression import prototype
from backend.motion.arkit import APPLE_52

MOST = 3  # presets in a picture's mixture


def in_presets(track: EmotionTrack) -> EmotionTrack:
    """The track with every text and picture as presets; itself where it has none.

    Raises:
        DirectionError: a picture was not read by landmarks.
        MissingError: there is a text, and the sentence encoder is not on this machine.
    """
    if not track.references:
        return track
    told = [mixture_of(track.references[label]) if label in track.references else {label: 1.0} for label in track.labels]
    labels = tuple(dict.fromkeys(name for mixture in told for name in mixture))
    shares = np.array([[mixture.get(name, 0.0) for name in labels] for mixture in told], np.float32)
    return EmotionTrack(labels, track.weights @ shares, track.intensity, track.rate)


def mixture_of(guide: Guide) -> Mapping[str, float]:
    """Presets with weights: of a text they sum to one, of a picture to as much as its face shows, at most one."""
    return meant(guide.value) if guide.kind == "text" else shown(guide)


def shown(guide: Guide) -> dict[str, float]:
    """The at most three presets whose faces explain a picture's best (non-negative least squares); neutral where it shows nothing.

    Raises:
        DirectionError: the picture was not read by landmarks.
    """
    if len(guide.features) != len(APPLE_52):
        raise DirectionError(f"'{guide.value}' was read as {len(guide.features)} numbers: 'rules' takes pictures read by landmarks.")
    labels = [label for label, preset in emotions().items() if preset.units]
    faces = np.array([[prototype(label).get(name, 0.0) for name in APPLE_52] for label in labels]).T
    weights = nnls(faces, np.array(guide.features))[0]
    best = [int(i) for i in np.argsort(-weights)[:MOST] if weights[i] > 0]
    if not best:
        return {"neutral": 1.0}
    again = nnls(faces[:, best], np.array(guide.features))[0]
    again /= max(1.0, float(again.sum()))
    return {labels[i]: round(float(weight), 4) for i, weight in zip(best, again, strict=True) if weight > 0} or {"neutral": 1.0}
