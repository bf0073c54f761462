"""Means with intervals, and paired differences to a baseline.

What comes in is ``values[generator][clip][metric]``, as ``metrics.measure`` gives it for a clip; what one number tells for a whole
split (ΔCH, Emo-FID) is ``overall[generator][metric]``. NaN means that a clip had nothing to measure, and counts as absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError, unknown
from backend.training.metrics.catalogue import METRICS, Better, metric
from backend.training.metrics.intervals import RESAMPLES, Interval, bootstrap_mean

ROUNDING = 1e-6  # of a metric's unit; vertices in single precision are no better
Values = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Generator, clip, metric."""
Overall = Mapping[str, Mapping[str, float]]
"""Generator, metric."""
Groups = Mapping[str, str]
"""The speaker, say, of every clip."""


@dataclass(frozen=True, slots=True)
class Row:
    """One generator in one metric over ``clips`` clips; no interval where the number is of the whole split."""

    metric: str
    unit: str
    better: str
    generator: str
    clips: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A generator less the baseline over the ``clips`` that both have.

    ``wins`` is the share of clips in which it is better, ties as half; NaN where no way is better. ``verdict`` is "better" or
    "worse" where the interval leaves zero out, else "unclear"; empty where no way is better.
    """

    metric: str
    unit: str
    generator: str
    baseline: str
    clips: int
    mean: float
    low: float
    high: float
    wins: float
    verdict: str


def metric_names(values: Values, overall: Overall) -> tuple[str, ...]:
    """Every metric that occurs, those of the catalogue first and in its order."""
    per_clip = [name for clips in values.values() for found in clips.values() for name in found]
    seen = dict.fromkeys([*per_clip, *(name for found in overall.values() for name in found)])
    return tuple(name for name in METRICS if name in seen) + tuple(name for name in seen if name not in METRICS)


def measured(clips: Mapping[str, Mapping[str, float]], name: str) -> dict[str, float]:
    """The clips in which a metric was found, by name."""
    return {clip: float(found[name]) for clip, found in clips.items() if name in found and np.isfinite(found[name])}


def tabulate(
    values: Values, overall: Overall | None = None, groups: Groups | None = None, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[Row, ...]:
    """A row for every metric and generator that has it, in the catalogue's order."""
    overall, rows = overall or {}, []
    for name in metric_names(values, overall):
        what = metric(name)
        for generator in dict.fromkeys([*values, *overall]):
            found = measured(values.get(generator, {}), name)
            if name in overall.get(generator, {}):
                interval, count = Interval(float(overall[generator][name]), float("nan"), float("nan")), len(values.get(generator, {}))
            elif found:
                interval, count = bootstrap_mean(list(found.values()), _grouped(found, groups), seed, resamples), len(found)
            else:
                continue
            rows.append(Row(name, what.unit, what.better, generator, count, interval.mean, interval.low, interval.high))
    return tuple(rows)


def compare(
    values: Values, baseline: str, groups: Groups | None = None, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[Difference, ...]:
    """Paired differences of every generator to the baseline, metric by metric, over the clips that both have.

    Raises:
        InputError: no generator is called as the baseline.
    """
    if baseline not in values:
        raise InputError(unknown("baseline", baseline, values))
    found = []
    for name in metric_names(values, {}):
        for generator in values:
            if generator == baseline:
                continue
            ours, theirs = measured(values[generator], name), measured(values[baseline], name)
            apart = {clip: ours[clip] - theirs[clip] for clip in ours if clip in theirs}
            if apart:
                interval = bootstrap_mean(list(apart.values()), _grouped(apart, groups), seed, resamples)
                found.append(_difference(name, generator, baseline, np.array(list(apart.values())), interval))
    return tuple(found)


def _grouped(clips: Mapping[str, float], groups: Groups | None) -> list[str] | None:
    missing = [clip for clip in clips if groups is not None and clip not in groups]
    if missing:
        raise InputError(f"clip '{missing[0]}' has no group: name its speaker.")
    return None if groups is None else [groups[clip] for clip in clips]


def _difference(name: str, generator: str, baseline: str, apart: NDArray[np.float64], interval: Interval) -> Difference:
    what = metric(name)
    sign = {Better.HIGHER: 1.0, Better.LOWER: -1.0}.get(what.better, 0.0)
    even = np.abs(apart) <= (ROUNDING if name in METRICS else 0.0)
    wins = float(np.mean((apart * sign > 0) & ~even) + np.mean(even) / 2) if sign else float("nan")
    verdict = "unclear" if sign else ""
    if sign and interval.low * interval.high > 0 and not even.all():
        verdict = "better" if interval.mean * sign > 0 else "worse"
    return Difference(name, what.unit, generator, baseline, len(apart), interval.mean, interval.low, interval.high, wins, verdict)
