"""``mien face``: one look at a head, as a picture."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report

if TYPE_CHECKING:
    from backend.face.face import Face

SIZES = (16, 4096)  # pixels
FURTHEST = 4.0  # standard deviations of a dial
_TURNS = {"yaw": 180.0, "pitch": 90.0}  # degrees either way

Output = Annotated[Path, typer.Option("-o", "--output", help="The picture to write, a .png.", show_default=False)]
Emotions = Annotated[list[str], typer.Option("--emotion", "-e", help="LABEL or LABEL=WEIGHT, such as happy=0.8. Repeatable; they add up.")]
Shapes = Annotated[list[str], typer.Option("--shape", "-s", help="CHANNEL=VALUE of the arkit rig, such as jawOpen=0.5. Repeatable.")]
Yaw = Annotated[float, typer.Option(help="Turn the head to its own left, in degrees.")]
Pitch = Annotated[float, typer.Option(help="Turn the head down, in degrees.")]
Size = Annotated[int, typer.Option(help="Width and height in pixels.")]
Identity = Annotated[
    list[str],
    typer.Option(
        "--identity", "-i", help='DIAL=VALUE in standard deviations, such as "jaw width=1.5"; docs/layout.md lists them. Repeatable.'
    ),
]
Head = Annotated[Path | None, typer.Option(help="Another head, an .npz that Mien wrote; else Mien's own.", show_default=False)]


def register(app: typer.Typer) -> None:
    app.command("face")(face)


def face(
    output: Output,
    emotion: Emotions = [],  # noqa: B006 - typer reads a list option's default from here and copies it
    shape: Shapes = [],  # noqa: B006
    yaw: Yaw = 0.0,
    pitch: Pitch = 0.0,
    size: Size = 512,
    identity: Identity = [],  # noqa: B006
    head: Head = None,
    as_json: AsJson = False,
) -> None:
    """Draw a still of a head, felt and shaped as asked for."""
    from backend.cli.outputs import check_places
    from backend.errors import DirectionError
    from backend.face.face import read_face
    from backend.face.heads.refine import detailed_mien_head, with_detail

    if output.suffix.lower() != ".png":
        raise DirectionError(f"{output} cannot be drawn: give a name that ends in .png.")
    check_places([output], (head,))
    _check_view({"yaw": yaw, "pitch": pitch}, size)
    channels = expression(emotion, shape)
    if head is not None and identity:
        raise DirectionError("--identity changes Mien's own head: leave out --head.")
    if identity:
        from backend.face.heads.layout.people import person

        drawn = with_detail(person(_dials(identity)))
    else:
        drawn = detailed_mien_head() if head is None else with_detail(read_face(head))
    report = Report(as_json)
    if lost := _unmoved(drawn, channels):
        report.note(f"the head '{drawn.name}' has nothing that {', '.join(lost)} could move.")
    _draw(drawn, channels, (yaw, pitch), size, output)
    report.say(f"wrote {output}")
    for note in report.notes:
        report.say(f"note: {note}")
    report.result(outputs=[str(output)], channels=channels, notes=report.notes)


def expression(felt: Iterable[str], shaped: Iterable[str]) -> dict[str, float]:
    """Channel values of ``LABEL=WEIGHT`` emotions, added up within each channel's range, and of ``CHANNEL=VALUE`` shapes, which win.

    Raises:
        DirectionError: a text cannot be read, a name is unknown (the nearest is offered) or given twice, a number is out of range.
    """
    from backend.emotion.direction import MAX_INTENSITY
    from backend.emotion.presets import emotion
    from backend.errors import DirectionError, unknown
    from backend.generators.procedural.expression import prototype
    from backend.motion.arkit import ARKIT

    values: dict[str, float] = {}
    # ``mien generate`` writes an emotion's weight behind a colon.
    for label, weight in _numbers("emotion", (text.replace(":", "=", 1) for text in felt), "happy=0.8", 1.0).items():
        name = emotion(label).name
        _within(f"the emotion '{label}'", weight, 0.0, MAX_INTENSITY)
        for channel, value in prototype(name).items():
            values[channel] = values.get(channel, 0.0) + weight * value
    values = {channel: min(max(value, ARKIT[channel].low), ARKIT[channel].high) for channel, value in values.items()}
    for channel, value in _numbers("shape", shaped, "jawOpen=0.5", None).items():
        if channel not in ARKIT:
            raise DirectionError(unknown("shape", channel, ARKIT.names))
        _within(f"the shape '{channel}'", value, ARKIT[channel].low, ARKIT[channel].high)
        values[channel] = value
    return {channel: value for channel, value in values.items() if value}


def _dials(texts: Iterable[str]) -> dict[str, float]:
    found = _numbers("identity", texts, '"jaw width=1.5"', None)
    for name, value in found.items():
        _within(f"the identity '{name}'", value, -FURTHEST, FURTHEST)
    return found


def _numbers(kind: str, texts: Iterable[str], example: str, alone: float | None) -> dict[str, float]:
    """Names and numbers of ``NAME=NUMBER``; ``alone`` is what a name without a number means, where it may stand so."""
    from backend.errors import DirectionError

    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        try:
            value = alone if alone is not None and not equals else float(number)
        except ValueError:
            value = None
        if value is None or not name:
            raise DirectionError(f"cannot read the {kind} '{text}': write {example}.")
        if name in found:
            raise DirectionError(f"the {kind} '{name}' is given twice, as {found[name]:g} and {value:g}. Give it once.")
        found[name] = value
    return found


def _check_view(turns: dict[str, float], size: int) -> None:
    for name, degrees in turns.items():
        _within(f"a {name}", degrees, -_TURNS[name], _TURNS[name])
    _within("a size", size, *SIZES)


def _within(what: str, value: float, low: float, high: float) -> None:
    from backend.errors import DirectionError

    if not (math.isfinite(value) and low <= value <= high):
        raise DirectionError(f"{what} of {value:g} is out of range: give a number from {low:g} to {high:g}.")


def _unmoved(drawn: "Face", channels: Iterable[str]) -> list[str]:
    known = {*drawn.shapes, *(name for joint in drawn.joints for name in joint.channels)}
    return [name for name in channels if name not in known]


def _draw(drawn: "Face", channels: dict[str, float], turned: tuple[float, float], size: int, output: Path) -> None:
    import io

    from PIL import Image

    from backend.face.pose import posed
    from backend.face.render import View, render
    from backend.files import write_atomically

    picture = render(drawn, posed(drawn, channels), View((size, size), yaw=turned[0], pitch=turned[1]))
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    write_atomically(output, content.getvalue())
