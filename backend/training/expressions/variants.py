"""The ways in which one emotion is shown: by kind of showing, and by chance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from backend.emotion.presets import emotion
from backend.errors import DirectionError
from backend.training.expressions.dynamics import HELD, ONSET, UPPER, Move, lag, leaves, pace

# Share of a preset's intensities that each level shows; three levels as in MEAD (Wang et al. 2020).
LEVELS: Mapping[int, float] = {1: 0.4, 2: 0.7, 3: 1.0}

_SPREAD = 0.12  # of a unit's intensity from one showing to the next (standard deviation of its logarithm)
_TIMING = 0.15  # the same of onset and offset
_SCATTER = 0.02  # s by which a unit comes early or late
_FEW, _MISSING = 0.3, 0.12  # units below this intensity are left out now and then
# Felt faces lean to the left more often than to the right (Borod et al. 1997), by a few percent.
_LEAN, _LEFTWARD = 0.06, 0.015


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of showing. ``upper``, ``lower`` and ``faint`` are factors on units of the upper face, of the lower face and on
    those that are weak in the preset; ``tempo`` on times; ``late`` seconds by which the lower face follows the upper; ``dip``
    what is lost between two swells.
    """

    name: str
    upper: float = 1.0
    lower: float = 1.0
    faint: float = 1.0
    tempo: float = 1.0
    late: float = 0.0
    dip: float = 0.0


VARIANTS = (
    Variant("plain"),
    Variant("in the eyes", upper=1.1, lower=0.75),
    Variant("in the mouth", upper=0.75, lower=1.1),
    Variant("brisk", tempo=0.7),
    Variant("lingering", tempo=1.4, late=0.08),
    Variant("swelling twice", dip=0.35),
    Variant("bare", faint=0.5),
    Variant("ample", faint=1.35, late=-0.04),
)


@dataclass(frozen=True, slots=True)
class Event:
    """An emotion from the first sight of it to the last, in seconds; ``strength`` is the share of the preset that shows."""

    label: str
    strength: float
    start: float
    onset: float
    leave: float
    offset: float

    @property
    def end(self) -> float:
        return self.leave + self.offset


def variant_of(number: int) -> Variant:
    """The variant of a number; numbers beyond the last begin again.

    Raises:
        DirectionError: a number below zero.
    """
    if number < 0:
        raise DirectionError(f"there is no variant {number}: give a whole number from 0.")
    return VARIANTS[number % len(VARIANTS)]


def strength_of(intensity: float) -> float:
    """Share of a preset at an intensity from 1 to 3, by straight lines between :data:`LEVELS`.

    Raises:
        DirectionError: it lies outside.
    """
    if not 1 <= intensity <= 3:
        raise DirectionError(f"an intensity of {intensity:g} is out of range: give one from 1 to 3.")
    return float(np.interp(intensity, list(LEVELS), list(LEVELS.values())))


def shown(label: str, variant: Variant, chance: np.random.Generator) -> dict[str, float]:
    """Action units of one showing at full strength: the preset's, weighted by the variant and by chance."""
    units: dict[str, float] = {}
    for unit, height in emotion(label).units.items():
        scatter, missing = chance.normal(0, _SPREAD), chance.random() < _MISSING
        if height < _FEW and missing:
            continue
        share = (variant.upper if unit.rstrip("LR") in UPPER else variant.lower) * (variant.faint if height < _FEW else 1.0)
        units[unit] = float(min(height * share * np.exp(scatter), 1.0))
    return units


def paced(label: str, variant: Variant, chance: np.random.Generator) -> tuple[float, float]:
    """Seconds to come and to go, within what is published."""
    preset = emotion(label)
    onset, offset = (seconds * variant.tempo * np.exp(chance.normal(0, _TIMING)) for seconds in (preset.onset, preset.offset))
    return float(np.clip(onset, *ONSET)), float(max(offset, ONSET[0]))


def moves(event: Event, variant: Variant, chance: np.random.Generator) -> list[Move]:
    """How each unit takes part in an event: a little apart from the others, a little stronger on one side."""
    scale = event.onset / 0.5  # lags are told for an onset of half a second
    found = []
    for unit, height in shown(event.label, variant, chance).items():
        scatter, lean = chance.normal(0, _SCATTER), float(np.clip(chance.normal(_LEFTWARD, _LEAN), -0.2, 0.2))
        late = max(lag(unit) + scatter + (0.0 if unit.rstrip("LR") in UPPER else variant.late), 0.0) * min(scale, 1.5)
        onset = float(np.clip(event.onset * pace(unit), *ONSET))
        start = event.start + late
        leave = max(event.leave + leaves(unit), start + onset)
        offset = max(min(event.offset * pace(unit), event.end - leave + 0.05), ONSET[0])
        found.append(Move(unit, height * event.strength, start, onset, leave, offset, lean, _dip(variant, leave - start - onset)))
    return found


def _dip(variant: Variant, held: float) -> float:
    return variant.dip * float(np.clip((held - HELD[0]) / HELD[0], 0, 1))


def only(moves: list[Move], part: str) -> list[Move]:
    """The moves of the ``upper`` or ``lower`` face; ``whole`` for all."""
    return [move for move in moves if part == "whole" or (move.unit.rstrip("LR") in UPPER) == (part == "upper")]


def exchanged(moves: list[Move]) -> list[Move]:
    """The same with left and right exchanged."""
    other = {"L": "R", "R": "L"}
    return [replace(m, unit=m.unit[:-1] + other[m.unit[-1]] if m.unit[-1] in other else m.unit, lean=-m.lean) for m in moves]
