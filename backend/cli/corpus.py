"""``mien corpus``: make what the networks learn from."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Make what the networks learn from.", no_args_is_help=True)
    group.command("speech")(speech)
    group.command("recordings")(recordings)
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
