"""``mien emotions``: the labels there are, in words or in a picture."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report

TILE, CAPTION = (320, 340), 36  # pixels


def register(app: typer.Typer) -> None:
    app.command("emotions")(list_emotions)


def list_emotions(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A .png to draw them in, each on Mien's head.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the emotions that --emotion knows."""
    from backend.cli.outputs import check_places
    from backend.emotion.presets import emotions
    from backend.errors import DirectionError

    if output is not None and output.suffix.lower() != ".png":
        raise DirectionError(f"{output} cannot be drawn: give a name that ends in .png.")
    known, report = emotions(), Report(as_json)
    if output is not None:
        check_places([output], ())
        _draw(output)
    for name, preset in known.items():
        report.say(f"{name:<12}{preset.description} (also: {', '.join(preset.aliases)})")
    if output is not None:
        report.say(f"wrote {output}")
    report.result(emotions={name: {"description": p.description, "aliases": p.aliases} for name, p in known.items()})


def _draw(output: Path) -> None:
    import io

    from PIL import Image, ImageDraw, ImageFont

    from backend.emotion.presets import emotions
    from backend.face.heads import mien_head
    from backend.face.pose import posed
    from backend.face.render import View, render
    from backend.files import write_atomically
    from backend.generators.procedural.expression import prototype

    head, (width, height), columns, names = mien_head(), TILE, 8, tuple(emotions())
    page = Image.new("RGB", (columns * width, -(-len(names) // columns) * (height + CAPTION)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=20)
    for i, name in enumerate(names):
        left, top = i % columns * width, i // columns * (height + CAPTION)
        picture = render(head, posed(head, prototype(name)), View(size=TILE, yaw=15))
        page.paste(Image.fromarray(picture), (left, top))
        pen.text((left + width / 2, top + height + CAPTION / 2), name, "black", font, anchor="mm")
    content = io.BytesIO()
    page.save(content, "PNG")
    write_atomically(output, content.getvalue())
