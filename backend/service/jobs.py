"""Jobs and their queue: every one a small file, so that they outlive the service."""

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend.errors import OutputError
from backend.files import write_atomically
from backend.service.problems import Problem, Refusal, not_found, problem

FINAL = ("done", "failed", "cancelled")
_PUBLIC = ("id", "kind", "label", "state", "stage", "share", "error", "take", "file", "notes", "created", "finished")
_TWICE = "the service ended twice while this ran. Try a shorter recording, and report it."


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class Job:
    """One thing to be done; ``request`` is all that is needed to do it again. ``turn`` counts jobs in the order they came."""

    kind: str
    request: dict[str, Any]
    label: str = ""
    priority: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turn: int = 0
    state: str = "queued"
    stage: str = ""
    share: float = 0.0
    error: Problem | None = None
    take: str | None = None
    file: str | None = None
    notes: list[str] = field(default_factory=list)
    created: str = field(default_factory=now)
    finished: str | None = None
    begun: int = 0  # times that it was started

    @property
    def final(self) -> bool:
        return self.state in FINAL

    def uses(self) -> set[str]:
        """The stored files and takes that it needs."""
        return {value for name, value in self.request.items() if name in ("recording", "textgrid", "head", "take") and value} | {
            *self.request.get("pictures", ())
        }


class Queue:
    """Safe to use from any thread. A job's file is rewritten when its state changes, not when it gets on."""

    def __init__(self, folder: Path, most: int, history: int) -> None:
        self._folder, self._most, self._history = folder, most, history
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for job in sorted(filter(None, map(_read, folder.glob("*.json"))), key=lambda job: job.turn):
            self._jobs[job.id] = job
            if job.state == "running":
                self._again(job)

    def add(self, job: Job) -> Job:
        """Put a job at the end of those of its priority.

        Raises:
            Refusal: too many wait already.
            OutputError: its file cannot be written.
        """
        with self._lock:
            if len(self._waiting()) >= self._most:
                raise Refusal(429, "busy", f"{self._most} jobs wait already: let some of them finish, or cancel them.")
            job.turn = 1 + max((other.turn for other in self._jobs.values()), default=0)
            self._write(job)
            self._jobs[job.id] = job
            self._forget()
            return job

    def take_next(self) -> Job | None:
        """The job whose turn it is, now running."""
        with self._lock:
            waiting = self._waiting()
            if not waiting:
                return None
            self.update(waiting[0].id, state="running", begun=waiting[0].begun + 1)
            return waiting[0]

    def update(self, name: str, **changes: Any) -> None:
        """Set fields of a job that is not final yet; one that is stays as it is."""
        with self._lock:
            job = self._jobs[name]
            if job.final:
                return
            lasting = "state" in changes
            if changes.get("state") in FINAL:
                changes["finished"] = now()
            for field_name, value in changes.items():
                setattr(job, field_name, value)
            if lasting:
                self._try_to_write(job)

    def put_back(self, name: str) -> None:
        """Let a job that ran through no fault of its own run again, in its old turn."""
        with self._lock:
            self._again(self._jobs[name])

    def unbegun(self, name: str) -> None:
        """Put a job back as if it had never run: the service stops in good order."""
        with self._lock:
            job = self._jobs[name]
            self.update(name, state="queued", stage="", share=0.0, begun=job.begun - 1)

    def public(self, name: str) -> dict[str, Any]:
        """A job as hosts see it.

        Raises:
            Refusal: there is none.
        """
        with self._lock:
            job = self.job(name)
            waiting = self._waiting() if job.state == "queued" else []
            position = 1 + [other.id for other in waiting].index(job.id) if waiting else 0
            return {name: getattr(job, name) for name in _PUBLIC} | {"position": position, "priority": job.priority}

    def job(self, name: str) -> Job:
        with self._lock:
            if name not in self._jobs:
                raise not_found("job", name)
            return self._jobs[name]

    def names(self) -> list[str]:
        """Of every job, oldest first."""
        with self._lock:
            return sorted(self._jobs, key=lambda name: self._jobs[name].turn)

    def made(self, take: str) -> bool:
        """Whether a job that is still remembered made a take."""
        with self._lock:
            return any(job.take == take for job in self._jobs.values())

    def open(self) -> list[Job]:
        """Those that are not final."""
        with self._lock:
            return [job for job in self._jobs.values() if not job.final]

    def _waiting(self) -> list[Job]:
        return sorted((job for job in self._jobs.values() if job.state == "queued"), key=lambda job: (-job.priority, job.turn))

    def _again(self, job: Job) -> None:
        if job.begun >= 2:
            self.update(job.id, state="failed", error=problem("worker", _TWICE))
        else:
            self.update(job.id, state="queued", stage="", share=0.0)

    def _forget(self) -> None:
        past = sorted((job for job in self._jobs.values() if job.final), key=lambda job: job.finished or "")
        for job in past[: max(len(past) - self._history, 0)]:
            del self._jobs[job.id]
            self._place(job).unlink(missing_ok=True)

    def _try_to_write(self, job: Job) -> None:
        try:
            self._write(job)
        except OutputError:
            return  # a full disk must not stop what already runs; the job is repeated after a restart

    def _write(self, job: Job) -> None:
        write_atomically(self._place(job), json.dumps(asdict(job)).encode())

    def _place(self, job: Job) -> Path:
        return self._folder / f"{job.id}.json"


def _read(path: Path) -> Job | None:
    """None where a file is no job's, or one of another version's."""
    try:
        plain: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        job = Job(**{item.name: plain[item.name] for item in fields(Job)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return job if job.id == path.stem else None
