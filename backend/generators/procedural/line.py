"""What every part of the procedural performer reads: one line, heard and felt, on two clocks."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from backend.emotion.presets import emotion
from backend.emotion.track import EmotionTrack
from backend.motion.rate import Rate, frame_times, frames_to_cover
from backend.speech.inventory import SILENCE
from backend.speech.speech import PROSODY_RATE, Speech

Array = NDArray[np.float64]
Curves = dict[str, Array]


@dataclass(frozen=True)
class Line:
    """Curves are drawn at 100 Hz (``times``), so that the same seed gives the same performance at
    every frame rate, and read off at the frames (``frame_times``).
    """

    speech: Speech
    track: EmotionTrack
    rate: Rate
    seed: int
    settings: Mapping[str, float]

    @cached_property
    def times(self) -> Array:
        return frame_times(frames_to_cover(self.speech.duration, PROSODY_RATE), PROSODY_RATE)

    @cached_property
    def frame_times(self) -> Array:
        return frame_times(frames_to_cover(self.speech.duration, self.rate), self.rate)

    @property
    def frame(self) -> float:
        """Seconds from one frame to the next."""
        return float(1 / self.rate)

    def at_frames(self, curve: Array) -> Array:
        """Read a 100 Hz curve off at the frames."""
        return np.interp(self.frame_times, self.times, curve)

    def random(self, part: str) -> np.random.Generator:
        """A part's own stream of chance, so that changing one part leaves the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode())])

    def wander(self, part: str, seconds: float) -> Array:
        """A slow random curve at 100 Hz, about -1 to 1, that turns every ``seconds`` or so."""
        knots = np.arange(-2, int(self.times[-1] / seconds) + 4) * seconds
        values: Array = CubicSpline(knots, self.random(part).uniform(-1, 1, len(knots)))(self.times)
        return np.clip(values, -1.2, 1.2)

    @cached_property
    def speaking(self) -> Array:
        """1 while words are said, 0 in pauses, at 100 Hz; it comes a little ahead of the voice."""
        lead, tail, ramp = 0.06, 0.10, 0.05
        voice = np.zeros_like(self.times)
        for phone in self.speech.phones:
            if phone.symbol != SILENCE:
                first, last = np.searchsorted(self.times, [phone.start - lead, phone.end + tail])
                voice[first:last] = 1.0
        smooth: Array = gaussian_filter1d(voice, ramp * float(PROSODY_RATE), mode="nearest")
        return smooth

    @cached_property
    def level(self) -> Array:
        """Loudness in dB against the line's loud syllables, at 100 Hz: 0 there, below elsewhere."""
        loudness = np.interp(self.times, self.speech.prosody.times, self.speech.prosody.loudness)
        spoken = loudness[self.speaking > 0.5]
        loud = np.percentile(spoken if len(spoken) else loudness, 90)
        level: Array = np.clip(gaussian_filter1d(loudness, 4.0, mode="nearest") - loud, -60.0, 6.0)
        return level

    def felt(self, quantity: str, neutral: float) -> Array:
        """A bearing of the emotion presets over time, at 100 Hz, between ``neutral`` and each label's own."""
        strengths = self.track.at(self.times)
        total = np.full_like(self.times, neutral)
        for column, label in enumerate(self.track.labels):
            total += strengths[:, column] * (getattr(emotion(label), quantity) - neutral)
        return total


def bump(times: Array, centre: float, half: float) -> tuple[slice, Array]:
    """A smooth hill (raised cosine) ``half`` seconds wide on either side, top 1 at ``centre``: where, and its values there."""
    first, last = np.searchsorted(times, [centre - half, centre + half])
    return slice(first, last), 0.5 + 0.5 * np.cos(np.pi * (times[first:last] - centre) / half)


def ease(x: Array) -> Array:
    """From 0 to 1 as x does, flat at both ends."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)
