"""The breath before a phrase, and every breath that is heard."""

from collections.abc import Iterator

import numpy as np

from backend.generators.procedural.line import Curves, Line, bump
from backend.speech.prosody.breaths import breaths

PAUSE = 0.35  # s; shorter pauses leave no time to breathe in (Winkworth et al. 1995: breaths take about half a second)
INHALE = 0.42  # s from the start of the breath to its top
AHEAD = 0.16  # s before the first sound at which the chest is full
LEVELS, DEPTHS = (-40.0, -10.0), (0.8, 3.0)  # dB relative to loud speech, and how deep such breaths are beside one that is not heard


def breathing(line: Line) -> Curves:
    """With every breath the lips part, the nostrils widen, brows and head lift slightly, by frame."""
    air = np.zeros_like(line.times)
    for middle, half, depth in _breaths(line):
        near, hill = bump(line.times, middle, half)
        air[near] = np.maximum(air[near], depth * hill)
    air = line.at_frames(air * line.settings["breath"])
    return {
        "jawOpen": 0.045 * air,
        "noseSneerLeft": 0.05 * air,
        "noseSneerRight": 0.05 * air,
        "browInnerUp": 0.06 * air,
        "headPitch": -0.02 * air,
    }


def _breaths(line: Line) -> Iterator[tuple[float, float, float]]:
    """Middle and half length in seconds, and depth: of those that are heard, and of those that a speaker takes unheard."""
    heard = breaths(line.speech)
    for breath in heard:
        yield (
            (breath.start + breath.end) / 2,
            max(breath.end - breath.start, INHALE) / 2,
            float(np.interp(breath.loudness, LEVELS, DEPTHS)),
        )
    for pause in line.speech.pauses():
        silent = not any(breath.start < pause.end and breath.end > pause.start for breath in heard)
        if silent and pause.duration >= PAUSE and pause.end < line.speech.duration - 0.05:
            half = min(INHALE, pause.duration) / 2
            yield pause.end - AHEAD - half / 2, half, 1.0
