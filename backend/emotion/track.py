"""The direction resolved against the speech: how the line is felt at every moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import Guide
from backend.errors import InputError
from backend.motion.rate import Rate, frame_times


@dataclass(frozen=True, eq=False)
class EmotionTrack:
    """An emotion code and an intensity for every frame; frame i happens at ``i / rate`` seconds.

    ``weights [frames, labels]`` hold each label's share before intensity, ``intensity [frames]``
    scales them all: 0 is a blank face, 1 as the preset says, 2 twice that. ``references`` are the texts and images among the labels,
    by the name that they have there (``Direction.references``); every other label is a preset's.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    intensity: NDArray[np.float32]
    rate: Rate
    references: Mapping[str, Guide] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.intensity), len(self.labels)):
            raise InputError("an emotion track needs weights [frames, labels] and an intensity for every frame.")

    @property
    def times(self) -> NDArray[np.float64]:
        return frame_times(len(self.intensity), self.rate)

    @property
    def strengths(self) -> NDArray[np.float32]:
        """Each label's share times intensity, ``[frames, labels]``."""
        return self.weights * self.intensity[:, None]

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float32]:
        """Strengths at any seconds, ``[len(times), labels]``, by straight lines between frames; no others are looked at."""
        if not (self.labels and len(times)):
            return np.zeros((len(times), len(self.labels)), np.float32)
        last = len(self.intensity) - 1
        begin, end = (int(np.clip(seconds * float(self.rate), 0, last)) for seconds in (np.min(times), np.max(times)))
        near = slice(max(begin - 1, 0), end + 3)
        strengths = self.weights[near] * self.intensity[near, None]
        grid = frame_times(len(strengths), self.rate, near.start)
        return np.stack([np.interp(times, grid, column) for column in strengths.T], axis=1).astype(np.float32)
