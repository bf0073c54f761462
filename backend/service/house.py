"""Everything that one running service has, and how a job becomes work and its result is kept."""

import shutil
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.service.folders import Folders
from backend.service.foreman import Foreman
from backend.service.jobs import Job, Queue, now
from backend.service.limits import Limits
from backend.service.problems import Refusal
from backend.service.shelf import Facts, Shelf, digest
from backend.take import Take

_HEARD = ("recording", "script", "language", "textgrid")  # what a take's speech comes from


@dataclass(frozen=True, slots=True)
class Settings:
    """``state`` is the folder for everything; ``idle`` is after how many seconds without use the service ends, 0 for never."""

    state: Path
    token: str
    port: int
    idle: float = 1800.0
    limits: Limits = field(default_factory=Limits)


class House:
    """The service's own things. Start its foreman before use, and stop it afterwards."""

    def __init__(self, settings: Settings) -> None:
        limits, store = settings.limits, settings.state / "store"
        self.settings, self.limits = settings, limits
        self.spool = store / "spool"  # on the same disk as what is kept, so that a finished file moves there in one step
        shutil.rmtree(self.spool, ignore_errors=True)
        self.spool.mkdir(parents=True)
        self.queue = Queue(store / "jobs", limits.queued, limits.history)
        self.files = Shelf(store / "files", "file", "", limits.files, self._in_use)
        self.takes = Shelf(store / "takes", "take", ".take", limits.takes, self._in_use)
        self.folders = Folders(settings.state, limits.folders)
        self.foreman = Foreman(self.queue, limits, self.begin, self.finish)
        self.stopping = threading.Event()  # the service is about to end: streams close
        self._requests, self._used = 0, time.monotonic()
        self._counting = threading.Lock()

    def entered(self, by: int) -> None:
        """Count the requests that are under way."""
        with self._counting:
            self._requests += by
            self._used = time.monotonic()

    def idle_for(self) -> float:
        """Seconds since something was last asked or done."""
        if self._requests or self.foreman.busy or self.queue.open():
            self._used = time.monotonic()
        return time.monotonic() - self._used

    def new_place(self) -> Path:
        """A path for a file that is being made."""
        return self.spool / uuid.uuid4().hex

    def begin(self, job: Job) -> tuple[str, dict[str, Any]]:
        """The worker's verb for a job, and what it is asked.

        Raises:
            Refusal: a file or take that it needs has gone.
        """
        request = job.request
        if job.kind == "perform":
            return "perform", self.performance(request) | {"to": str(self._result(job))}
        facts = self.takes.facts(request["take"])
        heard = {name: facts.get(name) for name in _HEARD}
        there = heard["recording"] in self.files and (heard["textgrid"] is None or heard["textgrid"] in self.files)
        asked = self.speech(heard) if there else dict.fromkeys(("audio", "script", "language", "textgrid"))
        head = request["head"] and self.named(request["head"])
        return "export", asked | {"take": str(self.takes.path(request["take"])), "to": str(self._result(job)), "head": head}

    def named(self, name: str) -> dict[str, str]:
        """Where a stored file lies, and what it was called."""
        return {"name": self.files.facts(name)["name"], "path": str(self.files.path(name))}

    def speech(self, heard: dict[str, Any]) -> dict[str, Any]:
        """What the worker hears a recording by."""
        textgrid = heard["textgrid"]
        return {
            "audio": str(self.files.path(heard["recording"])),
            "script": heard["script"],
            "language": heard["language"],
            "textgrid": str(self.files.path(textgrid)) if textgrid else None,
        }

    def performance(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the worker performs by."""
        pictures = {name: self.named(name) for name in request["pictures"]}
        return self.speech(request) | {"direction": request["direction"], "name": request["name"], "pictures": pictures}

    def finish(self, job: Job, result: dict[str, Any]) -> dict[str, Any]:
        """Keep what a job has made; what to note on the job."""
        if job.kind == "perform":
            self.keep_take(job.id, self._result(job), job.label, {name: job.request[name] for name in _HEARD})
            return {"take": job.id, "notes": result["notes"]}
        made = self._result(job)
        name = digest(made)
        size = made.stat().st_size
        self.files.put(name, made, {"id": name, "name": job.request["name"], "size": size})
        return {"file": name, "notes": result["notes"]}

    def keep_take(self, name: str, content: Path, label: str, heard: dict[str, Any]) -> Facts:
        """Put a finished take on its shelf.

        Raises:
            TakeError: it is none.
        """
        take = Take.read(content)
        facts = {
            "id": name,
            "name": take.sound.name,
            "seconds": take.sound.duration,
            "generator": take.direction.generator,
            "seed": take.direction.seed,
            "rig": take.motion.rig.name,
            "rate": str(take.motion.rate),
            "frames": take.motion.frames,
            "created": now(),
            "label": label,
            "kept": False,
        }
        return self.takes.put(name, content, heard | facts)

    def take(self, name: str) -> Take:
        """A take of the shelf.

        Raises:
            Refusal: there is none, or it was removed.
        """
        self.check_take(name)
        return Take.read(self.takes.path(name))

    def check_take(self, name: str) -> None:
        """See whether a take is here.

        Raises:
            Refusal: there is none, or it was removed.
        """
        if name not in self.takes and self.queue.made(name):
            raise Refusal(410, "gone", "this take was removed, or went to make room. Generate it again.")
        self.takes.facts(name)

    def _result(self, job: Job) -> Path:
        """Where a job's result is made; of a file, with the suffix that says its format."""
        return self.spool / f"{job.id}{job.request.get('format', '.take')}"

    def _in_use(self) -> set[str]:
        return set().union(*(job.uses() for job in self.queue.open()))


def spooled(house: House, content: bytes) -> Path:
    """Bytes as a file that can be put on a shelf."""
    handle, name = tempfile.mkstemp(dir=house.spool)
    with open(handle, "wb") as file:  # noqa: PTH123 - a number, not a path
        file.write(content)
    return Path(name)
