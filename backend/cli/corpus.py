"""``mien corpus``: make what the networks learn from."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import DirectionError, unknown

SETTINGS = ("full", "tiny")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Make what the networks learn from.", no_args_is_help=True)
    group.command("speech")(speech)
    group.command("recordings")(recordings)
    group.command("build")(build)
    group.command("statistics")(statistics)
    app.add_typer(group, name="corpus")


def speech(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to fill; what is there already is kept.")] = Path("build/speech"),
    hours: Annotated[float, typer.Option(min=0.01, help="How much; 36 hours take about 25 minutes and 4 GB.")] = 36.0,
    seed: Annotated[int, typer.Option(help="Another seed says other sentences.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Voices that speak at once.")] = 2,
    voices: Annotated[bool, typer.Option("--voices", help="Only list the voices, their packages and licences.")] = False,
    as_json: AsJson = False,
) -> None:
    """Synthesise speech whose every phone time is known, with Debian's flite, festival and espeak-ng."""
    from dataclasses import asdict

    from backend.training.speech.corpus import build
    from backend.training.speech.voices import voices as known

    report = Report(as_json)
    if voices:
        for voice in known():
            report.say(f"{voice.engine:9}{voice.name:24}{voice.language:5}{voice.package}: {voice.licence}")
        report.result(voices=[asdict(voice) for voice in known()])
        return
    with report.running():
        manifest = build(hours, out, seed, workers, lambda share: report.watch("speak", share))
    report.say(f"wrote {manifest}")
    report.result(manifest=str(manifest))


def recordings(
    data: Annotated[Path, typer.Option(help="Real speech with its list, laid out as docs/ear.md says.")] = Path("../shared/data"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder that `mien corpus speech` has filled.")] = Path("build/speech"),
    weights: Annotated[Path | None, typer.Option(help="The ear that aligns them; the shipped one by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add the few real recordings whose licences allow learning from them, aligned along their scripts."""
    from backend.speech.hearing.posteriors import WEIGHTS, load
    from backend.training.speech.recordings import add_recordings

    report = Report(as_json)
    listed = add_recordings(data, out, load(weights or WEIGHTS))
    report.say(f"wrote {listed}")
    report.result(recordings=str(listed))


def build(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to fill; what is there already is kept.")] = Path("build/corpus"),
    hours: Annotated[float, typer.Option(min=0.001, help="How much speech; an hour takes some 3 minutes and 350 MB.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other sentences, speakers and movements.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Speakers that are made at once.")] = 2,
    setting: Annotated[str, typer.Option(help="full, or tiny: six voices and some forty sentences, in seconds.")] = "full",
    as_json: AsJson = False,
) -> None:
    """Perform synthesised speech in every emotion, by many speakers: what the learned generators learn from."""
    if setting not in SETTINGS:
        raise DirectionError(unknown("setting", setting, SETTINGS))
    from backend.training.corpus import Corpus
    from backend.training.corpus import build as fill

    report = Report(as_json)
    with report.running():
        manifest = fill(out, hours, seed, workers, setting == "tiny", lambda share: report.watch("perform", share))
    corpus = Corpus(out)
    report.say(f"wrote {manifest}: {len(corpus)} sentences, {corpus.hours:.3g} hours, {len(corpus.emotions)} emotions")
    report.result(manifest=str(manifest), sentences=len(corpus), hours=corpus.hours, emotions=list(corpus.emotions))


def statistics(
    folder: Annotated[Path, typer.Argument(help="What `mien corpus build` has filled.")],
    captures: Annotated[Path | None, typer.Option(help="A folder of Live Link Face takes to compare with.")] = None,
    emotion: Annotated[str, typer.Option(help="Measure the versions in this emotion alone.")] = "",
    sentences: Annotated[int, typer.Option(min=1, help="How many sentences to measure, at most.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Range, speed and spectrum of the channels, beside those of real captures."""
    from dataclasses import asdict

    from backend.training.corpus import Corpus
    from backend.training.corpus import statistics as measure

    report = Report(as_json)
    ours = measure.of_corpus(Corpus(folder), sentences, emotion)
    real = measure.of_captures(captures) if captures else None
    for line in measure.table(ours, real).splitlines():
        report.say(line)
    report.result(
        corpus={row: asdict(found) for row, found in ours.items()},
        captures={row: asdict(found) for row, found in (real or {}).items()},
    )
