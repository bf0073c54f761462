"""``mien export``: a take into other files, without performing again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson, Head, MatchingFile, Outputs, chosen_matching
from backend.cli.report import Report

if TYPE_CHECKING:
    from backend.speech.speech import Speech
    from backend.take import Take


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    take: Annotated[Path, typer.Argument(help="A .take file.", show_default=False)],
    output: Outputs,
    audio: Annotated[Path | None, typer.Option(help="The recording, for formats that carry sound or show it.")] = None,
    head: Head = None,
    matching: MatchingFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a take in other formats."""
    from backend.cli.outputs import check, tell, write
    from backend.take import Take
    from exporters import Options, suffix_of

    check(output, head, (take, audio, matching))
    chosen = chosen_matching(matching, head)
    report = Report(as_json)
    if audio is None and ".mp4" in map(suffix_of, output):
        report.note("the video is without sound: give the recording with --audio.")
    found = Take.read(take)
    with report.running():
        write(report, found, output, Options(head=head, matching=chosen, speech=_recording(found, audio)))
    tell(report, output)
    report.result(outputs=[str(path) for path in output], seconds=report.stages, notes=report.notes)


def _recording(take: "Take", audio: Path | None) -> "Speech | None":
    from backend.errors import AudioError
    from backend.speech.listen import listen

    if audio is None:
        return None
    speech = listen(audio, None)
    if speech.digest != take.sound.digest:
        raise AudioError(f"{audio} is not the recording this take was made from ({take.sound.name}). Give that one.")
    return speech
