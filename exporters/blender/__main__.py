"""The process that holds Blender: ``python -m exporters.blender FOLDER``."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from backend.errors import MienError, MissingError
from backend.face.heads import mien_head
from backend.take import Take
from exporters.blender.build import build_head
from exporters.blender.files import check, write
from exporters.blender.heads import load_head
from exporters.blender.performance import Performance, left_out_modifiers, perform_artists, perform_mien


def main(folder: Path) -> None:
    job: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    try:
        notes = _work(folder, job["suffix"], job["head"], job["name"])
        (folder / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    except MienError as error:
        plain = {"kind": type(error).__name__, "message": str(error)}
        (folder / "error.json").write_text(json.dumps(plain), encoding="utf-8")


def _work(folder: Path, suffix: str, head: str | None, name: str) -> list[str]:
    _start_blender()
    take = Take.read(folder / "line.take")
    _progress(folder, 0.1)
    performance = _own_head(take) if head is None else _artists_head(take, Path(head), name)
    _progress(folder, 0.3)
    made = folder / f"made{suffix}"
    write(made, take.motion.frames, take.motion.rate)
    _progress(folder, 0.8)
    check(made, performance, take.motion.frames, take.motion.rate)
    made.rename(folder / "result")
    _progress(folder, 1.0)
    return performance.notes


def _own_head(take: Take) -> Performance:
    face = mien_head()
    return perform_mien(*build_head(face), face, take.motion)


def _artists_head(take: Take, head: Path, name: str) -> Performance:
    objects = load_head(head, name)
    performance = perform_artists(objects, take.motion, name)
    performance.notes.extend(left_out_modifiers(objects))
    return performance


def _start_blender() -> None:
    try:
        import bpy
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == "bpy"
        state = "is not installed" if absent else f"cannot be loaded ({error})"
        raise MissingError(f"FBX and glTF need Blender's Python module, which {state}: pip install 'mien[blender]'") from error
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _progress(folder: Path, share: float) -> None:
    with (folder / "progress").open("a", encoding="ascii") as file:
        file.write(f"{share}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender's own tidying up at exit has crashed with the work already done.
    os._exit(0)
