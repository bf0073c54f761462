"""Brows and head: they beat with the accents, rest as the emotion holds them, and drift as living heads do."""

from collections.abc import Sequence

import numpy as np

from backend.generators.procedural.line import Array, Curves, Line, bump
from backend.speech.prosody.accents import Accent

BROW_SHARE = 0.6  # of the accents that the brows join in (Cavé et al. 1996: brow raises go with most, not all, F0 rises)
BROW_RAISE = 0.32  # browInnerUp on a full accent
BROW_HALF_WIDTH = 0.26  # s from rest to the top; a flash lasts about half a second
NOD = 0.055  # rad, about 3 degrees, on a full accent (Hadar et al. 1983; Munhall et al. 2004)
NOD_HALF_WIDTH = 0.24
DRIFT = {"headYaw": (0.09, 1.3), "headPitch": (0.04, 1.7), "headRoll": (0.04, 2.1)}  # rad, s between turns
STILL_WHILE_SILENT = 0.4  # listeners and pausers move about this much of what speakers do (Hadar et al. 1983)


def brow_beats(line: Line, stressed: Sequence[Accent]) -> Curves:
    """Brow flashes on some of the accents, by frame."""
    chance = line.random("brows")
    raised = np.zeros_like(line.times)
    for accent in stressed:
        joins, lag, side = chance.random(), chance.normal(0.0, 0.04), chance.random()
        if joins < BROW_SHARE * (0.6 + 0.6 * accent.strength):
            near, hill = bump(line.times, accent.time + lag, BROW_HALF_WIDTH)
            raised[near] = np.maximum(raised[near], accent.strength * (0.8 + 0.4 * side) * hill)
    raised *= BROW_RAISE * line.settings["brows"] * line.felt("energy", 1.0)
    lean = 0.35 * line.settings["asymmetry"] * line.wander("brow side", 1.9)
    outer = 0.7 * raised
    curves = {"browInnerUp": raised, "browOuterUpLeft": outer * (1 + lean), "browOuterUpRight": outer * (1 - lean)}
    return {name: line.at_frames(curve) for name, curve in curves.items()}


def head_motion(line: Line, stressed: Sequence[Accent]) -> Curves:
    """Head rotations in radians, by frame: bearing, drift, nods on accents."""
    chance = line.random("head")
    moving = STILL_WHILE_SILENT + (1 - STILL_WHILE_SILENT) * line.speaking
    turned = {name: size * moving * line.wander(name, seconds) for name, (size, seconds) in DRIFT.items()}
    for accent in stressed:
        lag, aside = chance.normal(0.02, 0.03), chance.normal(0.0, 0.3)
        near, hill = bump(line.times, accent.time + lag, NOD_HALF_WIDTH)
        turned["headPitch"][near] += NOD * accent.strength * hill
        turned["headYaw"][near] += NOD * accent.strength * aside * hill
    lively = line.settings["head"] * line.felt("energy", 1.0)
    held: dict[str, Array] = {"headPitch": line.felt("head_pitch", 0.0), "headRoll": line.felt("head_roll", 0.0)}
    return {name: line.at_frames(curve * lively + line.settings["head"] * held.get(name, 0.0)) for name, curve in turned.items()}
