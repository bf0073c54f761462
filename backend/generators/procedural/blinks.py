"""Blinks at physiological rates, in places where people blink."""

import numpy as np

from backend.generators.procedural.line import Array, Curves, Line, ease

# Closing takes about 90 ms, the lid stays down for some 40, and opening takes twice as long as closing
# (VanderWerf et al. 2003).
CLOSING, CLOSED, OPENING = 0.09, 0.04, 0.19
# Intervals scatter widely (Bentivoglio et al. 1997): a gamma distribution of shape 2.5, never under 0.5 s.
SHAPE, SHORTEST = 2.5, 0.5
NEAR_PAUSE = 0.5  # s; a blink this close to the end of a phrase waits for it (Nakano & Kitazawa 2010)


def blinks(line: Line) -> Curves:
    """Both lids, by frame, one a touch later than the other; none where the rate is set to zero."""
    closed = np.zeros_like(line.frame_times)
    for time in blink_times(line):
        centre = _on_a_frame(line, time)
        first, last = np.searchsorted(line.frame_times, [centre - CLOSING - CLOSED, centre + CLOSED + OPENING])
        since = line.frame_times[first:last] - centre
        lid = ease(1 + (since + CLOSED / 2) / CLOSING) * ease(1 - (since - CLOSED / 2) / OPENING)
        closed[first:last] = np.maximum(closed[first:last], lid)
    return {"eyeBlinkLeft": closed, "eyeBlinkRight": closed}


def blink_times(line: Line) -> list[float]:
    """Seconds at which the lids are down."""
    rate = line.settings["blinks_per_minute"]
    if rate <= 0:
        return []
    chance, felt = line.random("blinks"), line.felt("blink", 1.0)
    pauses = np.array([pause.start for pause in line.speech.pauses() if pause.duration > 0.15 and pause.start > 0])
    times: list[float] = []
    time = 0.0
    while True:
        here = max(float(np.interp(time, line.times, felt)), 0.1)
        time += max(SHORTEST, chance.gamma(SHAPE, 60 / (rate * here * SHAPE)))
        if time > line.speech.duration:
            return times
        time = _after_phrase(time, pauses)
        times.append(time)


def _after_phrase(time: float, pauses: Array) -> float:
    ahead = pauses[(pauses >= time) & (pauses < time + NEAR_PAUSE)]
    return float(ahead[0]) + 0.05 if len(ahead) else time


def _on_a_frame(line: Line, time: float) -> float:
    """The nearest frame, so that the closed lid is seen at any rate."""
    nearest = np.round(time / line.frame)
    return float(nearest * line.frame)
