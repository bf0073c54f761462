"""A report as Markdown and as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

import numpy as np

from backend.training.metrics.catalogue import Better, metric
from backend.training.metrics.intervals import LEVEL
from backend.training.report.rows import Difference, Row, Values


def number(value: float) -> str:
    """Four digits that count; a dash for what is not there."""
    return f"{value:.4g}" if np.isfinite(value) else "–"


def _cell(mean: float, low: float, high: float) -> str:
    return number(mean) if not np.isfinite(low) else f"{number(mean)} [{number(low)}, {number(high)}]"


_ARROWS = {Better.LOWER: "↓", Better.HIGHER: "↑", Better.ZERO: "→ 0", Better.REFERENCE: "~"}


def _head(name: str) -> str:
    what = metric(name)
    return f"{name} ({what.unit}) {_ARROWS[what.better]}" if what.unit else f"{name} {_ARROWS[what.better]}"


def markdown(
    title: str,
    notes: Sequence[str],
    rows: tuple[Row, ...],
    differences: tuple[Difference, ...],
    pictures: Mapping[str, str],
    grouped: bool,
    resamples: int,
) -> str:
    """All of it on one page; ``pictures`` are files by metric."""
    drawn = "groups (speakers) of clips" if grouped else "clips"
    lines = [
        f"# {title}",
        "",
        *(f"* {note}" for note in notes),
        f"* Means over clips; in brackets {LEVEL:.0%} intervals of a bootstrap that draws {drawn} {resamples} times. "
        "Numbers without are of the whole split.",
        "* ↓ lower is better, ↑ higher is better, → 0 nearer to zero is better, ~ is to be near the reference's own.",
        "* Measured on this project's own corpus and faces: no number here may be compared with one that a paper printed.",
        "",
        *_table(rows),
    ]
    if differences:
        lines += ["", f"## Less {differences[0].baseline}, clip by clip", "", *_difference_table(differences)]
    if pictures:
        lines += ["", "## Plots", "", *(f"![{_escaped(name)}]({file})" for name, file in pictures.items())]
    return "\n".join(lines) + "\n"


def _table(rows: tuple[Row, ...]) -> Iterator[str]:
    generators = list(dict.fromkeys(row.generator for row in rows))
    yield "| " + " | ".join(["metric", "clips", *map(_escaped, generators)]) + " |"
    yield "|---|--:|" + "--:|" * len(generators)
    for name in dict.fromkeys(row.metric for row in rows):
        found = {row.generator: row for row in rows if row.metric == name}
        counts = sorted({row.clips for row in found.values()})
        cells = [_cell(found[g].mean, found[g].low, found[g].high) if g in found else "" for g in generators]
        yield "| " + " | ".join([_escaped(_head(name)), "–".join(map(str, dict.fromkeys([counts[0], counts[-1]]))), *cells]) + " |"


def _difference_table(differences: tuple[Difference, ...]) -> Iterator[str]:
    yield "| metric | generator | clips | difference | clips won | verdict |"
    yield "|---|---|--:|--:|--:|---|"
    for d in differences:
        won, apart = f"{d.wins:.0%}" if np.isfinite(d.wins) else "", _cell(d.mean, d.low, d.high)
        yield f"| {_escaped(_head(d.metric))} | {_escaped(d.generator)} | {d.clips} | {apart} | {won} | {d.verdict} |"
    tested = sum(d.verdict != "" for d in differences)
    yield ""
    yield f"Of {tested} differences with a verdict, one in twenty would leave zero out by chance alone."


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _fields(kind: type[Row] | type[Difference], rows: Sequence[Row] | Sequence[Difference]) -> bytes:
    names = [field.name for field in fields(kind)]
    return _written([names, *([getattr(row, name) for name in names] for row in rows)])


def rows_csv(rows: Sequence[Row]) -> bytes:
    """The fields of :class:`Row`; an empty cell is what is not there."""
    return _fields(Row, rows)


def differences_csv(differences: Sequence[Difference]) -> bytes:
    """The fields of :class:`Difference`."""
    return _fields(Difference, differences)


def clips_csv(values: Values) -> bytes:
    """Every number that went in, one a line."""
    long = [[g, clip, name, value] for g, clips in values.items() for clip, found in clips.items() for name, value in found.items()]
    return _written([["generator", "clip", "metric", "value"], *long])


def _written(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(map(_plain, row)) for row in rows])
    return text.getvalue().encode()


def _plain(cell: object) -> object:
    if not isinstance(cell, float):
        return cell
    return repr(float(cell)) if np.isfinite(cell) else ""
