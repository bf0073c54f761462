"""The process that holds Blender: ``python -m exporters.blender FOLDER``."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.errors import MienError, MissingError
from backend.face.heads import mien_head
from backend.face.match import read_matching
from backend.take import Take
from exporters.blender.build import build_head
from exporters.blender.files import check, write
from exporters.blender.heads import load_head
from exporters.blender.performance import Performance, left_out_modifiers, names_of, perform_artists, perform_mien


def main(folder: Path) -> None:
    job: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    head = job["head"] and Path(job["head"])
    try:
        _start_blender()
        notes = _names(folder, job) if job["suffix"] is None else _work(folder, job["suffix"], head, job["name"])
        # Last of all, for it says that the result is whole.
        (folder / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    except MienError as error:
        plain = {"kind": type(error).__name__, "message": str(error)}
        (folder / "error.json").write_text(json.dumps(plain), encoding="utf-8")


def _names(folder: Path, job: dict[str, Any]) -> list[str]:
    found = names_of(load_head(Path(job["head"]), job["name"]))
    (folder / "result").write_text(json.dumps(asdict(found)), encoding="utf-8")
    return []


def _work(folder: Path, suffix: str, head: Path | None, name: str) -> list[str]:
    take = Take.read(folder / "line.take")
    _progress(folder, 0.1)
    performance = _own_head(take) if head is None else _artists_head(folder, take, head, name)
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


def _artists_head(folder: Path, take: Take, head: Path, name: str) -> Performance:
    matching = folder / "matching.toml"
    objects = load_head(head, name)
    performance = perform_artists(objects, take.motion, name, read_matching(matching) if matching.exists() else None)
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
