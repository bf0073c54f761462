"""The door to every generator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

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

    def perform(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Motion: ...


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
