"""``mien train``: the shipped networks, made again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from backend.cli.evaluate import register as register_evaluate
from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import InputError

Recipe = TypeVar("Recipe")
ROWS = ("overlap", "cycle", "disentangle", "intensity", "text")  # of the recipe, which importing would bring torch
Recordings = Annotated[Path, typer.Option(help="A folder laid out as docs/ear.md says.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Train a network as the shipped one was trained.", no_args_is_help=True)
    group.command("ear")(ear)
    group.command("affect")(affect)
    group.command("medtalk")(medtalk)
    group.command("reader")(reader)
    app.add_typer(group, name="train")
    register_evaluate(app)


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


def medtalk(
    data: Annotated[Path, typer.Option(help="What `mien corpus build` has filled.")] = Path("build/corpus"),
    run: Annotated[
        Path, typer.Option(help="Where features, checkpoints and logs go; a training that was cut off goes on from there.")
    ] = Path("build/medtalk"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The weights to write.")] = Path("build/medtalk.safetensors"),
    setting: Annotated[
        str, typer.Option(help="tiny (seconds), small (an hour of the corpus, by labels alone, for table 3) or full (four hours).")
    ] = "full",
    without: Annotated[str, typer.Option(help="Leave out what a row of the paper's table 3 does: " + ", ".join(ROWS) + ".")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another training.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or another name of torch's.")] = "cpu",
    as_json: AsJson = False,
) -> None:
    """Train MEDTalk's networks on the motion corpus (docs/medtalk.md)."""
    from backend.encoders.device import chosen
    from backend.training.medtalk.recipe import train
    from backend.training.medtalk.settings import ABLATIONS, RECIPES

    if without and without not in ABLATIONS:
        raise InputError(f"MEDTalk has no part {without!r} to leave out; parts are {', '.join(ABLATIONS)}.")
    _chosen(RECIPES, setting)
    report = Report(as_json)
    with report.running():
        measured = train(data, run, out, setting, without, seed, chosen(device), lambda share: report.watch("train", share))
    report.say(f"wrote {out}: " + ", ".join(f"{name} {value}" for name, value in measured.items()))
    report.result(weights=str(out), **measured)


def reader(
    data: Annotated[
        Path, typer.Option(help="What `mien corpus build` has filled; its expression sequences are read, nobody speaks.")
    ] = Path("build/corpus"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The reader to write.")] = Path("build/reader.safetensors"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another training.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Train the expression reader: an emotion classifier for the faces that generators make (docs/metrics.md)."""
    from backend.training.expression_reader import make

    report = Report(as_json)
    _, measured = make(data, out, seed)
    report.say(f"wrote {out}: " + ", ".join(f"{name} {value}" for name, value in measured.items()))
    report.result(weights=str(out), **measured)


def _chosen(recipes: Mapping[str, Recipe], setting: str) -> Recipe:
    if setting not in recipes:
        raise InputError(f"there is no setting {setting!r}; settings are {', '.join(recipes)}.")
    return recipes[setting]
