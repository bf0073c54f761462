# SPDX-License-Identifier: GPL-3.0-or-later
"""One generation: asked on the main thread, run on any, its result keyed on the main thread again."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from ...bridge import ServiceError
from .. import described, session, sound
from ..keys import scene_rate
from ..takes import meanwhile
from . import direction as directions
from .sample import Span

Thing: TypeAlias = Any


@dataclass(frozen=True)
class Request:
    """Everything that a generation needs, with nothing of Blender in it."""

    where: session.Place
    character: str
    recording: Path
    first: float
    rate: Fraction
    rig: str
    direction: dict[str, Any]
    pictures: dict[str, Path]
    script: str | None
    language: str | None
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What lists call it."""
        return f"{self.character}: {self.recording.name}"


@dataclass(frozen=True)
class Finished:
    """A take and its motion at the scene's rate; ``said`` is what the service says of itself, where that was not known yet."""

    take: str
    motion: Thing
    said: dict[str, Any] | None = None


def ask(context: Thing, character: Thing) -> Request:
    """What the panel is set to. Main thread.

    Raises:
        ValueError: something is missing; the message tells the artist what.
    """
    line, scene = character.mien, context.scene
    told = list[str]()
    path, first = sound.recording(context, line, told)
    span = Span(first, scene_rate(scene), sound.length(path))
    plain, pictures, notes = directions.direction(scene, character, span)
    return Request(
        where=session.place(),
        character=character.name,
        recording=path,
        first=first,
        rate=span.rate,
        rig=plain["rig"],
        direction=plain,
        pictures=pictures,
        script=sound.script(line),
        language=line.language.strip() or None,
        notes=(*told, *notes),
    )


@dataclass
class Work:
    """The calls of one generation. Any thread; :meth:`stop` from any other."""

    request: Request
    know: bool = True
    stopping: threading.Event = field(default_factory=threading.Event)
    begun: list[tuple[Thing, str]] = field(default_factory=list)

    def steps(self) -> Iterator[Thing]:
        """Jobs as they go on, and :class:`Finished` at the end.

        Raises:
            ServiceError: it failed or was cancelled.
        """
        asked = self.request
        service = session.connect(asked.where)
        said = None if self.know else described.ask(service)
        recording = service.upload(str(asked.recording))
        plain = sent(service, asked)
        self._check()
        job = service.perform(recording, plain, asked.script, asked.language, label=asked.label)
        self.begun.append((service, job.id))
        if self.stopping.is_set():
            service.cancel(job.id)
        yield job
        for changed in service.watch(job.id):
            job = changed
            yield job
        if job.state == "failed" and job.error is not None:
            raise job.error
        if job.state != "done" or job.take is None:
            raise _cancelled() if job.state == "cancelled" else ServiceError("fault", "The job ended without a take. Try again.")
        yield Finished(job.take, service.motion(job.take, rig=asked.rig, rate=str(asked.rate)), said)

    def stop(self) -> None:
        """Cancel it."""
        self.stopping.set()
        for service, job in self.begun:
            service.cancel(job)

    def _check(self) -> None:
        if self.stopping.is_set():
            raise _cancelled()


def sent(service: Thing, asked: Request) -> dict[str, Any]:
    """The direction as the service takes it, its pictures uploaded. Any thread."""
    ids = {key: service.upload(str(path)) for key, path in asked.pictures.items()}
    return directions.with_pictures(asked.direction, ids)


def _cancelled() -> Exception:
    return ServiceError("cancelled", "The generation was cancelled.")


class Run:
    """A generation that goes on while the window is used; the panel shows it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.state = "running"
        self.job: Thing = None
        self.finished: Finished | None = None
        self._work = Work(request, described.current())
        self.ticket = session.stream(self._work.steps, self._work.stop, self._progress, self._done, self._failed)

    def cancel(self) -> None:
        """Ask for its end; :attr:`state` says when it has come."""
        session.cancel(self.ticket)
        self.state = "cancelling" if self.state == "running" else self.state
        session.redraw()

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def share(self) -> float:
        return float(self.job.share) if self.job is not None else 0.0

    @property
    def text(self) -> str:
        """What it is at, for panel and status bar."""
        if self.state == "cancelling":
            return "Cancelling ..."
        if self.job is None:
            return "Reaching the service ..."
        if self.job.state == "queued":
            return f"Waiting, {self.job.position} before it" if self.job.position else "Waiting for the worker"
        return str(self.job.stage or "Performing").capitalize()

    def _progress(self, value: Thing) -> None:
        if not isinstance(value, Finished):
            self.job = value
            meanwhile.began(value.id, self.request.character, self.request.recording, self.request.first)
            session.redraw()

    def _done(self, value: Thing) -> None:
        self.finished, self.state = value, "done"
        self._ended()

    def _failed(self, error: Exception) -> None:
        if getattr(error, "code", "") == "cancelled" or self.state == "cancelling":
            self.state = "cancelled"
        else:
            self.state = "failed"
            session.fail(error)
        self._ended(lost=getattr(error, "code", "") in ("stopped", "timeout"))
        session.redraw()

    def _ended(self, lost: bool = False) -> None:
        if self.job is not None:
            meanwhile.ended(self.job.id, lost)


current: Run | None = None
pending: tuple[Request, Finished] | None = None  # waits for the operator that keys it
