"""``mien flame``: the artist's own licensed FLAME model, named once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import DirectionError

if TYPE_CHECKING:
    from backend.face.flame import FlameModel


def register(app: typer.Typer) -> None:
    app.command("flame")(flame)


def flame(
    model: Annotated[
        Path | None, typer.Argument(help="A FLAME file (.pkl or .npz), or the folder that holds it.", show_default=False)
    ] = None,
    forget: Annotated[bool, typer.Option(help="Use no FLAME model any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Name the FLAME model to use, or say which one it is. It is read without running anything in it, and stays where it is."""
    from backend.face.flame import places

    if model is not None and forget:
        raise DirectionError("name a model or forget the one that is known, not both.")
    report = Report(as_json)
    if forget:
        places.forget()
        report.say("no FLAME model is used any more.")
        report.result(model=None)
        return
    if model is not None:
        places.remember(model)
    with report.running():
        found = places.users_flame()
        _say_what_it_follows(report, found)
    place = str(places.remembered())
    count, identity, expression = len(found.template), found.identity.shape[2], found.expression.shape[2]
    report.say(f"{place}: {count} vertices, {identity} identity and {expression} expression components.")
    for note in report.notes:
        report.say(f"note: {note}")
    report.result(model=place, name=found.name, vertices=count, identity=identity, expression=expression, notes=report.notes)


def _say_what_it_follows(report: Report, model: "FlameModel") -> None:
    """Solve the way from Mien's expressions to the model's once, so that the artist hears now what will be lost."""
    from backend.errors import FlameError
    from backend.face.users_flame import lost

    try:
        report.note(f"its components follow {1 - lost(model):.0%} of the movement of Mien's expressions.")
    except FlameError as error:
        report.note(f"Mien's expressions cannot be brought onto it: {error}")
