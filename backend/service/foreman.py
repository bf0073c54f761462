"""The foreman: a thread that gives the worker one thing after the other, listens to it, and replaces it when it fails.

Questions (edits, previews: somebody waits for the answer) go before jobs. Where a job runs already, the worker answers
them between its steps.
"""

import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from backend.service.handle import Worker
from backend.service.jobs import Job, Queue
from backend.service.limits import Limits
from backend.service.problems import Refusal, problem, told
from backend.service.progress import of_all

_TICK = 0.25  # seconds between looks at the clock
_FAILED_STARTS, _REST = 3, 10.0  # after so many, so many seconds go by between tries
_RESTART = {"kind": "restart"}
_CANCELLED = problem("cancelled", "it was cancelled.")

Result = dict[str, Any]
W = TypeVar("W")


@dataclass(eq=False)
class Ask:
    """A question to the worker; ``client`` may have one that waits, and a newer one takes its place."""

    verb: str
    asked: Result
    client: str | None = None
    answer: "Future[Result]" = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class _Running(Generic[W]):
    """What the worker was given. ``begun`` is when it set about it, ``dropped`` when it was told to stop."""

    number: int
    work: W
    begun: float | None = None
    dropped: float | None = None


class Foreman(threading.Thread):
    """``begin`` turns a job into the worker's verb and what it is asked, ``finish`` keeps its result and says what to note on the job."""

    def __init__(
        self, queue: Queue, limits: Limits, begin: Callable[[Job], tuple[str, Result]], finish: Callable[[Job, Result], Result]
    ) -> None:
        super().__init__(name="foreman", daemon=True)
        self._queue, self._limits, self._begin, self._finish = queue, limits, begin, finish
        self._lock = threading.RLock()
        self._bell, self._hand = multiprocessing.Pipe(duplex=False)
        self._asks: deque[Ask] = deque()
        self._cancelled: set[str] = set()
        self._job: _Running[Job] | None = None
        self._ask: _Running[Ask] | None = None
        self._worker: Worker | None = None
        self._number = self._failures = 0
        self._present = False  # the worker has begun and may be given work
        self._heard = self._rested = 0.0
        self._stopping = self.draining = False
        self.state, self.device = "starting", ""
        self.facts: Future[Result] = Future()

    # What other threads call.

    def ask(self, verb: str, asked: Result, client: str | None = None) -> "Future[Result]":
        """Have a question answered before the next job."""
        ask = Ask(verb, asked, client)
        with self._lock:
            for older in [other for other in self._open_asks() if client is not None and other.client == client]:
                self._give_up(older, Refusal(409, "cancelled", "a newer edit took this one's place."))
            self._asks.append(ask)
        self._ring()
        return ask.answer

    def cancel(self, name: str) -> None:
        """Cancel a job: at once where it waits, as soon as the worker has let go where it runs."""
        with self._lock:
            if self._job is not None and self._job.work.id == name:
                self._cancelled.add(name)
            else:
                self._queue.update(name, state="cancelled", error=_CANCELLED)
        self._ring()

    def drain(self) -> None:
        """Begin no further job."""
        self.draining = True
        self._ring()

    @property
    def busy(self) -> bool:
        return self._job is not None or self._ask is not None or bool(self._asks)

    @property
    def working(self) -> bool:
        """A job runs."""
        return self._job is not None

    def stop(self) -> None:
        """End the worker and this thread; a job that ran is put back."""
        self._stopping = True
        self._ring()
        self.join()

    def wake(self) -> None:
        """A job was added."""
        self._ring()

    # What the thread does.

    def run(self) -> None:
        while not self._stopping:
            self._employ()
            sources = [self._bell, *([self._worker.channel] if self._worker else [])]
            wait(sources, _TICK)
            while self._bell.poll():
                self._bell.recv_bytes()
            with self._lock:
                self._listen()
                self._watch_the_clock()
                self._give()
        with self._lock:
            self._close()

    def _ring(self) -> None:
        with self._lock:
            self._hand.send_bytes(b"!")

    def _employ(self) -> None:
        """See to it that there is a worker."""
        if self._worker is not None or time.monotonic() < self._rested:
            return
        try:
            self._worker = Worker(self._limits.speech)
        except OSError:
            self._lose("it could not be started")
        self._heard = time.monotonic()

    def _listen(self) -> None:
        try:
            while self._worker is not None and (message := self._worker.heard()) is not None:
                self._heard = time.monotonic()
                self._understand(*message)
        except EOFError:
            self._lose(self._worker.why() if self._worker else "it is gone")

    def _understand(self, kind: str, *rest: Any) -> None:
        match kind:
            case "facts":
                self._failures, self._present = 0, True
                if not self.facts.done():
                    self.facts.set_result(rest[0])
            case "ready":
                self.state, self.device = "ready", rest[0]
            case "begun":
                for running in (self._ask, self._job):
                    if running is not None and running.number == rest[0]:
                        running.begun = time.monotonic()
            case "progress":
                if self._job is not None and self._job.number == rest[0]:
                    self._queue.update(self._job.work.id, stage=rest[1], share=of_all(rest[1], float(rest[2])))
            case "done" | "failed":
                self._ended(kind == "done", *rest)

    def _ended(self, well: bool, number: int, result: Result) -> None:
        if self._ask is not None and self._ask.number == number:
            ask, self._ask = self._ask.work, None
            if well:
                _succeed(ask, result)
            else:
                _fail(ask, Refusal(_status(result["code"]), result["code"], result["message"], result["fix"]))
        elif self._job is not None and self._job.number == number:
            running, job, self._job = self._job, self._job.work, None
            self._cancelled.discard(job.id)
            if running.dropped is not None:
                self._queue.update(job.id, state="cancelled", error=_CANCELLED)
            elif not well:
                self._queue.update(job.id, state="cancelled" if result["code"] == "cancelled" else "failed", error=result)
            else:
                self._keep(job, result)

    def _keep(self, job: Job, result: Result) -> None:
        try:
            changes = self._finish(job, result)
        except Exception as error:
            self._queue.update(job.id, state="failed", error=told(error))
        else:
            self._queue.update(job.id, state="done", share=1.0, **changes)

    def _watch_the_clock(self) -> None:
        now, limits = time.monotonic(), self._limits
        if self._present:
            for ask in [ask for ask in self._open_asks() if now - ask.since > limits.wait]:
                self._give_up(ask, Refusal(429, "busy", "the service is busy with another job: wait for it, or cancel it."))
        if self._worker is None:
            return
        self._tell_of_cancelled(now)
        job, ask_running = self._job, self._ask
        if job is not None and job.dropped is not None and now - job.dropped > limits.cancel:
            self._lose_for_cancelled()
        elif now - self._heard > (limits.silent if self._present else limits.start):
            self._lose("it gave no sign of life any more")
        elif ask_running is not None and now - (ask_running.begun or now) > limits.edit:
            self._lose(f"it took longer than {limits.edit:g} s")
        elif job is not None and now - (job.begun or now) > limits.job:
            self._lose(f"it took longer than {limits.job:g} s")

    def _open_asks(self) -> list[Ask]:
        """Questions that the worker has not set about."""
        given = [self._ask.work] if self._ask is not None and self._ask.begun is None else []
        return [*given, *self._asks]

    def _give_up(self, ask: Ask, refusal: Refusal) -> None:
        _fail(ask, refusal)
        if ask in self._asks:
            self._asks.remove(ask)
        elif self._ask is not None and self._worker is not None:
            self._worker.send("cancel", self._ask.number)
            self._ask = None

    def _tell_of_cancelled(self, now: float) -> None:
        running = self._job
        if running is None or running.dropped is not None or running.work.id not in self._cancelled:
            return
        running.dropped = now
        if self._worker is not None:
            self._worker.send("cancel", running.number)

    def _lose_for_cancelled(self) -> None:
        """The worker does not heed: it goes, and the cancelled job with it; a question that it was at is asked again."""
        if self._ask is not None:
            self._asks.appendleft(self._ask.work)
            self._ask = None
        self._lose("it did not let go of a cancelled job")

    def _lose(self, why: str) -> None:
        """The worker is gone, or goes now. What it was at fails, and what it had not set about, or only paused, is put back."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None
        gone = f"the process that does the work failed: {why}. It was restarted; try again, and report it if that happens again."
        (ask, self._ask), (job, self._job) = (self._ask, None), (self._job, None)
        asking = ask is not None and ask.begun is not None
        if ask is not None and asking:
            _fail(ask.work, Refusal(503, "worker", gone, _RESTART))
        elif ask is not None:
            self._asks.appendleft(ask.work)
        if job is not None:
            self._lose_job(job, gone, asking)
        self._count_failure(gone)

    def _lose_job(self, job: _Running[Job], gone: str, innocent: bool) -> None:
        self._cancelled.discard(job.work.id)
        if job.dropped is not None:
            self._queue.update(job.work.id, state="cancelled", error=_CANCELLED)
        elif innocent:
            self._queue.put_back(job.work.id)
        else:
            self._queue.update(job.work.id, state="failed", error=problem("worker", gone, _RESTART))

    def _count_failure(self, gone: str) -> None:
        self.state, self._present = "restarting", False
        self._failures += 1  # set back by a worker that begins
        if self._failures < _FAILED_STARTS:
            return
        self._rested = time.monotonic() + _REST
        while self._asks:
            _fail(self._asks.popleft(), Refusal(503, "worker", gone, _RESTART))
        if (job := self._queue.take_next()) is not None:
            self._queue.update(job.id, state="failed", error=problem("worker", gone, _RESTART))

    def _give(self) -> None:
        worker = self._worker
        if worker is None or not self._present:
            return
        while self._asks and self._asks[0].answer.cancelled():
            self._asks.popleft()
        if self._ask is None and self._asks:
            ask = self._asks.popleft()
            self._ask = _Running(self._next_number(), ask)
            worker.send(self._ask.number, ask.verb, ask.asked)
        if self._job is None and self._ask is None and not self.draining and (job := self._queue.take_next()) is not None:
            self._start(worker, job)

    def _start(self, worker: Worker, job: Job) -> None:
        try:
            verb, asked = self._begin(job)
        except Exception as error:
            self._queue.update(job.id, state="failed", error=told(error))
            self._ring()
            return
        self._job = _Running(self._next_number(), job)
        worker.send(self._job.number, verb, asked)

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _close(self) -> None:
        if self._worker is not None:
            self._worker.kill()
        if self._job is not None:
            self._queue.unbegun(self._job.work.id)
        for ask in [*self._asks, *([self._ask.work] if self._ask is not None else [])]:
            _fail(ask, Refusal(410, "gone", "the service stops. Start it again."))


def _status(code: str) -> int:
    return {"cancelled": 409, "worker": 503, "fault": 500}.get(code, 422)


def _fail(ask: Ask, refusal: Refusal) -> None:
    try:
        ask.answer.set_exception(refusal)
    except InvalidStateError:
        return  # whoever asked has gone


def _succeed(ask: Ask, result: Result) -> None:
    try:
        ask.answer.set_result(result)
    except InvalidStateError:
        return
