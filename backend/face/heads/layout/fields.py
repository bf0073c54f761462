"""Ways to deform space smoothly, from which identities are made. Millimetres.

Skin, teeth, tongue and hair stand in one space and all go where it goes; a deformation that does not fold cannot push
them through each other. Eyes are the exception: a ball stays a ball. Space moves with the eye's centre, as one, within
:data:`EYE_HOLD` of it; lids go round the ball by :class:`Turn`, :class:`Open` and :class:`Widen`, which keep every
point's distance from the centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.form import EYE

Points = NDArray[np.float64]
Triple = tuple[float, float, float]

# Within the first distance of an eye's centre everything goes with it, beyond the second nothing does. Lids lie within 18.
EYE_HOLD = (19.0, 31.5)
_LID_REACH = (19.0, 30.0)
_MARGIN = 17.65  # from the centre of an eye to the edges of its lids
_UP_AND_DOWN, _TO_THE_CORNERS = np.radians(24.0), np.radians(52.0)


class Term(Protocol):
    """Part of a field, made for the character's left; where ``middle``, it is its own mirror image."""

    @property
    def middle(self) -> bool: ...

    def __call__(self, points: Points) -> Points:
        """Moves ``[n, 3]`` of points ``[n, 3]``."""
        ...


def _soft(points: Points, at: Triple, reach: float | Triple) -> Points:
    near: Points = np.exp(-0.5 * (((points - at) / reach) ** 2).sum(axis=1))
    return near


def _step(values: Points, low: float, high: float) -> Points:
    share = np.clip((values - low) / (high - low), 0, 1)
    smooth: Points = share * share * (3 - 2 * share)
    return smooth


@dataclass(frozen=True)
class Ball:
    """A soft ball of space; ``reach`` is its standard deviation, one or by axis."""

    at: Triple
    reach: float | Triple

    @property
    def middle(self) -> bool:
        return self.at[0] == 0

    def inside(self, points: Points) -> Points:
        """How far each point is in it, ``[V, 1]``."""
        within: Points = _soft(points, self.at, self.reach)[:, None]
        return within


@dataclass(frozen=True)
class Push(Ball):
    """A soft ball of space moved ``by``."""

    by: Triple

    def __call__(self, points: Points) -> Points:
        moved: Points = self.inside(points) * np.asarray(self.by)
        return moved


@dataclass(frozen=True)
class Swell(Ball):
    """A soft ball of space grown about its middle, ``rate`` by axis (0.1 is a tenth larger)."""

    rate: Triple

    def __call__(self, points: Points) -> Points:
        moved: Points = self.inside(points) * (points - self.at) * self.rate
        return moved


@dataclass(frozen=True)
class Shift:
    """Everything past ``full`` on an axis moved ``by``, nothing before ``none``; ``fade`` (axis, none, full) limits it further."""

    axis: int
    none: float
    full: float
    by: Triple
    fade: tuple[int, float, float] | None = None

    middle = True

    def __call__(self, points: Points) -> Points:
        share = _step(points[:, self.axis], self.none, self.full)
        if self.fade:
            share = share * _step(points[:, self.fade[0]], *self.fade[1:])
        moved: Points = share[:, None] * np.asarray(self.by)
        return moved


@dataclass(frozen=True)
class Scale:
    """The whole space grown about a point; with ``fade`` (axis, none, full) only past a place on an axis."""

    at: Triple
    rate: Triple
    fade: tuple[int, float, float] | None = None

    middle = True

    def __call__(self, points: Points) -> Points:
        moved: Points = (points - self.at) * self.rate
        return moved * _step(points[:, self.fade[0]], *self.fade[1:])[:, None] if self.fade else moved


@dataclass(frozen=True)
class Twist(Ball):
    """A soft ball of space turned about its middle; ``by`` is an axis-angle vector in degrees (to first order)."""

    by: Triple

    def __call__(self, points: Points) -> Points:
        moved: Points = self.inside(points) * np.cross(np.radians(self.by), points - self.at)
        return moved


@dataclass(frozen=True)
class Turn:
    """The left eye's lids turned about the line of sight, in degrees: positive lifts the outer corner."""

    degrees: float

    middle = False

    def __call__(self, points: Points) -> Points:
        away = points - EYE
        moved: Points = _lid(away)[:, None] * np.cross([0, 0, np.radians(self.degrees)], away)
        return moved


@dataclass(frozen=True)
class Open:
    """The left eye's margins turned up and down round the ball: millimetres that ``upper`` rises and ``lower`` falls.

    ``aside`` moves the highest place of the margin, from -1, at the nose, to 1.
    """

    upper: float
    lower: float
    aside: float = 0.0

    middle = False

    def __call__(self, points: Points) -> Points:
        away = points - EYE
        height = np.arctan2(away[:, 1], np.maximum(away[:, 2], 1e-6)) / _UP_AND_DOWN
        wave = height * np.exp(0.5 - 0.5 * height**2) * np.where(height > 0, self.upper, self.lower)
        along = np.exp(-(((away[:, 0] - 8 * self.aside) / 11.5) ** 2))
        angle = wave * along * _lid(away) / _MARGIN
        moved: Points = np.stack([np.zeros(len(away)), away[:, 2] * angle, -away[:, 1] * angle], axis=1)
        return moved


@dataclass(frozen=True)
class Widen:
    """The left eye's corners turned apart round the ball: millimetres at each corner."""

    inner: float
    outer: float

    middle = False

    def __call__(self, points: Points) -> Points:
        away = points - EYE
        place = np.arctan2(away[:, 0], np.maximum(away[:, 2], 1e-6)) / _TO_THE_CORNERS
        wave = place * np.exp(0.5 - 0.5 * place**2) * np.where(place > 0, self.outer, self.inner)
        angle = wave * np.exp(-((away[:, 1] / 11.0) ** 2)) * _lid(away) / _MARGIN
        moved: Points = np.stack([away[:, 2] * angle, np.zeros(len(away)), -away[:, 0] * angle], axis=1)
        return moved


def _lid(away: Points) -> Points:
    near: Points = 1 - _step(np.linalg.norm(away, axis=1), *_LID_REACH)
    return near


_LIDS = (Turn, Open, Widen)


@dataclass(frozen=True)
class Dial:
    """A way in which faces differ, at one standard deviation. ``twin`` -1: the right does the opposite of the left's mirror image."""

    name: str
    about: str
    terms: Sequence[Term]
    twin: int = 1

    def __call__(self, points: Points, eyeballs: NDArray[np.intp]) -> Points:
        """Moves ``[n, 3]`` of points; ``eyeballs [n]`` are 0 on the left eyeball, 1 on the right, -1 elsewhere."""
        centres = EYE * np.array([[1.0, 1, 1], [-1, 1, 1]])
        ground = [term for term in self.terms if not isinstance(term, _LIDS)]
        moved, held = self._both(ground, points), self._both(ground, centres)
        for eye, centre in enumerate(centres):
            share = 1 - _step(np.linalg.norm(points - centre, axis=1), *EYE_HOLD)
            share = np.where(eyeballs == eye, 1.0, share)
            moved = moved + share[:, None] * (held[eye] - moved)
        lids = self._both([term for term in self.terms if isinstance(term, _LIDS)], points)
        moved[eyeballs < 0] += lids[eyeballs < 0]
        return moved

    def _both(self, terms: Sequence[Term], points: Points) -> Points:
        flip = np.array([-1.0, 1, 1])
        moved = np.zeros_like(points)
        for term in terms:
            # What is its own mirror image is there once; but of the opposite, only what a mirror changes is left.
            share = 0.5 if term.middle else 1.0
            moved += share * (term(points) + self.twin * flip * term(points * flip))
        return moved
