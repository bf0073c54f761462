"""Tools to move a head's surface: soft pulls, the turn of the jaw, lids that slide on the eyeball."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.form import EYE, EYE_RADIUS, Points
from backend.face.heads.parts import LOWER_ARCH, UPPER_ARCH, Arch

Mask = NDArray[np.float64]

# The jaw's hinge, below the joint itself because the joint slides forward as it opens, and that slide.
HINGE = np.array([0.0, -24.0, 6.0])
JAW_ANGLE, JAW_SLIDE = 22.0, np.array([0.0, -1.0, 6.0])


@dataclass(frozen=True)
class Clay:
    """The whole head as shapes see it, millimetres: points ``[V, 3]``, masks ``[V]`` (0 off the skin, but
    for ``jaw``), tongue's ``along`` (1 at the tip), and the two margins ``[n, 3]`` of the left eye's lids.
    """

    points: Points
    masks: dict[str, Mask]
    tongue: Mask
    upper_margin: Points
    lower_margin: Points

    def __getitem__(self, name: str) -> Mask:
        return self.masks[name]

    @property
    def still(self) -> Points:
        return np.zeros_like(self.points)

    @property
    def x(self) -> Mask:
        x: Mask = self.points[:, 0]
        return x

    def left(self, blend: float = 7.0) -> Mask:
        """1 on the character's left, 0 on the right, smooth over ``blend`` millimetres either side of the midline."""
        t = np.clip((self.x + blend) / (2 * blend), 0, 1)
        share: Mask = t * t * (3 - 2 * t)
        return share

    def near(self, place: tuple[float, float, float], radius: float, tall: float | None = None) -> Mask:
        """A soft ball on the skin, 1 at its middle and nothing beyond about 2.6 radii; ``tall`` is its radius in y."""
        apart = (self.points - place) / [radius, tall or radius, radius]
        soft = np.exp(-0.5 * (apart**2).sum(axis=1))
        found: Mask = np.clip((soft - 0.035) / 0.965, 0, 1) * self["skin"] * (1 - self["bag"])
        return found

    def pull(self, place: tuple[float, float, float], radius: float, by: tuple[float, float, float], tall: float | None = None) -> Points:
        moved: Points = self.near(place, radius, tall)[:, None] * np.asarray(by)
        return moved

    def by(self, mask: Mask, vector: tuple[float, float, float]) -> Points:
        moved: Points = mask[:, None] * np.asarray(vector)
        return moved

    def jaw_turn(self, share: float = 1.0) -> Points:
        """Where the open jaw would carry each point, were it bone."""
        angle = np.radians(JAW_ANGLE * share)
        turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        away = self.points - HINGE
        moved: Points = away @ turn.T - away + JAW_SLIDE * share
        return moved


def slide_lids(clay: Clay, upper: float, lower: float, aside: float = 0.0) -> Points:
    """Turn the left eye's lids about the eyeball: each by a share of the way to where they meet, opening if negative.

    ``aside`` turns both about the upright axis, in degrees towards the temple.
    """
    where = clay.points - EYE
    angle = np.arctan2(where[:, 1], where[:, 2])
    distance = np.hypot(where[:, 1], where[:, 2])
    margins = []
    for margin in (clay.upper_margin - EYE, clay.lower_margin - EYE):
        order = np.argsort(margin[:, 0])
        margins.append(np.interp(where[:, 0], margin[order, 0], np.arctan2(margin[order, 1], margin[order, 2])))
    gap = margins[0] - margins[1]
    left = clay.x > 0
    turned = angle - clay["upper_lid"] * upper * gap + clay["lower_lid"] * lower * gap
    moved = clay.still
    moved[:, 1] = distance * (np.sin(turned) - np.sin(angle))
    moved[:, 2] = distance * (np.cos(turned) - np.cos(angle))
    # A closing lid unfolds: its crease comes forward, so that the skin between crease and margin spans the ball.
    lid = clay["upper_lid"]
    unfold = max(upper, 0.0) * (0.5 * lid + 6.0 * lid * (1 - lid)) * np.clip(gap / gap.max(), 0, 1) ** 0.5
    moved += where / np.linalg.norm(where, axis=1, keepdims=True) * unfold[:, None]
    sideways = np.radians(aside) * (clay["upper_lid"] + clay["lower_lid"]) * np.clip(gap / gap.max(), 0, 1) ** 0.5
    moved[:, 0] += where[:, 2] * np.sin(sideways)
    moved[:, 2] -= where[:, 0] * np.sin(sideways)
    return clear_eye(clay, moved * (left & (clay["upper_lid"] + clay["lower_lid"] > 0))[:, None])


def clear_eye(clay: Clay, moved: Points) -> Points:
    """Push lids outwards until no part of their straight way runs through the left eyeball."""
    lids = np.flatnonzero((clay.x > 0) & (clay["upper_lid"] + clay["lower_lid"] > 0) & np.any(moved != 0, axis=1))
    start = clay.points[lids] - EYE
    rest = np.minimum(np.linalg.norm(start, axis=1), EYE_RADIUS + 0.12)
    path = moved[lids].copy()
    for _ in range(6):
        for share in (0.35, 0.5, 0.65, 0.85, 1.0):
            now = start + share * path
            reach = np.linalg.norm(now, axis=1)
            inside = np.clip(rest - reach, 0, None)
            path += now / reach[:, None] * (inside / share)[:, None]
    cleared = moved.copy()
    cleared[lids] = path
    return cleared


# How far lips and cheeks keep off the middle of a row of teeth, outwards, and beyond its gums and its biting edges.
_TOOTH_THICK, _TOOTH_LOW, _TOOTH_HIGH = 2.6, -11.0, 10.6


def clear_teeth(clay: Clay, moved: Points) -> Points:
    """Push lips and cheeks outwards until they clear both rows of teeth, the lower one where the shape has carried it.

    What does not move is not pushed.
    """
    lower = np.flatnonzero(clay["lower_teeth"])
    carried = _rigid(clay.points[lower], clay.points[lower] + moved[lower])
    still = np.eye(3), np.zeros(3)
    return moved + _way_out(clay, moved, carried) - _way_out(clay, clay.still, still)


def off_teeth(clay: Clay) -> Points:
    """What brings the mouth at rest off the teeth."""
    return _way_out(clay, clay.still, (np.eye(3), np.zeros(3)))


def _way_out(clay: Clay, moved: Points, carried: tuple[Points, Points]) -> Points:
    """Off the upper teeth, which stand still, then off the lower ones, which have been carried along."""
    away = clay.still
    for arch, (turn, shift) in ((UPPER_ARCH, (np.eye(3), np.zeros(3))), (LOWER_ARCH, carried)):
        out = _off_arch(arch, (clay.points + moved + away - shift) @ turn) * (clay["lining"] > 0)[:, None]
        away = away + out @ turn.T
    return away


def _reach(arch: Arch, points: Points) -> Mask:
    """Distance from the middle of the mouth, seen from above: 1 is the surface that lips keep off."""
    depth = arch.depth + _TOOTH_THICK
    reach: Mask = np.hypot(points[:, 0] / (arch.half + _TOOTH_THICK), (points[:, 2] - arch.front + arch.depth) / depth)
    return reach


def _fade(arch: Arch, points: Points) -> Mask:
    """1 beside gums and teeth; it fades towards the row's upper and lower end, so that no step is left in the skin."""
    height = (points[:, 1] - arch.gum) * arch.sign
    return np.asarray(np.clip((height - _TOOTH_LOW) / 2, 0, 1) * np.clip((_TOOTH_HIGH - height) / 1.2, 0, 1), np.float64)


def _off_arch(arch: Arch, points: Points) -> Points:
    """The way out for points inside a row of teeth, level; nothing for the others."""
    reach = _reach(arch, points)
    away = np.stack([points[:, 0], np.zeros(len(points)), points[:, 2] - (arch.front - arch.depth)], axis=-1)
    inside = (reach < 1) & (reach > 0.5) & (away[:, 2] > -18)
    share: Mask = inside * _fade(arch, points) * (1 / np.maximum(reach, 1e-6) - 1)
    way: Points = away * share[:, None]
    return way


def _rigid(before: Points, after: Points) -> tuple[Points, Points]:
    """The turn and the shift that take one cloud to another (Kabsch 1976)."""
    middle, there = before.mean(axis=0), after.mean(axis=0)
    u, _, vt = np.linalg.svd((before - middle).T @ (after - there))
    turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return turn, there - turn @ middle
