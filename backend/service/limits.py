"""How much, how long and how often: every limit of the service in one place."""

from dataclasses import dataclass

MIB, GIB = 2**20, 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    ``upload`` is the largest file, ``body`` the largest request that is no file. ``files`` and ``takes`` are what is kept on
    disk of each; ``speech`` is what the worker keeps in memory of heard recordings. ``queued`` jobs may wait at once, and
    ``history`` finished ones are remembered. A job may take ``job`` seconds, an edit ``edit`` seconds, of which it may wait ``wait``
    for its turn; a worker that gives no sign of life for ``silent`` seconds is restarted, and one that does not heed a
    cancellation within ``cancel``. It has ``start`` seconds to begin. ``vertices`` is the largest mesh sequence, ``picture`` the
    largest edge of a preview in pixels.
    """

    upload: int = 2 * GIB
    body: int = 4 * MIB
    files: int = 8 * GIB
    takes: int = 4 * GIB
    speech: int = 512 * MIB
    vertices: int = 2 * GIB
    picture: int = 1024
    queued: int = 1000
    history: int = 500
    folders: int = 100
    job: float = 4 * 3600.0
    edit: float = 300.0
    wait: float = 50.0
    silent: float = 60.0
    cancel: float = 2.0
    start: float = 180.0
