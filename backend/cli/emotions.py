"""``mien emotions``: the labels there are, in words or in a picture."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report


def register(app: typer.Typer) -> None:
    app.command("emotions")(list_emotions)


def list_emotions(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A .png to draw them in, each on Mien's head.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the emotions that --emotion knows."""
    from backend.emotion.presets import emotions
    from backend.errors import DirectionError

    if output is not None and output.suffix.lower() != ".png":
        raise DirectionError(f"{output} cannot be drawn: give a name that ends in .png.")
    known, report = emotions(), Report(as_json)
    for name, preset in known.items():
        report.say(f"{name:<12}{preset.description} (also: {', '.join(preset.aliases)})")
    if output is not None:
        _draw(output)
        report.say(f"wrote {output}")
    report.result(emotions={name: {"description": p.description, "aliases": p.aliases} for name, p in known.items()})


def _draw(output: Path) -> None:
    from backend.emotion.presets import emotions
    from backend.face.heads import mien_head
    from backend.face.pose import posed
    from backend.face.render import View, render
    from backend.files import write_atomically
    from backend.generators.procedural.expression import prototype
    from exporters.sheet import tiles

    head, view = mien_head(), View(size=(320, 360), yaw=12)
    pictures = [(name, render(head, posed(head, prototype(name)), view)) for name in emotions()]
    write_atomically(output, tiles(pictures, columns=4))
