"""The pictures of a report: a metric's means with their intervals, and every clip beside the baseline's."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from backend.training.metrics.catalogue import metric
from backend.training.report.rows import Row, Values, measured
from exporters.plot import COLOURS, FAINT, INK, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 9.0, 3.6  # inches
_BAR = 0.62
_JITTER = 0.18  # of a bar's place, to either side


def plot_metric(name: str, values: Values, rows: Sequence[Row], baseline: str | None = None) -> bytes:
    """A PNG with two panels: bars of the generators' means with intervals, and all clips.

    With a baseline each clip is a point, the baseline's value along x and the generator's along y, about the line on which both are
    equal; without, each generator has a column of points.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    generators = list(dict.fromkeys([*values, *(row.generator for row in rows)]))
    colours = {generator: COLOURS[i % len(COLOURS)] for i, generator in enumerate(generators)}
    _bars(left, [row for row in rows if row.metric == name], colours)
    if baseline is None or baseline not in values:
        _columns(right, name, values, colours)
    else:
        _against(right, name, values, baseline, colours)
    what = metric(name)
    figure.suptitle(f"{name}{f' ({what.unit})' if what.unit else ''}   ·   {what.better} is better", color=INK, fontsize=11)
    for axes in (left, right):
        axes.grid(color=FAINT)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    return png(figure)


def _bars(axes: "Axes", rows: Sequence[Row], colours: Mapping[str, str]) -> None:
    for i, row in enumerate(rows):
        axes.bar(i, row.mean, _BAR, color=colours[row.generator])
        if np.isfinite(row.low):
            axes.plot([i, i], [row.low, row.high], color=INK, linewidth=1.6)
    _named(axes, [row.generator for row in rows])
    axes.set_title("mean, 95 % interval", fontsize=9)


def _columns(axes: "Axes", name: str, values: Values, colours: Mapping[str, str]) -> None:
    chance = np.random.default_rng(0)
    for i, (generator, clips) in enumerate(values.items()):
        found = measured(clips, name)
        axes.plot(
            i + chance.uniform(-_JITTER, _JITTER, len(found)), list(found.values()), "o", color=colours[generator], alpha=0.6, markersize=4
        )
    _named(axes, list(values))
    axes.set_title("clips", fontsize=9)


def _against(axes: "Axes", name: str, values: Values, baseline: str, colours: Mapping[str, str]) -> None:
    theirs, every = measured(values[baseline], name), list[float]()
    for generator, clips in values.items():
        ours = measured(clips, name)
        both = [clip for clip in ours if clip in theirs]
        if generator == baseline or not both:
            continue
        x, y = [theirs[clip] for clip in both], [ours[clip] for clip in both]
        axes.plot(x, y, "o", color=colours[generator], alpha=0.6, markersize=4, label=generator)
        every += x + y
    if every:
        ends = [min(every), max(every)]
        axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=":")
        axes.legend(fontsize=8, frameon=False)
    axes.set_xlabel(baseline)
    axes.set_title(f"clips, beside {baseline}", fontsize=9)


def _named(axes: "Axes", names: Sequence[str]) -> None:
    crowded = sum(map(len, names)) > 40
    axes.set_xticks(range(len(names)), names, rotation=25 if crowded else 0, ha="right" if crowded else "center", fontsize=8)
