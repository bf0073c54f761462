"""``mien convert``: a take on another rig, or as vertices, and back."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import DirectionError

if TYPE_CHECKING:
    from backend.face.face import Face
    from backend.motion import Motion
    from backend.take import Take

VERTICES = "vertices"


def register(app: typer.Typer) -> None:
    app.command("convert")(convert)


def convert(
    take: Annotated[Path, typer.Argument(help="A .take file, or an .npz of vertices.", show_default=False)],
    output: Annotated[list[Path], typer.Option("-o", "--output", help="What `mien export` writes; an .npz for vertices. Repeatable.")],
    rig: Annotated[str, typer.Option(help="arkit, metahuman, ctrl_expressions, flame or vertices.")] = "arkit",
    face: Annotated[Path | None, typer.Option(help="The head that vertices are of, an .npz that Mien wrote; else Mien's own.")] = None,
    flame: Annotated[bool, typer.Option("--flame", help="On your own FLAME model (`mien flame`), for --rig flame or vertices.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a performance onto another rig."""
    from backend.cli.outputs import check, check_places, tell
    from backend.face.face import read_face
    from backend.face.heads import mien_head
    from backend.motion import RIGS

    if rig != VERTICES:
        RIGS[rig]  # a typo should not cost the time of reading
        check(output, None, (take, face))
    elif any(path.suffix.lower() != ".npz" for path in output):
        raise DirectionError("vertices are written as .npz: give the output a name that ends so.")
    check_places(output, (take, face))
    if flame and (rig not in ("flame", VERTICES) or face is not None or take.suffix.lower() == ".npz"):
        raise DirectionError("--flame goes with a .take and --rig flame or vertices, without --face.")
    report = Report(as_json)
    head = mien_head() if face is None else read_face(face)
    with report.running():
        if flame:
            _onto_users_flame(report, take, rig, output)
        elif take.suffix.lower() == ".npz":
            _from_vertices(report, take, head, rig, output)
        else:
            _from_take(report, take, head, rig, output)
    tell(report, output)
    report.result(outputs=[str(path) for path in output], rig=rig, seconds=report.stages, notes=report.notes)


def _from_take(report: Report, path: Path, head: "Face", rig: str, output: list[Path]) -> None:
    from backend.cli.outputs import write
    from backend.face.convert import convert as on_rig
    from backend.face.vertices import to_npz, vertices_of
    from backend.files import write_atomically
    from backend.take import Take
    from exporters import Options

    found = Take.read(path)
    report.watch("convert", 0.0)
    if rig == VERTICES:
        content = to_npz(vertices_of(head, on_rig(found.motion, "arkit")))
        for place in output:
            write_atomically(place, content)
        return
    moved = replace(found, motion=on_rig(found.motion, rig), direction=replace(found.direction, rig=rig))
    write(report, moved, output, Options())


def _onto_users_flame(report: Report, path: Path, rig: str, output: list[Path]) -> None:
    from backend.cli.outputs import write
    from backend.face.flame.places import users_flame
    from backend.face.users_flame import lost, on_users_flame, vertices_of_flame
    from backend.face.vertices import to_npz
    from backend.files import write_atomically
    from backend.take import Take
    from exporters import Options

    found, model = Take.read(path), users_flame()
    report.watch("convert", 0.0)
    motion = on_users_flame(found.motion, model)
    report.note(f"'{model.name}' cannot follow {lost(model):.0%} of the movement of Mien's expressions.")
    if rig == VERTICES:
        content = to_npz(vertices_of_flame(model, motion))
        for place in output:
            write_atomically(place, content)
        return
    write(report, replace(found, motion=motion, direction=replace(found.direction, rig=rig)), output, Options())


def _from_vertices(report: Report, path: Path, head: "Face", rig: str, output: list[Path]) -> None:
    from backend.cli.outputs import write
    from backend.face.convert import convert as on_rig
    from backend.face.solve import solve
    from backend.face.vertices import read_npz
    from exporters import Options

    if rig == VERTICES:
        raise DirectionError(f"{path.name} holds vertices already: choose another rig.")
    given = read_npz(path)
    report.watch("solve", 0.0)
    found = solve(head, given.positions, given.rate)
    report.note(
        f"the weights reproduce the vertices to within {found.residual.mean():.2f} mm on average, {found.residual.max():.2f} at most."
    )
    for group in found.ambiguity.alike:
        report.note(f"this head hardly tells apart {', '.join(group)}.")
    write(report, _take_of(on_rig(found.motion, rig), path), output, Options())


def _take_of(motion: "Motion", path: Path) -> "Take":
    """A take of a motion that nobody directed and no sound belongs to."""
    import hashlib

    import numpy as np

    from backend.emotion.direction import Direction
    from backend.emotion.track import EmotionTrack
    from backend.take import Sound, Take

    unfelt = EmotionTrack((), np.zeros((motion.frames, 0), np.float32), np.ones(motion.frames, np.float32), motion.rate)
    sound = Sound(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), motion.duration)
    return Take(motion, Direction(generator=VERTICES, rig=motion.rig.name, rate=motion.rate), unfelt, sound)
