"""The worker process: it holds the models, and whatever happens to it, the service lives on.

What it is told: ``(number, verb, asked)``, ``("cancel", number)``. What it tells: ``("facts", {...})`` when it begins,
``("ready", device)`` when the models are loaded, ``("alive",)`` every second; of each task ``("begun", number)``,
``("progress", number, stage, share)``, and at its end ``("done", number, {...})`` or ``("failed", number, problem)``.
"""

import os
import signal
import sys
import threading
import traceback
from collections import deque
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from backend.service.problems import Cancelled, told

QUICK = ("edit", "seconds", "picture", "vertices")  # what somebody sits and waits for: done between the steps of a longer job
PULSE = 1.0  # seconds
_SOON = 0.1  # seconds: what was there before the worker comes so soon after it has begun
_OWN_GROUP = hasattr(os, "killpg")

Task = tuple[int, str, dict[str, Any]]


def work(channel: "Connection[Any, Any]", memory: int) -> None:
    """The whole life of the process; ``memory`` is how many bytes of heard speech to keep."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to everybody; the service decides
    if _OWN_GROUP:
        os.setpgrp()
    _Desk(channel, memory).serve()


class _Desk:
    """Orders come in on a thread of their own, so that the worker hears of a cancellation while it computes."""

    def __init__(self, channel: "Connection[Any, Any]", memory: int) -> None:
        self._channel, self._memory = channel, memory
        self._sending, self._change = threading.Lock(), threading.Condition()
        self._quick: deque[Task] = deque()
        self._long: deque[Task] = deque()
        self._unwanted: set[int] = set()
        self._within_quick = False
        threading.Thread(target=self._listen, daemon=True).start()

    def serve(self) -> NoReturn:
        from backend.service import tasks
        from backend.service.kept import Kept

        self._verbs, self._kept = tasks.VERBS, Kept(self._memory)
        self._send("facts", tasks.facts())
        warm = False
        while True:
            # Models are loaded when there is nothing to do; what waits already loads what it needs, and no more.
            if not warm and not self._waits(_SOON):
                self._send("ready", tasks.warm())
                warm = True
            self._waits(None)
            self._do((self._quick or self._long).popleft())

    def _waits(self, seconds: float | None) -> bool:
        """Whether there is something to do, waited for so long, or for ever."""
        with self._change:
            return self._change.wait_for(lambda: bool(self._quick or self._long), seconds)

    def _do(self, task: Task) -> None:
        number, verb, asked = task
        try:
            if number in self._unwanted:
                raise Cancelled
            self._send("begun", number)
            self._send("done", number, self._verbs[verb](asked, self._kept, lambda stage, share: self._watch(number, stage, share)))
        except Exception as error:
            problem = told(error)
            if problem["code"] == "fault":
                traceback.print_exc(file=sys.stderr)
            self._send("failed", number, problem)
            if isinstance(error, MemoryError):
                _end()  # what was torn apart in memory is not to be trusted
        finally:
            self._unwanted.discard(number)

    def _watch(self, number: int, stage: str, share: float) -> None:
        """Called by a task between its steps."""
        if number in self._unwanted:
            raise Cancelled
        if self._within_quick:
            return
        self._send("progress", number, stage, share)
        self._within_quick = True
        try:
            while self._quick:
                self._do(self._quick.popleft())
        finally:
            self._within_quick = False

    def _send(self, *message: Any) -> None:
        with self._sending:
            try:
                self._channel.send(message)
            except OSError:
                _end()

    def _listen(self) -> None:
        try:
            while True:
                if self._channel.poll(PULSE):
                    self._take(self._channel.recv())
                self._send("alive")
        except (EOFError, OSError):
            _end()  # the service is gone

    def _take(self, message: Any) -> None:
        if message[0] == "cancel":
            self._unwanted.add(message[1])
            return
        with self._change:
            (self._quick if message[1] in QUICK else self._long).append(message)
            self._change.notify()


def _end() -> NoReturn:
    """At once, with every process that was started on the way."""
    if _OWN_GROUP and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
