"""``mien curate``: from folders of video to clips that a network may learn from."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report

if TYPE_CHECKING:
    from backend.training.curate import Entry

Folder = Annotated[Path, typer.Argument(help="The folder with the videos; folders in it are looked into.", show_default=False)]
Out = Annotated[Path, typer.Option("-o", "--output", help="The folder to fill; videos judged already are left alone.", show_default=False)]
Rate = Annotated[int, typer.Option(help="Frames a second to track at.")]
Shortest = Annotated[float, typer.Option(help="Seconds that a clip must have.")]
Longest = Annotated[float, typer.Option(help="Seconds after which a clip is cut in a pause.")]
Resolution = Annotated[int, typer.Option(help="Pixels of the shorter side of the picture.")]
Snr = Annotated[float, typer.Option(help="Decibels of speech over noise.")]
Language = Annotated[str, typer.Option(help="A language such as en; any by default.", show_default=False)]
Lag = Annotated[float, typer.Option(help="Seconds between picture and sound, either way.")]
Sync = Annotated[float, typer.Option(help="Confidence that the mouth says what is heard.")]


def register(app: typer.Typer) -> None:
    app.command("curate")(curate)


def curate(
    folder: Folder,
    output: Out,
    rate: Rate = 25,
    shortest: Shortest = 3.0,
    longest: Longest = 20.0,
    resolution: Resolution = 256,
    snr: Snr = 15.0,
    language: Language = "",
    lag: Lag = 0.08,
    sync: Sync = 0.35,
    as_json: AsJson = False,
) -> None:
    """Keep what is clean, in sync and shows one face, track it, and say why the rest does not do."""
    from backend.training.curate import Settings
    from backend.training.curate import curate as sift

    settings = Settings(rate, shortest, longest, resolution, snr=snr, language=language, lag=lag, sync=sync)
    report = Report(as_json)
    with report.running():
        entries = sift(folder, output, settings, lambda video, share: report.watch("curate", share))
    _tell(report, entries)
    kept = [entry for entry in entries if entry.kept]
    report.result(
        manifest=str(output / "manifest.jsonl"),
        kept=len(kept),
        refused=len(entries) - len(kept),
        seconds=round(sum(entry.end - entry.start for entry in kept), 3),
        clips=[{"video": e.video, "start": e.start, "end": e.end, "kept": e.kept, "why": list(e.why), **e.measured} for e in entries],
    )


def _tell(report: Report, entries: "list[Entry]") -> None:
    for entry in entries:
        what = "kept" if entry.kept else "; ".join(entry.why)
        report.say(f"{entry.video} {entry.start:8.2f} to {entry.end:8.2f} s  {what}")
    kept = [entry for entry in entries if entry.kept]
    report.say(f"kept {len(kept)} of {len(entries)} clips, {sum(entry.end - entry.start for entry in kept):.1f} s")
    reasons = Counter(why.split(":")[0].split(" (")[0] for entry in entries for why in entry.why)
    for reason, count in reasons.most_common(5):
        report.say(f"{count:5} x {reason}")
