"""Guesses, on wish only: names that look alike, each with how much."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from backend.errors import InputError
from backend.face.characters.matching import SHARED, Matching
from backend.face.characters.names import key_of, keys_of
from backend.motion import Rig


@dataclass(frozen=True, order=True)
class Suggestion:
    """A shape that may carry a channel. ``likeness`` of their names without case, separators and side, 0 to 1."""

    likeness: float
    channel: str
    shape: str


def suggest(matching: Matching, rig: Rig, at_least: float = 0.75) -> tuple[Suggestion, ...]:
    """For channels and shapes that :func:`match` left over, the likeliest pairs, best first; a channel and a shape occur once each.

    Sides must agree: a left shape is never offered for a right channel, nor one without a side for either.
    """
    keys = keys_of(matching.unmatched_shapes)
    pairs = []
    for channel in matching.unmatched_channels:
        stem, side = key_of(channel)
        for shape, ((other, other_side), _) in keys.items():
            if side == other_side and (likeness := _likeness(stem, other)) >= at_least:
                pairs.append(Suggestion(likeness, channel, shape))
    found: list[Suggestion] = []
    for pair in sorted(pairs, key=lambda pair: (-pair.likeness, pair.channel, pair.shape)):
        if not any(pair.channel == other.channel or pair.shape == other.shape for other in found):
            found.append(pair)
    return tuple(found)


def accept(matching: Matching, rig: Rig, suggestions: Iterable[Suggestion]) -> Matching:
    """The matching with guesses that somebody looked at; they stay marked as ``guessed``.

    Raises:
        InputError: a suggestion names a shape or a channel that is not left over.
    """
    for pair in suggestions:
        if pair.channel not in matching.unmatched_channels or pair.shape not in matching.unmatched_shapes:
            raise InputError(f"'{pair.shape}' cannot be taken for '{pair.channel}': one of them is matched already, or not there.")
        names = [*matching.used(), *matching.unmatched_shapes]
        matching = replace(
            matching,
            shapes={**matching.shapes, pair.channel: ((pair.shape, 1.0),)},
            sure={**matching.sure, pair.channel: SHARED * pair.likeness},
            guessed=(*matching.guessed, pair.channel),
        ).settled(rig, names)
    return matching


def _likeness(first: str, second: str) -> float:
    # difflib's ratio depends on the order of its arguments.
    return min(SequenceMatcher(None, first, second).ratio(), SequenceMatcher(None, second, first).ratio())
