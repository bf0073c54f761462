"""``mien train`` and ``mien evaluate``: the shipped networks, made and measured again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import InputError

Recipe = TypeVar("Recipe")
Recordings = Annotated[Path, typer.Option(help="A folder laid out as docs/ear.md says.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Train a network as the shipped one was trained.", no_args_is_help=True)
    group.command("ear")(ear)
    group.command("affect")(affect)
    app.add_typer(group, name="train")
    measuring = typer.Typer(help="Measure a network on recordings that it never heard.", no_args_is_help=True)
    measuring.command("ear")(evaluate_ear)
    measuring.command("affect")(evaluate_affect)
    app.add_typer(measuring, name="evaluate")


def ear(
    data: Annotated[Path, typer.Option(help="What `mien corpus speech` has filled.")] = Path("build/speech"),
    run: Annotated[Path, typer.Option(help="Where checkpoints and the log go; a training that was cut off goes on from there.")] = Path(
        "build/ear"
    ),
    out: Annotated[Path, typer.Option("-o", "--out", help="The weights to write.")] = Path("build/ear.safetensors"),
    setting: Annotated[str, typer.Option(help="tiny (seconds), small (20 minutes) or full (2 hours on two cores).")] = "full",
    as_json: AsJson = False,
) -> None:
    """Train the phone network."""
    from backend.training.ear import RECIPES, make

    report = Report(as_json)
    with report.running():
        measured = make(_chosen(RECIPES, setting), data, run, out, lambda share: report.watch("train", share))
    report.say(f"wrote {out}: " + ", ".join(f"{name} {value}" for name, value in measured.items()))
    report.result(weights=str(out), **measured)


def affect(
    data: Recordings = Path("../shared/data"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The weights to write.")] = Path("build/affect.safetensors"),
    setting: Annotated[str, typer.Option(help="tiny (recordings as they are) or full (in many throats and rooms, a minute).")] = "full",
    as_json: AsJson = False,
) -> None:
    """Fit the reader of arousal."""
    from backend.training.affect import RECIPES, make

    report = Report(as_json)
    with report.running():
        measured = make(_chosen(RECIPES, setting), data, out, lambda share: report.watch("train", share))
    report.say(f"wrote {out}: " + ", ".join(f"{name} {value}" for name, value in measured.items()))
    report.result(weights=str(out), **measured)


def _chosen(recipes: Mapping[str, Recipe], setting: str) -> Recipe:
    if setting not in recipes:
        raise InputError(f"there is no setting {setting!r}; settings are {', '.join(recipes)}.")
    return recipes[setting]


def evaluate_ear(
    data: Recordings = Path("../shared/data"),
    weights: Annotated[Path | None, typer.Option(help="Weights to measure; the shipped ones by default.")] = None,
    only: Annotated[str, typer.Option(help="Only ways of hearing whose name contains this, such as 'no script'.")] = "",
    as_json: AsJson = False,
) -> None:
    """Visemes, closures and phone starts right on real speech, beside PocketSphinx."""
    from backend.speech.hearing.posteriors import WEIGHTS
    from backend.training.evaluate_ear import measure

    report = Report(as_json)
    rows = measure(
        data,
        weights or WEIGHTS,
        only,
        lambda where, name, row: report.say(f"{where:10}{name:25}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items())),
    )
    report.result(**rows)


def evaluate_affect(data: Recordings = Path("../shared/data"), as_json: AsJson = False) -> None:
    """What of a feeling is heard: in actors left out of the fitting, and in other takes."""
    from backend.training.evaluate_affect import measure

    report = Report(as_json)
    with report.running():
        rows = measure(data, progress=lambda share: report.watch("listen", share))
    for name, row in rows.items():
        report.say(f"{name:56}" + "  ".join(f"{key} {value}" for key, value in row.items()))
    report.result(**rows)
