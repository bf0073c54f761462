# SPDX-License-Identifier: GPL-3.0-or-later
"""The double's jobs, and what goes wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .double_facts import STAGES
from .errors import RESTART, ServiceError
from .nouns import Job

CRASH = ServiceError("worker", "The worker stopped while it performed this line, and has been started again. Try once more.", RESTART)


@dataclass
class Faults:
    """What goes wrong from now on; every field may be set at any time."""

    crash_at: float | None = None  # the next job fails when its share reaches this
    cancel_at: float | None = None  # the next job is cancelled there, as by another host
    slow: float = 0.0  # seconds that every call, and every step of a job, takes
    dead: bool = False  # every call finds the service killed
    version: str = ""  # every call finds a service of this version
    errors: dict[str, ServiceError] = field(default_factory=dict)  # by method: raised once


@dataclass
class Work:
    """A job as it is, the states before it, and what was asked for."""

    job: Job
    todo: list[Job]
    asked: dict[str, Any]


class Jobs:
    """Jobs that move by one of ``steps`` whenever they are looked at; ``finish`` makes what a job leaves behind."""

    def __init__(self, steps: int, faults: Faults, finish: Callable[[Work], Job]) -> None:
        self._steps = steps
        self._faults = faults
        self._finish = finish
        self._work: dict[str, Work] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Job]:
        return [work.job for work in self._work.values()]

    def begin(self, kind: str, label: str, asked: dict[str, Any]) -> Job:
        with self._lock:
            job = Job(f"job{len(self._work) + 1:04d}", kind=kind, label=label)
            self._work[job.id] = Work(job, self._script(job), asked)
            return job

    def found(self, id: str) -> Work:
        """A job as it is, without a step."""
        if id not in self._work:
            raise ServiceError("not_found", "the service knows no such job.")
        return self._work[id]

    def step(self, id: str) -> Job:
        """The job, one step further."""
        with self._lock:
            work = self.found(id)
            if work.todo:
                work.job = work.todo.pop(0)
                if work.job.state == "done":
                    work.job = self._finish(work)
            return work.job

    def cancel(self, id: str) -> Job:
        with self._lock:
            work = self.found(id)
            if not work.job.over:
                work.job, work.todo = replace(work.job, state="cancelled"), []
            return work.job

    def _script(self, job: Job) -> list[Job]:
        """Every state that the job is to go through after this one."""
        steps = self._steps
        states = [replace(job, state="running", stage=STAGES[len(STAGES) * step // steps], share=step / steps) for step in range(steps)]
        ends = {"crash_at": replace(job, state="failed", error=CRASH), "cancel_at": replace(job, state="cancelled")}
        for name, end in ends.items():
            share = getattr(self._faults, name)
            if share is not None:
                setattr(self._faults, name, None)
                return [*(state for state in states if state.share < share), replace(end, stage=states[-1].stage, share=share)]
        return [*states, replace(states[-1], state="done", share=1.0)]
