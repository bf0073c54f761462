"""The breath before a phrase."""

import numpy as np

from backend.generators.procedural.line import Curves, Line, bump

PAUSE = 0.35  # s; shorter pauses leave no time to breathe in (Winkworth et al. 1995: breaths take about half a second)
INHALE = 0.42  # s from the start of the breath to its top
AHEAD = 0.16  # s before the first sound at which the chest is full


def breaths(line: Line) -> Curves:
    """Before every phrase the lips part, the nostrils widen, brows and head lift slightly, by frame."""
    air = np.zeros_like(line.times)
    for pause in line.speech.pauses():
        if pause.duration >= PAUSE and pause.end < line.speech.duration - 0.05:
            half = min(INHALE, pause.duration) / 2
            near, hill = bump(line.times, pause.end - AHEAD - half / 2, half)
            air[near] = np.maximum(air[near], hill)
    air = line.at_frames(air * line.settings["breath"])
    return {
        "jawOpen": 0.045 * air,
        "noseSneerLeft": 0.05 * air,
        "noseSneerRight": 0.05 * air,
        "browInnerUp": 0.06 * air,
        "headPitch": -0.02 * air,
    }
