# SPDX-License-Identifier: GPL-3.0-or-later
"""A service in memory, with the methods of :class:`~.service.Service`, for the tests of hosts.

Nothing is heard and nothing computed: motions come from formulae, so that a test knows what to expect. What goes wrong is said by
:class:`~.double_work.Faults`::

    service = Double()
    service.faults.crash_at = 0.5  # the next job fails half-way, as when the worker was killed
    service.faults.errors["motion"] = ServiceError("busy", "Too much at once.")
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import time
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import double_shapes as shapes
from .double_facts import EMOTIONS, FORMATS, GENERATORS, RIGS
from .double_work import Faults, Jobs, Work
from .errors import ServiceError, stopped
from .finding import API, check_version
from .nouns import Job, Mesh, Motion
from .tensors import parse_json, read_tensors

VERSION = "0.1.0"


class Double:
    """A service in memory. A job moves by one of ``steps`` whenever it is looked at; ``calls`` has the names of the methods called."""

    def __init__(self, seconds: float = 2.0, steps: int = 4) -> None:
        self.faults = Faults()
        self.calls: list[str] = []
        self._seconds = seconds
        self._files: dict[str, tuple[str, bytes]] = {}
        self._folders: list[str] = []
        self._jobs = Jobs(steps, self.faults, self._done)
        self._numbers = itertools.count(1)
        self._takes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def hello(self) -> dict[str, Any]:
        self._called("hello")
        limits = {"upload_bytes": 1 << 30, "recording_seconds": 3600}
        facts = {"name": "mien", "version": VERSION, "api": API, "pid": os.getpid(), "device": "double", "worker": "ready"}
        return {**facts, "capabilities": ["perform", "export", "edit", "match"], "limits": limits}

    def generators(self) -> list[dict[str, Any]]:
        self._called("generators")
        return list(_copy(GENERATORS))

    def rigs(self) -> list[dict[str, Any]]:
        self._called("rigs")
        return list(_copy(RIGS))

    def emotions(self) -> list[dict[str, Any]]:
        self._called("emotions")
        return list(_copy(EMOTIONS))

    def formats(self) -> list[dict[str, Any]]:
        self._called("formats")
        return list(_copy(FORMATS))

    def open_folder(self, path: str) -> str:
        self._called("open_folder")
        if not Path(path).is_dir():
            raise ServiceError("input", f"'{path}' is no folder.")
        self._folders.append(str(Path(path).resolve()))
        return self._folders[-1]

    def upload(self, path: str) -> str:
        self._called("upload")
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            raise ServiceError("input", f"'{path}' cannot be read ({error}). Choose another file.") from error
        digest = hashlib.sha256(data).hexdigest()
        self._files[digest] = (Path(path).name, data)
        return digest

    def perform(
        self,
        recording_id: str,
        direction: dict[str, Any],
        script: str | None = None,
        language: str | None = None,
        textgrid: str | None = None,
        label: str = "",
    ) -> Job:
        self._called("perform")
        self._length(recording_id)
        _check(direction)
        return self._jobs.begin("perform", label, {"recording": recording_id, "direction": _copy(direction)})

    def export(self, take: str, format: str, head: str | None = None) -> Job:
        self._called("export")
        self._take(take)
        if format not in [known["suffix"] for known in FORMATS]:
            raise ServiceError("direction", f"'{format}' is no format that can be exported.")
        return self._jobs.begin("export", "", {"take": take, "format": format})

    def file(self, id: str) -> bytes:
        self._called("file")
        return self._file(id)[1]

    def job(self, id: str) -> Job:
        self._called("job")
        return self._jobs.step(id)

    def jobs(self) -> list[Job]:
        self._called("jobs")
        return self._jobs.all()

    def cancel(self, id: str) -> Job:
        self._called("cancel")
        return self._jobs.cancel(id)

    def watch(self, job_id: str) -> Iterator[Job]:
        self._called("watch")
        last = None
        while last is None or not last.over:
            job = self._jobs.step(job_id)
            if job != last:
                yield job
            last = job
            self._alive()

    def takes(self) -> list[dict[str, Any]]:
        self._called("takes")
        return [_copy(facts) for facts, _ in self._takes.values()]

    def take(self, id: str) -> dict[str, Any]:
        self._called("take")
        return dict(_copy(self._take(id)[0]))

    def take_bytes(self, id: str) -> bytes:
        self._called("take_bytes")
        facts, asked = self._take(id)
        motion = shapes.perform(asked["direction"], asked["seconds"], facts["rig"], facts["rate"])
        return shapes.pack(motion, {"facts": facts, "asked": asked})

    def add_take(self, data: bytes) -> dict[str, Any]:
        self._called("add_take")
        try:
            note = parse_json(read_tensors(data)[1].get("double", "").encode())
            return self._keep(note["facts"]["name"], note["asked"], note["facts"]["label"])
        except (ServiceError, KeyError, TypeError) as error:
            raise ServiceError("take", "this is no take that this double wrote.") from error

    def keep(self, id: str, label: str | None = None, kept: bool | None = None) -> dict[str, Any]:
        self._called("keep")
        facts = self._take(id)[0]
        facts.update({key: value for key, value in (("label", label), ("kept", kept)) if value is not None})
        return dict(_copy(facts))

    def forget(self, id: str) -> None:
        self._called("forget")
        self._take(id)
        del self._takes[id]

    def motion(self, take_id: str, rig: str = "arkit", rate: str = "24", start: float | None = None, end: float | None = None) -> Motion:
        self._called("motion")
        asked = self._take(take_id)[1]
        return shapes.perform(asked["direction"], asked["seconds"], rig, str(rate), start, end)

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
        self._called("edit")
        _check(direction)
        return shapes.perform(direction, self._length(recording_id), rig, str(rate), start, end)

    def vertices(self, take_id: str, head: str = "flame", rate: str = "24") -> Mesh:
        self._called("vertices")
        asked = self._take(take_id)[1]
        if head not in ("flame", "mien"):
            raise ServiceError("face", f"'{head}' is no head: choose flame or mien.")
        return shapes.mesh(shapes.perform(asked["direction"], asked["seconds"], "arkit", str(rate)))

    def match(self, meshes: list[dict[str, Any]], bones: list[str]) -> dict[str, Any]:
        self._called("match")
        names = [channel["name"] for channel in RIGS[0]["channels"] if channel["unit"] == "weight"]
        found: dict[str, list[dict[str, Any]]] = {}
        for mesh in meshes:
            spelled = {_plain(shape): shape for shape in mesh["shapes"]}
            for name in names:
                if _plain(name) in spelled:
                    entry = {"mesh": mesh["name"], "shape": spelled[_plain(name)], "scale": 1.0, "score": 1.0}
                    found.setdefault(name, []).append(entry)
        turned = {bone: ["headYaw", "headPitch", "headRoll"] for bone in bones if _plain(bone) == "head"}
        missing = [name for name in names if name not in found]
        return {"preset": None, "channels": found, "guessed": [], "missing": missing, "bones": turned}

    def head(self) -> bytes:
        self._called("head")
        return shapes.glb()

    def frame(self, take_id: str, n: int, size: int = 256) -> bytes:
        self._called("frame")
        frames = self._take(take_id)[0]["frames"]
        if not 0 <= n < frames:
            raise ServiceError("not_found", f"the take has no frame {n}: its last is {frames - 1}.")
        return shapes.png(size, 255 * n // frames)

    def stop(self) -> None:
        self._called("stop")
        self.faults.dead = True

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self._alive()
        if name in self.faults.errors:
            raise self.faults.errors.pop(name)

    def _alive(self) -> None:
        if self.faults.slow:
            time.sleep(self.faults.slow)
        if self.faults.dead:
            raise stopped()
        if self.faults.version:
            check_version(API, self.faults.version)

    def _file(self, id: str) -> tuple[str, bytes]:
        if id not in self._files:
            raise ServiceError("not_found", "the service does not have this file: upload it again.")
        return self._files[id]

    def _length(self, recording_id: str) -> float:
        """Seconds of a recording: a WAVE's own, and the double's for anything else."""
        data = self._file(recording_id)[1]
        try:
            with wave.open(io.BytesIO(data)) as sound:
                return float(sound.getnframes() / sound.getframerate())
        except (wave.Error, EOFError, ZeroDivisionError):
            return self._seconds

    def _done(self, work: Work) -> Job:
        asked = work.asked
        if work.job.kind == "perform":
            name, _ = self._file(asked["recording"])
            wishes = {"direction": asked["direction"], "seconds": self._length(asked["recording"])}
            return replace(work.job, take=self._keep(name, wishes, work.job.label)["id"])
        data = self.take_bytes(asked["take"]) if asked["format"] == "take" else _csv(self.motion(asked["take"]))
        digest = hashlib.sha256(data).hexdigest()
        self._files[digest] = (f"{asked['take']}.{asked['format']}", data)
        return replace(work.job, file=digest)

    def _keep(self, name: str, asked: dict[str, Any], label: str) -> dict[str, Any]:
        wishes = asked["direction"]
        rate, rig = str(wishes.get("rate", "30")), wishes.get("rig", "arkit")
        facts = {
            "id": f"take{next(self._numbers):04d}",
            "name": name,
            "seconds": asked["seconds"],
            "generator": wishes.get("generator", "rules"),
            "seed": wishes.get("seed", 0),
            "rig": rig,
            "rate": rate,
            "created": "2026-01-01T00:00:00+00:00",
            "label": label,
            "kept": False,
            "frames": shapes.perform(wishes, asked["seconds"], rig, rate).frames,
        }
        self._takes[str(facts["id"])] = (facts, asked)
        return dict(_copy(facts))

    def _take(self, id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if id not in self._takes:
            raise ServiceError("not_found", "the service has no such take.")
        return self._takes[id]


def _check(direction: dict[str, Any]) -> None:
    """Refuse the wishes that a host is likeliest to get wrong, as the service does."""
    labels = {name for emotion in EMOTIONS for name in (emotion["name"], *emotion["aliases"])}
    for guide in direction.get("guides", ()):
        if guide.get("kind", "label") == "label" and guide.get("value") not in labels:
            raise ServiceError("direction", f"unknown emotion '{guide.get('value')}': choose one of {', '.join(sorted(labels))}.")
    if direction.get("generator", "rules") not in [known["name"] for known in GENERATORS]:
        raise ServiceError("direction", f"unknown generator '{direction['generator']}': choose rules or still.")


def _csv(motion: Motion) -> bytes:
    columns = [motion.column(name) for name in motion.channels]
    rows = [",".join(f"{column[frame]:.6f}" for column in columns) for frame in range(motion.frames)]
    return "\n".join([",".join(motion.channels), *rows, ""]).encode()


def _plain(name: str) -> str:
    """A shape's name without case and separators, sides spelled out."""
    words = name.replace("_L", "Left").replace("_R", "Right").replace(".l", "Left").replace(".r", "Right")
    return "".join(sign for sign in words.lower() if sign.isalnum())


def _copy(plain: Any) -> Any:
    """What a host does with an answer does not change the next one."""
    return json.loads(json.dumps(plain))
