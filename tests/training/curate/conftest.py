"""Mien's head saying the sample line, drawn once."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from backend.emotion.direction import Direction, Guide
from backend.face.landmarks.mesh import opened
from backend.motion import Motion
from backend.perform import perform
from backend.speech.speech import SAMPLE_RATE
from backend.training.curate.judge import Seen
from backend.training.curate.track import Stretch, runs, track
from tests.conftest import ROOT
from tests.training.curate.films import drawn

RATE = 25


@dataclass(frozen=True)
class Talk:
    """``truth`` is what the head was moved by, ``pictures`` what it looked like, ``stretch`` what MediaPipe saw, ``samples`` the sound."""

    truth: Motion
    pictures: list[np.ndarray]
    samples: np.ndarray
    stretch: Stretch

    def seen(self, samples: np.ndarray | None = None) -> Seen:
        sound = self.samples if samples is None else samples
        count = round(self.stretch.seconds * SAMPLE_RATE)
        return Seen(self.stretch, np.pad(sound[:count], (0, max(count - len(sound), 0))))


@pytest.fixture(scope="session")
def talk() -> Talk:
    pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")
    direction = Direction(guides=(Guide("happy", 0.5),), rate=Fraction(RATE), seed=3)
    made = perform(ROOT / "samples" / "line.flac", direction, (ROOT / "samples" / "line.txt").read_text())
    pictures = drawn(made.take.motion, 288)
    with opened() as mesh:
        (stretch,) = [run for one in track(((i / RATE, p) for i, p in enumerate(pictures)), RATE, mesh, 0.1) for run in runs(one)]
    return Talk(made.take.motion, pictures, made.speech.samples, stretch)
