"""Action units side by side: sums, what excludes what, and which emotions explain them."""

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from backend.emotion.presets import emotion, emotions
from backend.generators.procedural.tables import action_units

Units = Mapping[str, float]

# What one face cannot show at the same time on the same side, or where one undoes the other: lids up and shut, corners up and down,
# lips stretched and pursed, lips shut and parted, brows up and down.
_OPPOSED = (
    (5, 43), (12, 15), (12, 18), (12, 22), (15, 20), (18, 20), (20, 22), (2, 4), (17, 26), (17, 27),
    *((shut, open_) for shut in (23, 24, 28, 34) for open_ in (16, 25, 26, 27)),
    (18, 26), (18, 27), (18, 28), (22, 24), (22, 28), (24, 28),
)  # fmt: skip
_STRONG = 0.5  # a unit of an emotion that is this strong is not spoken against


def sided(units: Units) -> dict[str, float]:
    """Every unit written out for the left and the right."""
    found: dict[str, float] = {}
    for unit, value in units.items():
        for side in unit[-1] if unit[-1] in "LR" else "LR":
            name = f"{unit.rstrip('LR')}{side}"
            found[name] = max(found.get(name, 0.0), value)
    return found


def joined(units: Units) -> dict[str, float]:
    """Sides with the same value written as one, in the order of the units' numbers; what is zero is left out."""
    found: dict[str, float] = {}
    for name in sorted({unit[:-1] for unit in units}, key=lambda unit: int(unit[2:])):
        left, right = (round(units.get(name + side, 0.0), 3) for side in "LR")
        found |= {name: left} if left == right else {f"{name}L": left, f"{name}R": right}
    return {unit: value for unit, value in found.items() if value > 0}


def clash(one: str, other: str) -> bool:
    """Whether two units with a side exclude each other."""
    pair = int(one[2:-1]), int(other[2:-1])
    return one[-1] == other[-1] and (pair in _OPPOSED or pair[::-1] in _OPPOSED)


def exclude(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether any unit with a side of the one excludes one of the other."""
    other = tuple(other)
    return any(clash(a, b) for a in one for b in other)


def felt(mixture: Units, intensity: float) -> dict[str, float]:
    """Units with sides of a mixture of emotions at an intensity from 0 to 1."""
    found: dict[str, float] = {}
    for label, weight in mixture.items():
        for unit, value in sided(emotion(label).units).items():
            found[unit] = min(found.get(unit, 0.0) + weight * intensity * value, 1.0)
    return found


def strong(mixture: Units) -> tuple[str, ...]:
    """The units with a side that make a mixture of emotions what it is."""
    return tuple(unit for unit, value in felt(mixture, 1.0).items() if value >= _STRONG * max(mixture.values(), default=1.0))


def explained(units: Units) -> dict[str, float]:
    """The at most three emotions whose presets explain units best (non-negative least squares); weights sum to one."""
    from scipy.optimize import nnls

    labels, table = _presets()
    target = sided(units)
    weights = nnls(table, np.array([target.get(unit, 0.0) for unit in _sides()]))[0]
    best = [int(i) for i in np.argsort(-weights)[:3] if weights[i] > 0.1 * weights.max()]
    total = float(sum(weights[i] for i in best))
    return {labels[i]: round(float(weights[i]) / total, 3) for i in best} if total else {"neutral": 1.0}


@cache
def _sides() -> tuple[str, ...]:
    return tuple(sorted({f"{unit.rstrip('LR')}{side}" for unit in action_units() for side in "LR"}))


@cache
def _presets() -> tuple[tuple[str, ...], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    labels = tuple(label for label, preset in emotions().items() if preset.units)
    faces = [sided(emotion(label).units) for label in labels]
    return labels, np.array([[face.get(unit, 0.0) for face in faces] for unit in _sides()])
