# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that were finished after Blender had ended, or had lost the service: remembered when they begin, told when it is reached again.

What goes on is noted in the extension's own folder, so that it outlives Blender and a file that was not saved.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import bpy

from ...bridge import ServiceError
from .. import session

Thing: TypeAlias = Any
_MOST = 50  # notes that are kept, for jobs that never end
_AGAIN = 5.0  # seconds until the service is asked again for what goes on


@dataclass(frozen=True)
class Begun:
    """A generation that was asked for; ``take`` once it is known to be finished."""

    job: str
    character: str
    recording: str
    first: float
    take: str = ""


_noted: list[Begun] = []
_own: set[str] = set()  # jobs that this session still waits for


def place() -> Path | None:
    """Where notes are kept; nowhere while the extension is not installed."""
    package = __package__.rpartition(".blender")[0]
    return Path(bpy.utils.extension_path_user(package, create=True)) / "begun.json" if package.startswith("bl_ext.") else None


def began(job: str, character: str, recording: Path, first: float) -> None:
    """A generation goes on."""
    if job not in _own:
        _own.add(job)
        _noted.append(Begun(job, character, str(recording), first))
        _write()


def ended(job: str, lost: bool = False) -> None:
    """It is over here; ``lost`` says that the service went away, and may finish it yet."""
    _own.discard(job)
    if not lost:
        _noted[:] = [note for note in _noted if note.job != job]
        _write()


def finished(character: Thing) -> Begun | None:
    """The newest take of a character's present line that was finished meanwhile."""
    line = character.mien
    notes = [note for note in _noted if note.take and note.character == character.name and note.take != line.take]
    if line.source == "FILE":
        notes = [note for note in notes if Path(note.recording) == Path(bpy.path.abspath(line.audio))]
    return notes[-1] if notes else None


def look() -> None:
    """Ask a service that was reached again what has become of them; waits for nothing."""
    where, asked = session.place(), [note for note in _noted if not note.take and note.job not in _own]
    if asked:
        session.later(lambda: _ask(session.connect(where, known=True), asked), _told, lambda _: None)


def _ask(service: Thing, asked: list[Begun]) -> dict[str, str | None]:
    """The take of every job, nothing for those that go on, ``None`` for those that came to nothing. Any thread."""
    found: dict[str, str | None] = {}
    for note in asked:
        try:
            job = service.job(note.job)
        except ServiceError as error:
            if error.code != "not_found":
                raise
            found[note.job] = None
        else:
            found[note.job] = job.take if job.over else ""
    return found


def _told(found: dict[str, str | None]) -> None:
    fresh = [Begun(**{**asdict(note), "take": found.get(note.job, note.take)}) for note in _noted]
    _noted[:] = [note for note in fresh if note.take is not None]
    _write()
    session.redraw()
    if "" in found.values() and not bpy.app.background and not bpy.app.timers.is_registered(look):
        bpy.app.timers.register(look, first_interval=_AGAIN)


def _write() -> None:
    del _noted[:-_MOST]
    file = place()
    if file is not None:
        fresh = file.with_suffix(".new")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps([asdict(note) for note in _noted]), encoding="utf-8")
            fresh.replace(file)


def register() -> None:
    file = place()
    if file is not None and file.is_file():
        with contextlib.suppress(OSError, ValueError, TypeError):
            _noted[:] = [Begun(**note) for note in json.loads(file.read_text(encoding="utf-8"))]


def unregister() -> None:
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)
    _noted.clear()
    _own.clear()
