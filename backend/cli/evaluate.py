"""``mien evaluate``: networks and generators, measured on what they never learnt from."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import InputError

if TYPE_CHECKING:
    from backend.training.expression_reader import Reader
    from backend.training.medtalk.measure import Entry

Recordings = Annotated[Path, typer.Option(help="A folder laid out as docs/ear.md says.")]
Built = Annotated[Path, typer.Option(help="What `mien corpus build` has filled.")]
Most = Annotated[int | None, typer.Option(min=1, help="Only so many sentences, from all speakers alike.")]
Trained = Annotated[Path | None, typer.Option("--reader", help="What `mien train reader` has made; by default one is made, in seconds.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure a network or generators on what they never learnt from.", no_args_is_help=True)
    group.command("ear")(ear)
    group.command("affect")(affect)
    group.command("generators")(generators)
    group.command("medtalk")(medtalk)
    app.add_typer(group, name="evaluate")


def ear(
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


def affect(data: Recordings = Path("../shared/data"), as_json: AsJson = False) -> None:
    """What of a feeling is heard: in actors left out of the fitting, and in other takes."""
    from backend.training.evaluate_affect import measure

    report = Report(as_json)
    with report.running():
        rows = measure(data, progress=lambda share: report.watch("listen", share))
    for name, row in rows.items():
        report.say(f"{name:56}" + "  ".join(f"{key} {value}" for key, value in row.items()))
    report.result(**rows)


def generators(
    data: Built = Path("build/corpus"),
    names: Annotated[
        str,
        typer.Option(
            "--generators", help="Which, parted by commas; the first is what others are compared with. medtalk=FILE takes weights."
        ),
    ] = "rules",
    folder: Annotated[Path, typer.Option("--report", help="Where the report goes: tables, plots, and every number.")] = Path(
        "build/generators"
    ),
    most: Most = None,
    versions: Annotated[int, typer.Option(min=0, help="Each sentence in so many of its emotions, in turn; 0 for all.")] = 0,
    reader: Trained = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="A picture for every metric.")] = True,
    as_json: AsJson = False,
) -> None:
    """Perform the corpus's test sentences with any generators and compare them by every metric (docs/metrics.md)."""
    from backend.training.corpus import Corpus
    from backend.training.evaluate_generators import chosen, evaluate

    report = Report(as_json)
    performers = chosen([name.strip() for name in names.split(",") if name.strip()])
    corpus = Corpus(data)
    with report.running():
        eye = _reader(data, reader)
        found = evaluate(corpus, performers, folder, most, versions, eye, lambda share: report.watch("perform", share), plots)
    report.say(f"wrote {folder / 'report.md'}")
    report.result(
        report=str(folder / "report.md"), rows=[[row.metric, row.generator, row.clips, row.mean, row.low, row.high] for row in found.rows]
    )


def medtalk(
    weights: Annotated[
        list[Path] | None, typer.Option(help="Weights, or a folder of them; give it again for each. The shipped ones by default.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="What `mien corpus build` has filled: measure on its test split.")] = None,
    speech: Annotated[Path | None, typer.Option(help="Real recordings, laid out as docs/ear.md says: measure on those.")] = None,
    folder: Annotated[Path, typer.Option("--report", help="Where the report goes: tables, plots, and every number.")] = Path(
        "build/medtalk-report"
    ),
    most: Most = None,
    versions: Annotated[int, typer.Option(min=0, help="Each sentence in so many of its emotions, in turn; 0 for all.")] = 0,
    reader: Trained = None,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Also render faces and read the pictures through MediaPipe; two minutes.")
    ] = False,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, or another name of torch's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The paper's errors and figures, row by row of its ablations; what a reader sees; the mouth on real speech (docs/medtalk.md)."""
    from backend.generators.medtalk.stored import WEIGHTS
    from backend.training.medtalk.measure import entries

    if data is None and speech is None:
        raise InputError("there is nothing to measure on: give --data with a corpus, --speech with recordings, or both.")
    report, told, plain = Report(as_json), list[str](), dict[str, object]()
    found = entries(weights or [WEIGHTS], device)
    with report.running():
        if data is not None:
            told, plain = _on_corpus(data, found, folder, most, versions, _reader(data, reader), pictures, report)
        if speech is not None:
            told += _on_speech(speech, found, folder / "speech", most, report)
    for line in told:
        report.say(line)
    report.result(report=str(folder), **plain, lines=told)


def _on_corpus(
    data: Path, found: "Sequence[Entry]", folder: Path, most: int | None, versions: int, reader: "Reader", pictures: bool, report: Report
) -> tuple[list[str], dict[str, object]]:
    from dataclasses import asdict

    from backend.training.corpus import Corpus
    from backend.training.medtalk.measure import evaluate

    corpus = Corpus(data)
    table, page = evaluate(corpus, found, folder, most, versions, reader, pictures, report.watch)
    return page, {"table": {row: {metric: asdict(cell) for metric, cell in told.items()} for row, told in table.items()}}


def _on_speech(speech: Path, found: "Sequence[Entry]", folder: Path, most: int | None, report: Report) -> list[str]:
    from backend.generators import GENERATORS
    from backend.training.medtalk.measure import FULL, evaluate_speech

    best = next((entry for entry in found if entry.row == FULL), found[0])
    generators = {"rules": GENERATORS["rules"], "medtalk": best.performer()}
    _, rows = evaluate_speech(speech, generators, folder, most, lambda share: report.watch("real speech", share))
    return ["", "## Real speech", "", *rows]


def _reader(data: Path, file: Path | None) -> "Reader":
    from backend.training.expression_reader import load, make

    return load(file) if file else make(data)[0]
