"""``mien generate``: a recording in, a directed performance out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.report import Report
from backend.errors import DirectionError, InputError

if TYPE_CHECKING:
    from backend.emotion.direction import Guide
    from backend.face.match import Matching

Audio = Annotated[Path, typer.Argument(help="The recording: wav, flac, mp3, ogg or opus.", show_default=False)]
Outputs = Annotated[
    list[Path],
    typer.Option(
        "-o", "--output", help="A file to write; its suffix says what: .take .fbx .glb .csv .npz .mp4 .sheet.png .plot.png. Repeatable."
    ),
]
Script = Annotated[str | None, typer.Option(help="The words that are said, for exact lip sync.")]
ScriptFile = Annotated[Path | None, typer.Option(help="A text file with the words.")]
Language = Annotated[str | None, typer.Option(help="Code of the language, such as en or de; by default that of the script is guessed.")]
TextGrid = Annotated[
    Path | None, typer.Option("--textgrid", help="A Praat TextGrid with words and phones at their times, put right by hand.")
]
Emotions = Annotated[
    list[str], typer.Option("--emotion", "-e", help="LABEL[:WEIGHT][@START-END], such as happy:0.8 or sad:1@2.0-3.5. Repeatable.")
]
Texts = Annotated[
    list[str], typer.Option("--text", help="A description of the face, such as 'furious, teeth clenched:0.8@2.0-3.5'. Repeatable.")
]
Images = Annotated[
    list[str], typer.Option("--image", help="A picture with the face that is wanted: FILE[:WEIGHT][@START-END]. Repeatable.")
]
Intensity = Annotated[str, typer.Option(help="How strongly it is felt: 0 to 2, or a .csv file of times and values.")]
GeneratorName = Annotated[str | None, typer.Option("--generator", help="Which system performs: medtalk, unless you say rules.")]
RigName = Annotated[str, typer.Option("--rig", help="The rig of the result.")]
Fps = Annotated[str, typer.Option(help="Frame rate: 24, 25, 29.97, 30, 60 or any other.")]
Seed = Annotated[int, typer.Option(help="Another seed gives another take of the same line.")]
Settings = Annotated[list[str], typer.Option("--set", help="NAME=NUMBER, a setting of the generator. Repeatable.")]
Head = Annotated[
    Path | None, typer.Option(help="Your own character (.blend .fbx .glb), for .fbx and .glb; its shape keys are matched by name.")
]
MatchingFile = Annotated[
    Path | None, typer.Option("--matching", help="What `mien match` wrote and you corrected: which shape of --head is which.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def register(app: typer.Typer) -> None:
    app.command("generate")(generate)


def generate(
    audio: Audio,
    output: Outputs,
    script: Script = None,
    script_file: ScriptFile = None,
    language: Language = None,
    textgrid: TextGrid = None,
    emotion: Emotions = [],  # noqa: B006 - typer reads a list option's default from here and copies it
    text: Texts = [],  # noqa: B006
    image: Images = [],  # noqa: B006
    intensity: Intensity = "1",
    generator: GeneratorName = None,
    rig: RigName = "arkit",
    fps: Fps = "30",
    seed: Seed = 0,
    settings: Settings = [],  # noqa: B006
    head: Head = None,
    matching: MatchingFile = None,
    as_json: AsJson = False,
) -> None:
    """Turn a recording into a directed facial performance."""
    from backend.cli.outputs import check, tell, write
    from backend.cli.parse import parse_image, parse_intensity, parse_settings
    from backend.emotion.direction import Direction
    from backend.generators import DEFAULT
    from backend.motion.rate import parse_rate
    from backend.perform import perform
    from exporters import Options

    given = (audio, script_file, textgrid, matching, Path(intensity), *(parse_image(told)[0] for told in image))
    check(output, head, given)
    chosen = chosen_matching(matching, head)
    words = words_given(script, script_file, textgrid)
    report, performer = Report(as_json), generator or DEFAULT
    direction = Direction(
        guides=guides_given(emotion, text, image, performer, report),
        intensity=parse_intensity(intensity),
        generator=performer,
        rig=rig,
        rate=parse_rate(fps),
        seed=seed,
        settings=parse_settings(settings),
    )
    if words is not None and not words.strip():
        report.note("the script is empty: the words were recognised from the sound.")
    with report.running():
        done = perform(audio, direction, words, report.watch, textgrid, language)
        write(report, done.take, output, Options(head=head, matching=chosen, speech=done.speech))
    take = done.take
    for note in done.speech.notes:
        report.note(note)
    tell(report, output)
    report.result(
        outputs=[str(path) for path in output],
        seconds=report.stages,
        frames=take.motion.frames,
        fps=float(take.motion.rate),
        duration=take.sound.duration,
        ear=take.ear,
        notes=report.notes,
    )


def guides_given(emotion: list[str], text: list[str], image: list[str], generator: str, report: Report) -> "tuple[Guide, ...]":
    """Every guide: labels, then texts, then pictures, which are read as the generator reads them.

    Raises:
        MienError: one cannot be read; the message says which, and what to do.
    """
    from backend.cli.parse import parse_guide, parse_text, read_image
    from backend.generators import GENERATORS

    guides = [*(parse_guide(told) for told in emotion), *(parse_text(told) for told in text)]
    for told in image:
        guide, note = read_image(told, GENERATORS[generator].pictures)
        guides.append(guide)
        if note:
            report.note(note)
    return tuple(guides)


def chosen_matching(file: Path | None, head: Path | None) -> "Matching | None":
    """What a saved matching says, if there is one.

    Raises:
        DirectionError: it was given without a head.
        FaceError: it cannot be read.
    """
    from backend.face.match import read_matching

    if file is None:
        return None
    if head is None:
        raise DirectionError("--matching says which shapes of your own character are which: give the character with --head.")
    return read_matching(file)


def words_given(text: str | None, file: Path | None, textgrid: Path | None) -> str | None:
    """The script, wherever it comes from; a TextGrid has the words already.

    Raises:
        InputError: the file cannot be read, or the words are given in two ways.
    """
    if textgrid is not None and (text is not None or file is not None):
        raise DirectionError("a TextGrid has the words already: give it or a script, not both.")
    if text is not None and file is not None:
        raise DirectionError("give the words either with --script or with --script-file, not both.")
    if file is None:
        return text
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read the script {file}: {(error.strerror or str(error)).lower()}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"the script {file} is not UTF-8 text. Save it as UTF-8.") from error
