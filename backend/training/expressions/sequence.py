"""Sequences: one emotion, one giving way to another, one that flashes through another."""

import zlib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from backend.emotion.presets import emotion
from backend.errors import DirectionError
from backend.motion import Motion, Rate
from backend.training.expressions.acting import Acting, acting
from backend.training.expressions.dynamics import HELD, MICRO, MICRO_ONSET, Move
from backend.training.expressions.variants import Event, Variant, moves, only, paced, strength_of, variant_of

RATE: Rate = Fraction(30)
SHORTEST, LONGEST = 1.5, 3600.0  # s; less leaves an expression no time to come and go
_REST = (0.15, 0.5)  # s of a face at rest before and after, where there is time for it
_MOOD = 0.3  # what remains of an expression between two episodes of it
_MICRO_HEIGHT = (0.3, 0.65)  # a flash is weak, and mostly in one part of the face (Porter & ten Brinke 2008)
_PARTS, _PART_CHANCE = ("upper", "lower", "whole"), (0.4, 0.4, 0.2)


def expression_sequence(
    label: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 4.0, *, mirrored: bool = False
) -> Motion:
    """A face at rest that comes to show an emotion and returns to rest, as a motion on the ``arkit`` rig.

    ``intensity`` is from 1 to 3, ``duration`` in seconds; one longer than some seven seconds shows the emotion several times.

    Raises:
        DirectionError: an unknown label, an intensity, variant or duration out of range.
    """
    return act(label, intensity, variant, seed, rate, duration, mirrored=mirrored).motion


def blended_sequence(
    first: str, second: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 5.0
) -> Motion:
    """One emotion gives way to another before it has gone. Raises as :func:`expression_sequence` does."""
    return act_blend(first, second, intensity, variant, seed, rate, duration).motion


def micro_sequence(
    shown: str, hidden: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 4.0
) -> Motion:
    """An emotion is shown, and another flashes through it for 1/25 to 1/2 s. Raises as :func:`expression_sequence` does."""
    return act_micro(shown, hidden, intensity, variant, seed, rate, duration).motion


def act(
    label: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 4.0,
    *, idle: bool = True, mirrored: bool = False,
) -> Acting:  # fmt: skip
    """:func:`expression_sequence` with what it shows by frame. Without ``idle`` nothing but the expression moves."""
    kind, name, strength = variant_of(variant), emotion(label).name, strength_of(intensity)
    chance = _chance(seed, duration, name, str(variant))
    events = _episodes(name, strength, kind, duration, chance)
    played = _played(events, kind, chance)
    return acting(played, events, seed, rate, duration, idle=idle, mirrored=mirrored)


def act_blend(
    first: str, second: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 5.0,
    *, idle: bool = True,
) -> Acting:  # fmt: skip
    """:func:`blended_sequence` with what it shows by frame."""
    kind, strength = variant_of(variant), strength_of(intensity)
    one, other = emotion(first).name, emotion(second).name
    chance = _chance(seed, duration, f"{one} {other}", str(variant))
    turn, gone = duration * chance.uniform(0.42, 0.58), chance.uniform(0.2, 0.5)
    before = _event(one, strength, kind, 0.0, turn, chance)
    after = _event(other, strength, kind, turn, duration, chance)
    after = replace(after, start=before.leave + gone * before.offset)
    events = (before, after)
    return acting(_played(events, kind, chance), events, seed, rate, duration, idle=idle)


def act_micro(
    shown: str, hidden: str, intensity: float = 2, variant: int = 0, seed: int = 0, rate: Rate = RATE, duration: float = 4.0,
    *, idle: bool = True,
) -> Acting:  # fmt: skip
    """:func:`micro_sequence` with what it shows by frame; the last event is the flash."""
    kind, strength = variant_of(variant), strength_of(intensity)
    mask, leak = emotion(shown).name, emotion(hidden).name
    chance = _chance(seed, duration, f"{mask} {leak}", str(variant))
    event = _event(mask, strength, kind, 0.0, duration, chance)
    flash = _flash(leak, strength, float(chance.uniform(0.3, 0.7) * duration), rate, chance)
    part = str(chance.choice(_PARTS, p=_PART_CHANCE))
    seen = [_within(move, flash) for move in only(moves(flash, kind, chance), part)]
    seen = seen or [_within(move, flash) for move in moves(flash, kind, chance)]
    return acting([*_played((event,), kind, chance), *seen], (event, flash), seed, rate, duration, idle=idle)


def _chance(seed: int, duration: float, *what: str) -> np.random.Generator:
    """A stream of its own for each emotion and variant, the same at every intensity and length."""
    if not SHORTEST <= duration <= LONGEST:
        raise DirectionError(f"{duration:g} s is no length for an expression: give one from {SHORTEST:g} to {LONGEST:g} s.")
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in what)])


def _played(events: tuple[Event, ...], kind: Variant, chance: np.random.Generator) -> list[Move]:
    state = chance.integers(2**32)
    # The same face each time that the same emotion comes back.
    return [move for event in events for move in moves(event, kind, np.random.default_rng([state, zlib.crc32(event.label.encode())]))]


def _episodes(label: str, strength: float, kind: Variant, duration: float, chance: np.random.Generator) -> tuple[Event, ...]:
    onset, offset = paced(label, kind, chance)
    count = max(1, round(duration / (onset + offset + HELD[1] / 2 + 2 * _REST[1])))
    if count == 1:
        return (_event(label, strength, kind, 0.0, duration, chance),)
    edges = np.linspace(0, duration, count + 1) + np.array([0, *chance.uniform(-0.2, 0.2, count - 1), 0])
    events = [_event(label, (1 - _MOOD) * strength, kind, float(a), float(b), chance) for a, b in pairwise(edges)]
    mood = replace(events[0], strength=_MOOD * strength, leave=events[-1].leave, offset=events[-1].offset)
    return (*events, mood)


def _event(label: str, strength: float, kind: Variant, begin: float, end: float, chance: np.random.Generator) -> Event:
    """An event that fills the time from ``begin`` to ``end``, with rests at the ends of the whole."""
    onset, offset = paced(label, kind, chance)
    before, after = chance.uniform(*_REST, 2)
    room = end - begin - before - after - 0.3  # lags, and a moment at the top
    tight = min(1.0, max(room, 0.35 * (end - begin)) / (onset + offset))
    before, after = min(before, 0.12 * (end - begin)), min(after, 0.12 * (end - begin))
    return Event(label, strength, begin + before, onset * tight, end - after - offset * tight, offset * tight)


def _flash(label: str, strength: float, middle: float, rate: Rate, chance: np.random.Generator) -> Event:
    """A micro-expression whose top lies on a frame, so that it is seen at any rate."""
    length = float(chance.uniform(*MICRO))
    onset = min(length * float(chance.uniform(0.35, 0.5)), MICRO_ONSET)
    top = float(np.round(middle * rate) / rate)
    height = strength * float(chance.uniform(*_MICRO_HEIGHT))
    return Event(label, height, top - onset, onset, top, length - onset)


def _within(move: Move, flash: Event) -> Move:
    """A flash is over too soon for units to come one after the other."""
    return replace(move, start=flash.start, onset=flash.onset, leave=flash.leave, offset=flash.offset, dip=0.0)
