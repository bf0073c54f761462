"""``mien match``: which shapes and bones of a character answer to which channels, shown and kept to be corrected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import DirectionError, FaceError

if TYPE_CHECKING:
    from backend.face.match import Matching, Suggestion


def register(app: typer.Typer) -> None:
    app.command("match")(match)


def match(
    head: Annotated[Path, typer.Argument(help="Your own character (.blend .fbx .glb), or a folder that holds one.", show_default=False)],
    rig: Annotated[str, typer.Option(help="The rig whose channels shall move it.")] = "arkit",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A .toml file to write, to edit and give to --matching.")] = None,
    guess: Annotated[bool, typer.Option("--guess", help="Take names that only look alike, too; they stay marked as guesses.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which shapes and bones of a character answer to which channels."""
    from backend.cli.outputs import check_places
    from backend.face.match import accept, describe, match_meshes, suggest, write_matching
    from backend.motion import RIGS
    from exporters.blender import names_in

    wanted = RIGS[rig]
    if output is not None and output.suffix.lower() != ".toml":
        raise DirectionError(f"a matching is a text file: end '{output.name}' in .toml.")
    check_places([output] if output else [], [head])
    report = Report(as_json)
    with report.running():
        report.watch("open", 0.0)
        meshes, bones = names_in(head)
    if not bones and not any(meshes.values()):
        raise FaceError(
            f"the head '{head.name}' has neither shapes nor bones, so nothing can move it: add shape keys, or export it with them."
        )
    found = match_meshes(meshes, wanted, bones)
    offered = suggest(found, wanted)
    if guess:
        found, offered = accept(found, wanted, offered), ()
    for line in describe(found, offered).splitlines():
        report.say(line)
    if output is not None:
        write_matching(found, output)
        report.say("")
        report.say(f"wrote {output}: correct it in any editor, and give it to --matching.")
    report.result(**_plain(found, offered), output=output and str(output), seconds=report.stages)


def _plain(found: "Matching", offered: "tuple[Suggestion, ...]") -> dict[str, Any]:
    """The matching as machines read it."""
    return {
        "rig": found.rig,
        "table": found.table,
        "score": found.score,
        "matched": {channel: dict(parts) for channel, parts in found.shapes.items() if channel not in found.guessed},
        "guessed": {channel: dict(found.shapes[channel]) for channel in found.guessed},
        "sure": dict(found.sure),
        "visemes": {shape: dict(pose) for shape, pose in found.visemes.items()},
        "bones": {bone: [turn.channel for turn in turns] for bone, turns in found.bones.items()},
        "meshes": {mesh: {channel: dict(parts) for channel, parts in own.shapes.items()} for mesh, own in found.meshes.items()},
        "doubles": {channel: list(others) for channel, others in found.doubles.items()},
        "perhaps": [{"channel": pair.channel, "shape": pair.shape, "likeness": round(pair.likeness, 3)} for pair in offered],
        "missing": list(found.unmatched_channels),
        "still": list(found.unmatched_shapes),
    }
