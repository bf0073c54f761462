# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that do one thing after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lane(Generic[T]):
    """One daemon thread that does what is put, in order; begun when first needed."""

    def __init__(self, name: str, do: Callable[[T], object]) -> None:
        self._name = name
        self._do = do
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ended = False

    def put(self, task: T) -> None:
        """Have something done after what waits."""
        with self._changed:
            self._waiting.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def clear(self) -> list[T]:
        """Take back what waits."""
        with self._changed:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def end(self) -> None:
        """Let the thread end when nothing waits any more."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._ended:
                    self._changed.wait()
                if not self._waiting:
                    return
                task = self._waiting.popleft()
            self._do(task)
