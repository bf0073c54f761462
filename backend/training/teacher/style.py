"""How one speaker differs from another: drawn once for each, from a name."""

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Style:
    """A speaker's manner. Factors are relative to the rules performer, whose own are all 1.

    ``mouth``, ``brows``, ``gaze``, ``sway`` (head drift), ``nods`` and ``breath`` are factors; ``feeling`` scales every emotion.
    ``laxness`` (0 to 1) is undershoot: openings are smaller and blurred in time, contacts stay. ``lead`` is how many
    seconds the mouth is ahead of the sound. ``asymmetry`` is a factor on how unevenly the sides wander, ``lean`` (-1 to 1) the
    side that always does more (positive: the left). ``furrow`` is the share of accents on which brows are drawn
    together instead of raised, ``aversion`` the share of pauses in which the eyes go aside. ``blinks`` are per minute, ``half_blinks``
    the partial ones beside them. ``shifts`` is the share of pauses in which the head takes a new posture, ``tilt`` how it is
    held, radians of roll.
    """

    name: str
    mouth: float
    laxness: float
    lead: float
    feeling: float
    brows: float
    furrow: float
    asymmetry: float
    lean: float
    gaze: float
    aversion: float
    blinks: float
    half_blinks: float
    sway: float
    nods: float
    shifts: float
    tilt: float
    breath: float


def style_of(speaker: str) -> Style:
    """The style of a speaker, always the same for the same name.

    Spreads are chosen so that the quietest and the liveliest of twenty speakers differ about threefold, as speakers do in
    blink rate (Bentivoglio et al. 1997: 26 a minute in conversation, standard deviation 11), in brow and head movement (Cavé
    et al. 1996; Hadar et al. 1983) and, less, in the size of their articulation (Johnson, Ladefoged & Lindau 1993).
    """
    random = np.random.default_rng([zlib.crc32(b"style"), *speaker.encode()])

    def factor(spread: float, low: float, high: float) -> float:
        return float(np.clip(np.exp(random.normal(0, spread)), low, high))

    def share(mean: float) -> float:
        return float(random.beta(4 * mean, 4 * (1 - mean)))

    return Style(
        name=speaker,
        mouth=factor(0.18, 0.65, 1.45),
        laxness=share(0.35),
        lead=float(np.clip(random.normal(0.008, 0.010), -0.015, 0.03)),
        feeling=factor(0.2, 0.6, 1.35),
        brows=factor(0.4, 0.35, 2.0),
        furrow=share(0.25),
        asymmetry=factor(0.4, 0.4, 2.5),
        lean=float(np.clip(random.normal(0, 0.4), -1, 1)),
        gaze=factor(0.25, 0.5, 1.6),
        aversion=share(0.4),
        blinks=float(np.clip(random.normal(24, 8), 8, 45)),
        half_blinks=float(random.uniform(0, 10)),
        sway=factor(0.35, 0.4, 2.0),
        nods=factor(0.4, 0.3, 2.0),
        shifts=share(0.35),
        tilt=float(np.clip(random.normal(0, 0.025), -0.07, 0.07)),
        breath=factor(0.3, 0.4, 1.8),
    )
