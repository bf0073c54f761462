"""Formats that Blender writes for us, in a process of its own.

Blender prints, keeps global state and may crash; none of that shall reach the caller. A job is a
folder: ``line.take``, ``job.json`` and perhaps ``matching.toml`` go in, ``result`` and ``notes.json``, or
``error.json``, come out, and ``progress`` grows by a line for every step done.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend import errors
from backend.errors import MienError, OutputError
from backend.face.match import write_matching
from backend.take import Take
from exporters.blender.heads import find_head
from exporters.options import Options

_ROOT = Path(__file__).parents[2]
_OTHER_FOLDER = "Free some space for temporary files, or set TMPDIR to another folder."
_LITTLE = 1 << 20  # bytes; less free space than this is what stopped Blender


def through_blender(take: Take, options: Options, suffix: str) -> bytes:
    """The content of an ``.fbx`` or ``.glb`` file, read back before it is returned.

    Raises:
        FaceError: the artist's head cannot be read or has no shape that matches a channel.
        MissingError: Blender's Python module is not installed.
        OutputError: Blender failed, or the file did not read back as written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="mien-blender-", ignore_cleanup_errors=True) as name:
            return _made(take, options, suffix, Path(name))
    except OSError as error:
        raise OutputError(f"cannot make the {suffix} file: {(error.strerror or str(error)).lower()}. {_OTHER_FOLDER}") from error


def names_in(head: Path, progress: Callable[[float], None] = lambda _: None) -> tuple[dict[str, list[str]], list[str]]:
    """Names of an artist's character: of its shapes by mesh, without the one at rest, and of its bones.

    Raises:
        FaceError: the head cannot be read.
        MissingError: Blender's Python module is not installed.
        OutputError: Blender failed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="mien-blender-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            _give(folder, None, find_head(head, folder), head.name)
            content, _ = _done(folder, progress, f"the head '{head.name}' was read")
    except OSError as error:
        raise OutputError(f"cannot read the head '{head.name}': {(error.strerror or str(error)).lower()}. {_OTHER_FOLDER}") from error
    found = json.loads(content)
    return found["meshes"], found["bones"]


def _made(take: Take, options: Options, suffix: str, folder: Path) -> bytes:
    head = None if options.head is None else find_head(options.head, folder)
    (folder / "line.take").write_bytes(take.to_bytes())
    if options.matching is not None:
        write_matching(options.matching, folder / "matching.toml")
    _give(folder, suffix, head, options.head.name if options.head else None)
    made, notes = _done(folder, options.progress, f"the {suffix} file was written")
    for note in notes:
        options.note(note)
    return made


def _give(folder: Path, suffix: str | None, head: Path | None, name: str | None) -> None:
    job = {"suffix": suffix, "head": head and str(head), "name": name}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")


def _done(folder: Path, progress: Callable[[float], None], what: str) -> tuple[bytes, list[str]]:
    """Run the job; its result and its notes."""
    code = _run(folder, progress)
    fault, notes, result = _told(folder / "error.json"), _told(folder / "notes.json"), folder / "result"
    if fault is not None:
        raise _error(fault)
    if code or notes is None or not result.exists():
        if shutil.disk_usage(folder).free < _LITTLE:
            raise OutputError(f"Blender stopped before {what}: the disk of the folder {folder.parent} is full. {_OTHER_FOLDER}")
        raise OutputError(f"Blender stopped with code {code} before {what}: {_last_words(folder)}")
    return result.read_bytes(), notes


def _told(file: Path) -> Any:
    """What the other process wrote, or nothing: not even half of it, which a full disk leaves."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _run(folder: Path, progress: Callable[[float], None]) -> int:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))}
    # Blender leaves a temporary folder behind when it does not end in the usual way: let it be in ours, which goes.
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    command = [sys.executable, "-X", "utf8", "-m", "exporters.blender", str(folder)]
    with (folder / "log").open("wb") as log:
        # Run inside the job's folder, so that no module lying about in the caller's is picked up.
        child = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    return child.wait(timeout=0.1)
                except subprocess.TimeoutExpired:
                    progress(_share_done(folder))
        finally:
            # Reached with the child alive when the caller gives up: Ctrl-C, or a progress that raises.
            child.kill()
            child.wait()


def _share_done(folder: Path) -> float:
    file = folder / "progress"
    steps = file.read_text(encoding="ascii").split() if file.exists() else []
    return float(steps[-1]) if steps else 0.0


def _error(plain: dict[str, str]) -> MienError:
    kind: type[MienError] = getattr(errors, plain["kind"])
    return kind(plain["message"])


def _last_words(folder: Path) -> str:
    lines = [line.strip() for line in (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."
