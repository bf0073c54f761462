# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of Mien's service, one method each."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import ServiceError, unreadable
from .events import Events
from .link import PIECE, Link, Request, with_json
from .nouns import Job, Mesh, Motion
from .tensors import parse_json

SILENCE = 15.0  # seconds without a sign on a stream of events; the service gives one every 5
PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds before each further try to go on watching


class Service:
    """A running service. Every method may raise :class:`ServiceError`; methods may be called from several threads."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._sums: dict[str, tuple[tuple[int, int], str]] = {}

    def hello(self) -> dict[str, Any]:
        """Version, capabilities and limits of the service, and what its worker does."""
        return _dict(self._link.json("GET", "/hello", "say its version"))

    def generators(self) -> list[dict[str, Any]]:
        """The generators, each with its settings described."""
        return _list(self._link.json("GET", "/generators", "list its generators"))

    def rigs(self) -> list[dict[str, Any]]:
        """The rigs, each with its channels."""
        return _list(self._link.json("GET", "/rigs", "list its rigs"))

    def emotions(self) -> list[dict[str, Any]]:
        """The labels that can be felt."""
        return _list(self._link.json("GET", "/emotions", "list its emotions"))

    def formats(self) -> list[dict[str, Any]]:
        """The files that can be exported."""
        return _list(self._link.json("GET", "/formats", "list its formats"))

    def open_folder(self, path: str) -> str:
        """Let the service read the files in a folder; the folder's path as the service has it."""
        opened = self._link.json("POST", "/folders", f"open the folder '{os.fspath(path)}'", {"path": os.fspath(path)})
        return _text(_dict(opened), "path")

    def upload(self, path: str) -> str:
        """The service's id of a recording, picture, TextGrid or take; it is sent only where the service does not have it."""
        file = Path(path)
        try:
            digest = self._sum(file)
            if self._has(digest):
                return digest
            with file.open("rb") as body:
                size = os.fstat(body.fileno()).st_size
                request = Request("POST", "/files", f"take the file '{file.name}'", {"name": file.name}, body, size)
                found = _text(_dict(parse_json(self._link.whole(request))), "id")
        except (OSError, ValueError) as error:  # the latter for what no file can be called
            why = getattr(error, "strerror", None) or error
            raise ServiceError("input", f"'{path}' cannot be read ({why}). Choose another file.") from error
        if found != digest:
            raise ServiceError("input", f"'{file.name}' was written to while it was sent. Try again when it is complete.")
        return found

    def perform(
        self,
        recording_id: str,
        direction: dict[str, Any],
        script: str | None = None,
        language: str | None = None,
        textgrid: str | None = None,
        label: str = "",
    ) -> Job:
        """Begin to perform a line; :meth:`watch` says how far it is."""
        plain = {"recording": recording_id, "script": script, "language": language, "textgrid": textgrid, "direction": direction}
        asked = {"kind": "perform", **plain, "priority": 0, "label": label}
        return Job.from_json(self._link.json("POST", "/jobs", "perform a line", asked))

    def export(self, take: str, format: str, head: str | None = None) -> Job:
        """Begin to write a take as a file of this format; the finished job's ``file`` is for :meth:`file`."""
        asked = {"kind": "export", "take": take, "format": format, "head": head}
        return Job.from_json(self._link.json("POST", "/jobs", "export a take", asked))

    def file(self, id: str) -> bytes:
        """The bytes of a file that an export made."""
        return self._link.whole(Request("GET", f"/files/{_id(id)}/content", "send a file"))

    def job(self, id: str) -> Job:
        """A job as it is now."""
        return Job.from_json(self._link.json("GET", f"/jobs/{_id(id)}", "say how far it is"))

    def jobs(self) -> list[Job]:
        """All jobs that the service remembers."""
        return [Job.from_json(plain) for plain in _list(self._link.json("GET", "/jobs", "list its jobs"))]

    def cancel(self, id: str) -> Job:
        """Stop a job, waiting or running."""
        return Job.from_json(self._link.json("DELETE", f"/jobs/{_id(id)}", "cancel a job"))

    def watch(self, job_id: str) -> Iterator[Job]:
        """The job whenever it has changed, to its end. A stream that breaks is taken up again, at a restarted service too."""
        last, misses = None, 0
        while True:
            try:
                for job in self._states(job_id):
                    if job != last:
                        last, misses = job, 0
                        yield job
                    if job.over:
                        return
            except ServiceError as error:
                if error.code not in ("stopped", "timeout") or misses == len(PAUSES):
                    raise
            # A stream that ends early without a fault is taken up again as well, but not for ever without news.
            misses = min(misses + 1, len(PAUSES))
            time.sleep(PAUSES[misses - 1])

    def takes(self) -> list[dict[str, Any]]:
        """The takes that the service keeps."""
        return _list(self._link.json("GET", "/takes", "list its takes"))

    def take(self, id: str) -> dict[str, Any]:
        """Facts about a take."""
        return _dict(self._link.json("GET", f"/takes/{_id(id)}", "describe a take"))

    def take_bytes(self, id: str) -> bytes:
        """The take as a ``.take`` file."""
        return self._link.whole(Request("GET", f"/takes/{_id(id)}/take", "send a take"))

    def add_take(self, data: bytes) -> dict[str, Any]:
        """Give the service a take from a ``.take`` file; facts about it."""
        answer = self._link.whole(Request("POST", "/takes", "keep a take", None, bytes(data), len(data)))
        return _dict(parse_json(answer))

    def keep(self, id: str, label: str | None = None, kept: bool | None = None) -> dict[str, Any]:
        """Name a take, or say whether it is to be kept; facts about it."""
        changed = {key: value for key, value in (("label", label), ("kept", kept)) if value is not None}
        return _dict(self._link.json("PUT", f"/takes/{_id(id)}", "keep a take", changed))

    def forget(self, id: str) -> None:
        """Delete a take."""
        self._link.json("DELETE", f"/takes/{_id(id)}", "delete a take")

    def motion(self, take_id: str, rig: str = "arkit", rate: str = "24", start: float | None = None, end: float | None = None) -> Motion:
        """A take on a rig at a frame rate, from ``start`` to ``end`` seconds."""
        query = {"rig": rig, "rate": rate, "start": start, "end": end}
        return Motion.from_bytes(self._link.whole(Request("GET", f"/takes/{_id(take_id)}/motion", "send a motion", query)))

    def edit(
        self,
        recording_id: str,
        direction: dict[str, Any],
        rig: str = "arkit",
        rate: str = "24",
        script: str | None = None,
        language: str | None = None,
        textgrid: str | None = None,
        start: float | None = None,
        end: float | None = None,
    ) -> Motion:
        """Perform at once with what the service knows of the recording; a newer edit ends one that waits, with code ``cancelled``."""
        plain = {"recording": recording_id, "script": script, "language": language, "textgrid": textgrid, "direction": direction}
        asked = {**plain, "rig": rig, "rate": str(rate), "start": start, "end": end}
        return Motion.from_bytes(self._link.whole(with_json("POST", "/edit", "perform an edit", asked, slow=True)))

    def vertices(self, take_id: str, head: str = "flame", rate: str = "24") -> Mesh:
        """A take as a head's vertices over time."""
        query = {"head": head, "rate": rate}
        return Mesh.from_bytes(self._link.whole(Request("GET", f"/takes/{_id(take_id)}/vertices", "send a mesh", query, slow=True)))

    def match(self, meshes: list[dict[str, Any]], bones: list[str]) -> dict[str, Any]:
        """Which shapes and bones of a character carry which channels, by their names."""
        return _dict(self._link.json("POST", "/match", "match a character", {"meshes": meshes, "bones": bones}))

    def head(self) -> bytes:
        """Mien's head as GLB."""
        return self._link.whole(Request("GET", "/head.glb", "send its head"))

    def frame(self, take_id: str, n: int, size: int = 256) -> bytes:
        """Frame ``n`` of a take as a PNG, ``size`` pixels wide."""
        request = Request("GET", f"/takes/{_id(take_id)}/frames/{int(n)}.png", "draw a frame", {"size": size}, slow=True)
        return self._link.whole(request)

    def stop(self) -> None:
        """Let the service finish the running job and end."""
        self._link.json("POST", "/shutdown", "stop")

    def _states(self, job_id: str) -> Iterator[Job]:
        """The job now, then as its stream tells."""
        yield self.job(job_id)
        events = Events()
        with self._link.opened(Request("GET", f"/jobs/{_id(job_id)}/events", "say how far it is"), SILENCE) as response:
            while piece := response.read1(PIECE):
                for name, data in events.feed(piece):
                    if name == "progress":
                        yield Job.from_json(parse_json(data.encode()))

    def _has(self, digest: str) -> bool:
        try:
            self._link.json("GET", f"/files/{digest}", "look for a file")
        except ServiceError as error:
            if error.code in ("stopped", "timeout", "token", "origin"):
                raise
            return False  # whatever keeps it from saying so: to send the file again does no harm
        return True

    def _sum(self, file: Path) -> str:
        """The file's SHA-256, computed anew when its size or time has changed."""
        facts = file.stat()
        state = (facts.st_size, facts.st_mtime_ns)
        known = self._sums.get(str(file))
        if known and known[0] == state:
            return known[1]
        digest = hashlib.sha256()
        with file.open("rb") as opened:
            while piece := opened.read(1 << 20):
                digest.update(piece)
        self._sums[str(file)] = (state, digest.hexdigest())
        return digest.hexdigest()


def _id(id: str) -> str:
    """An id as a part of a path.

    Raises:
        ServiceError: ``input``, where it is none: it would lead to another call.
    """
    if not isinstance(id, str) or not id or any(sign in id for sign in "/?#%\\") or id in (".", ".."):
        raise ServiceError("input", f"'{id}' is no id of a job, take or file.")
    return id


def _dict(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise unreadable("not what was asked for")
    return answer


def _list(answer: Any) -> list[Any]:
    if not isinstance(answer, list) or not all(isinstance(entry, dict) for entry in answer):
        raise unreadable("no list")
    return answer


def _text(answer: dict[str, Any], key: str) -> str:
    if not isinstance(answer.get(key), str):
        raise unreadable(f"no {key}")
    return str(answer[key])
