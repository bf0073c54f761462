# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that may not stop a host's window: they run on daemon threads, and the host polls for what they gave.

::

    background = Background()
    ticket = background.call("takes", service.takes)
    background.perform(service, "line.wav", direction)
    ...
    for event in background.poll():  # on the host's main thread, by its timer
        if event.kind == "result" and event.ticket == ticket:
            show(event.value)

Nothing here touches the host: whatever is called must not either.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import ServiceError
from .lanes import Lane

if TYPE_CHECKING:
    from .double import Double
    from .nouns import Job
    from .service import Service

    AnyService = Service | Double  # never computed: Python 3.9 has no such sum


@dataclass(frozen=True)
class Event:
    """What became of a call: ``kind`` is ``progress``, ``result``, ``error`` or ``cancelled``; all but the first are a ticket's last."""

    ticket: int
    name: str
    kind: str
    value: Any = None
    error: ServiceError | None = None


@dataclass
class _Task:
    ticket: int
    name: str
    work: Callable[[], Any]
    stop: Callable[[], object] | None = None
    dropped: bool = False
    began: bool = False


class Background:
    """Runs calls one after the other, edits beside them with the newest alone waiting, and streams each on a thread of its own."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._tickets = itertools.count(1)
        self._tasks: dict[int, _Task] = {}
        self._lock = threading.Lock()
        self._calls: Lane[_Task] = Lane("mien-calls", self._run)
        self._edits: Lane[_Task] = Lane("mien-edits", self._run)
        self._stops: Lane[_Task] = Lane("mien-stops", _quietly)
        self._closed = False

    def poll(self) -> list[Event]:
        """The events since the last time, oldest first; never waits."""
        found = []
        while True:
            try:
                found.append(self._events.get_nowait())
            except queue.Empty:
                return found

    def call(self, name: str, work: Callable[..., Any], *args: Any, **named: Any) -> int:
        """Run a call after those that wait; its ticket."""
        return self._put(self._calls, _Task(next(self._tickets), name, lambda: work(*args, **named)))

    def edit(self, name: str, work: Callable[..., Any], *args: Any, **named: Any) -> int:
        """Run a call at once, or after the edit that runs; one that still waits is dropped, with an event ``cancelled``."""
        task = _Task(next(self._tickets), name, lambda: work(*args, **named))
        for older in self._edits.clear():
            self._drop(older)
        return self._put(self._edits, task)

    def stream(self, name: str, work: Callable[[], Iterator[Any]], stop: Callable[[], object] | None = None) -> int:
        """Run what gives values one by one: an event ``progress`` for each, then ``result`` with the last.

        ``stop`` is called, on a thread, when the ticket is cancelled: it makes ``work`` end. Without it, the next value is the last.
        """
        task = _Task(next(self._tickets), name, work, stop)
        self._remember(task)
        threading.Thread(target=self._stream, args=(task,), name=f"mien-{name}", daemon=True).start()
        return task.ticket

    def perform(self, service: AnyService, recording: str, direction: dict[str, Any], name: str = "perform", **named: Any) -> int:
        """Upload a recording, perform it and follow the job. Progress is a Job each; the result is the finished Job.

        A job that failed is an event ``error`` with the job's own error. Cancelling cancels the job.
        """
        return self.follow(service, lambda: service.perform(service.upload(recording), direction, **named), name)

    def follow(self, service: AnyService, begin: Callable[[], Job], name: str = "job") -> int:
        """Begin a job and follow it, as :meth:`perform` does."""
        begun: list[str] = []
        stopping = threading.Event()

        def work() -> Iterator[Job]:
            job = begin()
            begun.append(job.id)
            if stopping.is_set():
                service.cancel(job.id)
            yield job
            for state in service.watch(job.id):
                if state != job:
                    yield state
                job = state
            _check(job)

        def stop() -> None:
            stopping.set()
            for job_id in begun:
                service.cancel(job_id)

        return self.stream(name, work, stop)

    def cancel(self, ticket: int) -> None:
        """Drop a call that waits, or make what runs end; it answers with an event ``cancelled``. A ticket that is over is left alone."""
        with self._lock:
            task = self._tasks.get(ticket)
            if task is None or task.dropped:
                return
            task.dropped = True
            waiting, stop = not task.began, task.stop
        if waiting:
            self._finish(task, Event(task.ticket, task.name, "cancelled"))
        elif stop is not None:
            self._stops.put(_Task(0, "stop", stop))

    def busy(self) -> bool:
        """Whether anything waits or runs."""
        with self._lock:
            return bool(self._tasks)

    def close(self) -> None:
        """Cancel everything; nothing can be called any more. Threads that wait for an answer end with the host."""
        self._closed = True
        with self._lock:
            tickets = list(self._tasks)
        for ticket in tickets:
            self.cancel(ticket)
        for lane in (self._calls, self._edits, self._stops):
            lane.end()

    def _put(self, lane: Lane[_Task], task: _Task) -> int:
        self._remember(task)
        lane.put(task)
        return task.ticket

    def _remember(self, task: _Task) -> None:
        if self._closed:
            raise ServiceError("fault", "Mien has been closed in this program. Switch the add-on off and on again.")
        with self._lock:
            self._tasks[task.ticket] = task

    def _begin(self, task: _Task) -> bool:
        with self._lock:
            task.began = not task.dropped
            return task.began

    def _drop(self, task: _Task) -> None:
        with self._lock:
            already, task.dropped = task.dropped, True
        if not already:
            self._finish(task, Event(task.ticket, task.name, "cancelled"))

    def _finish(self, task: _Task, event: Event) -> None:
        with self._lock:
            if self._tasks.pop(task.ticket, None) is None:
                return
        self._events.put(event)

    def _run(self, task: _Task) -> None:
        if not self._begin(task):
            return
        try:
            value = task.work()
        except BaseException as error:  # a thread that ended would answer nothing any more
            self._finish(task, _failed(task, error))
        else:
            done = Event(task.ticket, task.name, "result", value)
            self._finish(task, Event(task.ticket, task.name, "cancelled") if task.dropped else done)

    def _stream(self, task: _Task) -> None:
        if not self._begin(task):
            return
        value, values = None, None
        try:
            values = task.work()
            for value in values:
                self._events.put(Event(task.ticket, task.name, "progress", value))
                if task.dropped and task.stop is None:
                    raise ServiceError("cancelled", "It was cancelled.")
        except BaseException as error:
            self._finish(task, _failed(task, error))
        else:
            self._finish(task, Event(task.ticket, task.name, "result", value))
        finally:
            if isinstance(values, Generator):
                values.close()


def _check(job: Job) -> None:
    if job.state == "cancelled":
        raise ServiceError("cancelled", "The job was cancelled.")
    if job.state == "failed":
        raise job.error or ServiceError("fault", "The job failed, and the service does not say why.", {"kind": "restart"})


def _failed(task: _Task, error: BaseException) -> Event:
    if isinstance(error, ServiceError):
        kind = "cancelled" if error.code == "cancelled" else "error"
        return Event(task.ticket, task.name, kind, None, error)
    fault = ServiceError("fault", f"A fault in the add-on itself ({type(error).__name__}: {error}). Please report it.")
    fault.__cause__ = error
    return Event(task.ticket, task.name, "error", None, fault)


def _quietly(task: _Task) -> None:
    with contextlib.suppress(Exception):  # what was to be stopped tells itself how it ended
        task.work()
