"""How far a mean may be from what more clips would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backend.errors import InputError

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it may lie. ``low`` and ``high`` are NaN for fewer than two clips or groups."""

    mean: float
    low: float
    high: float


def bootstrap_mean(
    values: ArrayLike, groups: Sequence[str] | None = None, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval:
    """The mean of ``values [N]`` and its percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13).

    With ``groups [N]`` whole groups are drawn, as clips of one speaker are alike; without, clips are. Below some twenty of what is
    drawn the interval is too narrow: at ten it holds about 90 % of the time. Same seed, same interval.

    Raises:
        InputError: there is no value, or one is not finite.
    """
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not found.size or not np.isfinite(found).all():
        raise InputError("an interval needs finite values, one for each clip.")
    names = np.arange(found.size) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(names) != found.size:
        raise InputError(f"{found.size} clips need as many groups, not {len(names)}.")
    counts, sums = np.bincount(names), np.bincount(names, weights=found)
    mean = float(found.mean())
    if len(counts) < 2:
        return Interval(mean, float("nan"), float("nan"))
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(0, len(counts), len(counts)) for _ in range(resamples)]
    means = np.array([sums[draw].sum() / counts[draw].sum() for draw in drawn])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high))
