"""The door to every generator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import Direction, Value
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError, unknown
from backend.motion import Motion
from backend.speech.speech import Speech


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that the artist may set, described so that any panel can draw it."""

    name: str
    default: float
    low: float
    high: float
    help: str
    unit: str = ""
    animatable: bool = False


class Generator(Protocol):
    """Speech × EmotionTrack × Direction → Motion in the generator's own rig.

    The motion covers the recording from time zero, at any frame rate; equal inputs give equal
    motions, and everything random is drawn from ``direction.seed``.
    """

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str:
        """One line for lists."""

    @property
    def rig(self) -> str: ...

    @property
    def settings(self) -> tuple[Setting, ...]: ...

    @property
    def guides(self) -> tuple[str, ...]:
        """The kinds of guides that it takes, of ``backend.emotion.direction.KINDS``."""

    @property
    def pictures(self) -> str:
        """How pictures that guide it are to be read: ``by`` of :func:`backend.emotion.pictures.read_picture`."""

    def perform(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Motion: ...


@runtime_checkable
class Nodding(Protocol):
    """A generator whose own rig has no head to turn, and that tells apart how it turns."""

    def head(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Mapping[str, NDArray[np.float64]]:
        """Head rotations in radians by channels of ``arkit``, for every frame of its motion."""


def admit(generator: Generator, direction: Direction) -> None:
    """Refuse what a generator cannot be guided by, before anything is heard.

    Raises:
        DirectionError: a guide is of a kind that it does not take; says which.
    """
    for guide in direction.guides:
        if guide.kind not in generator.guides:
            taken = " and ".join(f"{kind}s" for kind in generator.guides)
            raise DirectionError(f"'{generator.name}' takes {taken} alone, and '{guide.value}' is {_a(guide.kind)}: use another generator.")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def resolve(settings: tuple[Setting, ...], chosen: Mapping[str, Value]) -> dict[str, float]:
    """Every setting's value: the artist's where given, else the default.

    Raises:
        DirectionError: a setting is unknown, is no number or lies outside its range.
    """
    known = {setting.name: setting for setting in settings}
    for name, value in chosen.items():
        if name not in known:
            raise DirectionError(unknown("setting", name, known))
        if isinstance(value, str) or not known[name].low <= value <= known[name].high:
            raise DirectionError(f"setting '{name}' is {value}: give a number from {known[name].low:g} to {known[name].high:g}.")
    return {name: float(chosen.get(name, setting.default)) for name, setting in known.items()}
