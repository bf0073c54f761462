"""A report on generators, as files in a folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.errors import InputError
from backend.files import write_atomically
from backend.training.metrics.intervals import RESAMPLES
from backend.training.report.plots import plot_metric
from backend.training.report.rows import Difference, Groups, Overall, Row, Values, compare, tabulate
from backend.training.report.text import clips_csv, differences_csv, markdown, rows_csv


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and the files that say so."""

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    files: tuple[Path, ...]


def write_report(
    folder: Path,
    values: Values,
    baseline: str | None = None,
    overall: Overall | None = None,
    groups: Groups | None = None,
    notes: Sequence[str] = (),
    title: str = "Evaluation",
    seed: int = 0,
    resamples: int = RESAMPLES,
    plots: bool = True,
) -> Report:
    """Write ``report.md``, ``report.csv``, ``differences.csv``, ``clips.csv`` and ``plots/*.png`` to a folder.

    ``values[generator][clip][metric]``; ``overall[generator][metric]`` for numbers of the whole split; ``groups[clip]`` is what to
    draw whole, such as the speaker; ``baseline`` a generator to compare with; ``notes`` go below the title: corpus, split, seed of the
    generators. The same input writes the same bytes.

    Raises:
        InputError: there is nothing to report, the baseline is unknown, or a clip has no group.
        OutputError: the folder cannot be written to.
    """
    rows = tabulate(values, overall, groups, seed, resamples)
    if not rows:
        raise InputError("there is nothing to report: no generator has a value in any metric.")
    differences = compare(values, baseline, groups, seed, resamples) if baseline is not None else ()
    drawn = picture_names(row.metric for row in rows) if plots else {}
    content = {f"plots/{file}": plot_metric(name, values, rows, baseline) for name, file in drawn.items()}
    pictures = {name: f"plots/{file}" for name, file in drawn.items()}
    content["report.md"] = markdown(title, notes, rows, differences, pictures, groups is not None, resamples).encode()
    content["report.csv"] = rows_csv(rows)
    content["clips.csv"] = clips_csv(values)
    if differences:
        content["differences.csv"] = differences_csv(differences)
    for name, data in content.items():
        write_atomically(folder / name, data)
    return Report(rows, differences, tuple(folder / name for name in content))


def picture_names(metrics: Iterable[str]) -> dict[str, str]:
    """A file name for each metric, in plain letters; no two are the same."""
    found = dict[str, str]()
    for name in dict.fromkeys(metrics):
        plain = (
            "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in name.replace("Δ", "delta ").lower()).split()) or "metric"
        )
        taken = found.values()
        found[name] = next(file for n in range(1, 1000) if (file := f"{plain}{f'-{n}' if n > 1 else ''}.png") not in taken)
    return found
