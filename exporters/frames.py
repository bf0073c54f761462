"""Pictures of Mien's head in motion, drawn by all cores."""

import multiprocessing
import multiprocessing.resource_tracker
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backend.face.heads import mien_head
from backend.face.pose import pose
from backend.face.render import View, render
from backend.motion import Channel, Motion, Rig
from exporters.options import Options

Image = NDArray[np.uint8]
Batch = tuple[tuple[Channel, ...], NDArray[np.float32], int]

_ZOOM = 1.2  # room for a turning head, little for the neck
_BATCH = 8  # frames a worker draws at a time
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_WORTH_A_POOL = 24  # frames; fewer are drawn here sooner than workers have started


def rendered(motion: Motion, size: int) -> Iterator[Image]:
    """Every frame as an image ``[size, size, 3]``, in order."""
    # A rig itself does not pickle.
    batches = [(motion.rig.channels, motion.values[start : start + _BATCH], size) for start in range(0, motion.frames, _BATCH)]
    workers = os.cpu_count() or 1
    if motion.frames < _WORTH_A_POOL or workers == 1:
        for batch in batches:
            yield from _draw(batch)
        return
    yield from _by_all(workers, batches)


def _by_all(workers: int, batches: list[Batch]) -> Iterator[Image]:
    """Drawn by processes that keep to one core each: linear algebra that spreads over all of them made drawing half as fast.

    They are started afresh, not forked: a fork of a program with threads (a service, a host) may hang.
    Ctrl-C, which a terminal sends to every process, is left to the one that started them.
    """
    pool = None
    try:
        with _unstoppable(), _one_core_each():  # workers start with the first tasks
            # An executor notices a worker that was killed; a Pool may wait for its lock for ever.
            pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
            drawn = deque(pool.submit(_draw, batch) for batch in batches)
        while drawn:
            yield from drawn.popleft().result()
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _one_core_each() -> Iterator[None]:
    """What is started meanwhile computes on one core. Only the environment reaches a process before it loads its libraries."""
    limits = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(limits, "1"))
    try:
        yield
    finally:
        for name, value in limits.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _unstoppable() -> Iterator[None]:
    """Hold signals that end a command back until the end, so that no process is left half-started.

    Processes started meanwhile never get word of Ctrl-C and a closing terminal, not even before they could refuse.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    held, noted = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM), list[int]()
    # The mask is this thread's alone; another thread may take the signal, and Python handles it here all the same.
    handlers = {number: signal.signal(number, lambda number, _: noted.append(number)) for number in held}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held[:2])
    try:
        multiprocessing.resource_tracker.ensure_running()  # lets Ctrl-C through again when it starts
        signal.pthread_sigmask(signal.SIG_BLOCK, held[:2])
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if noted:
            signal.raise_signal(noted[0])


def note_head(options: Options) -> None:
    """Say so, if the artist gave a head of their own."""
    if options.head is not None:
        options.note("pictures show Mien's head; your own goes into FBX and glTF files.")


def _draw(batch: Batch) -> list[Image]:
    channels, values, size = batch
    face = mien_head()
    # Pictures of single frames need no rate, but a motion has one.
    motion = Motion(Rig("drawn", channels), values, Fraction(1))
    return [render(face, vertices, View((size, size), zoom=_ZOOM)) for vertices in pose(face, motion)]
