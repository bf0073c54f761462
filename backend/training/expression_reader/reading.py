"""What a reader makes of many performances: who is taken for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exporters.plot import INK, png

NEEDED = 6  # of the eight labels


@dataclass(frozen=True, eq=False)
class Readings:
    """``counts [shown, read]`` of performances, by ``labels``."""

    labels: tuple[str, ...]
    counts: NDArray[np.intp]

    @property
    def accuracy(self) -> float:
        """The share of performances that are read as what they were to show."""
        return float(np.trace(self.counts) / max(self.counts.sum(), 1))


def tally(labels: Sequence[str], pairs: Iterable[tuple[str, str]]) -> Readings:
    """Count what was shown and what was read."""
    places = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), np.intp)
    for shown, read in pairs:
        counts[places[shown], places[read]] += 1
    return Readings(tuple(labels), counts)


def right(readings: Readings) -> tuple[str, ...]:
    """The labels that are read as themselves in more than half of their performances."""
    shares = readings.counts / np.maximum(readings.counts.sum(axis=1, keepdims=True), 1)
    return tuple(label for i, label in enumerate(readings.labels) if shares[i, i] > 0.5)


def table(readings: Readings) -> list[str]:
    """Lines of Markdown: a row for what was shown, a column for what was read."""
    head = ["shown \\ read", *readings.labels]
    rows = [[label, *(str(int(n)) for n in counts)] for label, counts in zip(readings.labels, readings.counts, strict=True)]
    return [" | ".join(["", *cells, ""]).strip() for cells in (head, ["---"] * len(head), *rows)]


def drawn(readings: Readings, title: str) -> bytes:
    """The matrix as a PNG: shares of what was shown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    shares = readings.counts / np.maximum(readings.counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, j in np.argwhere(readings.counts > 0):
        axes.text(j, i, str(readings.counts[i, j]), ha="center", va="center", fontsize=8, color="white" if shares[i, j] > 0.5 else INK)
    axes.set_xticks(range(len(readings.labels)), readings.labels, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(readings.labels)), readings.labels, fontsize=8)
    axes.set_xlabel("read", fontsize=8)
    axes.set_ylabel("shown", fontsize=8)
    axes.set_title(title, fontsize=10)
    return png(figure)
