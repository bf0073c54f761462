"""The table in the documentation is the catalogue, and names functions that exist."""

import re
from pathlib import Path

import backend.training.metrics as metrics
from backend.training.metrics import METRICS, Better

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
ARROWS = {Better.LOWER: "↓", Better.HIGHER: "↑", Better.ZERO: "→ 0", Better.REFERENCE: "~"}


def rows():
    """Name, unit, arrow and functions of every row; a row may hold two metrics."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 7 and cells[0].startswith("`"):
            names, arrows = re.findall(r"`([^`]+)`", cells[0]), [arrow.strip() for arrow in cells[4].split(",")]
            for name, arrow in zip(names, arrows, strict=True):
                yield name, cells[3], arrow, re.findall(r"`(\w+)", cells[6])


def test_every_metric_is_in_the_table_once_as_the_catalogue_has_it():
    found = list(rows())
    assert sorted(name for name, *_ in found) == sorted(METRICS)
    assert {name: (unit, arrow) for name, unit, arrow, _ in found} == {
        name: (metric.unit, ARROWS[metric.better]) for name, metric in METRICS.items()
    }


def test_every_function_in_the_table_is_there_to_be_called():
    for name, _, _, functions in rows():
        assert functions, name
        assert all(callable(getattr(metrics, function)) for function in functions), name
        assert all(getattr(metrics, function).__doc__ for function in functions), name
