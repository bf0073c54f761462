# SPDX-License-Identifier: GPL-3.0-or-later
"""The service as Blender's session sees it: found or started, asked off the main thread, and what it said of itself.

With a window, :func:`later` calls the service on a thread and hands the answer to the main thread
by a timer; no thread touches ``bpy``. In background mode nobody runs timers, so it answers before
it returns.
"""

import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import bpy

from ..bridge import ServiceError, find, start
from ..bridge.background import Background

Thing: TypeAlias = Any
T = TypeVar("T")
TICK = 0.05  # seconds between looks at what threads have brought
START_TIMEOUT = 90.0


@dataclass(frozen=True)
class Place:
    """Where the service is to be found: read on the main thread, used on any."""

    command: tuple[str, ...] = ()
    state: str | None = None


@dataclass(frozen=True)
class Problem:
    """What the artist is told, the button that may mend it, and the report to attach."""

    message: str
    code: str = "fault"
    fix: dict[str, Any] | None = None
    report: str = ""


@dataclass(frozen=True)
class _Task:
    done: Callable[[Any], None]
    failed: Callable[[Exception], Any]
    progress: Callable[[Any], None] = lambda _: None


class _State:
    """What a session holds; nothing of it belongs to the file."""

    def __init__(self) -> None:
        self.service: Thing = None
        self.given = False  # by use(): tests and pipelines
        self.problem: Problem | None = None
        self.notes: list[str] = []
        self.lines: deque[str] = deque(maxlen=200)
        self.background = Background()
        self.tasks: dict[int, _Task] = {}
        self.lock = threading.Lock()


_state = _State()


def use(service: Thing) -> None:
    """Talk to this service and start none: a double in tests, another connection in pipelines. ``None`` forgets it."""
    _state.service, _state.given = service, service is not None


def place() -> Place:
    """Where the preferences say the service is. Main thread."""
    from . import preferences

    return preferences.place()


def connect(where: Place, known: bool = False) -> Thing:
    """The running service, started where none runs; with ``known``, the one that answered last, unasked. Any thread.

    Raises:
        ServiceError: there is none and none can be started.
    """
    if _state.given or (known and _state.service is not None):
        return _state.service
    with _state.lock:
        found = find(state=where.state)
        if found is None and not where.command:
            raise ServiceError(
                "place", "Mien's service is not set up on this machine yet. Set it up once; it then works offline.", {"kind": "install"}
            )
        _state.service = found or start(list(where.command), state=where.state, timeout=START_TIMEOUT, watch=_state.lines.append)
    return _state.service


def service() -> Thing:
    """The running service, started where none runs. Main thread; waits.

    Raises:
        ServiceError: there is none and none can be started.
    """
    return connect(place())


def connected() -> bool:
    """Whether a service has answered in this session."""
    return _state.service is not None


def forget() -> None:
    """Look for the service anew when it is next needed."""
    if not _state.given:
        _state.service = None


def later(work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], Any] | None = None) -> None:
    """Run ``work`` off the main thread, then ``done`` or ``failed`` on it. In background mode all of it happens at once."""
    _ask(_state.background.call, work, done, failed or fail)


def latest(work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], Any] | None = None) -> None:
    """Like :func:`later`, but of the calls that come while one is running only the last is made."""
    _ask(_state.background.edit, work, done, failed or fail)


def _ask(put: Callable[..., int], work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], Any]) -> None:
    if not bpy.app.background:
        _state.tasks[put("blender", work)] = _Task(done, failed)
        return
    try:
        answer = work()
    except Exception as error:  # as from a thread
        failed(error)
    else:
        done(answer)


def stream(
    work: Callable[[], Iterator[Any]],
    stop: Callable[[], object],
    progress: Callable[[Any], None],
    done: Callable[[Any], None],
    failed: Callable[[Exception], Any],
) -> int:
    """Run what gives values one by one: ``progress`` with each, then ``done`` with the last. Never in background mode."""
    ticket = _state.background.stream("blender", work, stop)
    _state.tasks[ticket] = _Task(done, failed, progress)
    return ticket


def cancel(ticket: int) -> None:
    """Make what runs end; its ``failed`` hears of it."""
    _state.background.cancel(ticket)


def poll() -> None:
    """Hand over what threads have brought. Main thread."""
    for event in _state.background.poll():
        task = _state.tasks.get(event.ticket)
        if event.kind != "progress":
            _state.tasks.pop(event.ticket, None)
        if task is not None:
            try:
                _deliver(task, event)
            except Exception as error:  # a timer that raises is never called again
                fail(error)


def _deliver(task: "_Task", event: Thing) -> None:
    if event.kind == "progress":
        task.progress(event.value)
    elif event.kind == "result":
        task.done(event.value)
    else:
        task.failed(event.error or ServiceError("cancelled", "It was cancelled."))


def _tick() -> float:
    poll()
    return TICK


def fail(error: Exception) -> Problem:
    """Keep an error for the panel. What is no :class:`ServiceError` is a fault of this extension's own, and its report says where."""
    if isinstance(error, ServiceError) and error.code == "cancelled":
        return Problem(error.message, error.code)
    if isinstance(error, ServiceError):
        problem = Problem(error.message, error.code, error.fix, _report(error))
        if error.code in ("stopped", "timeout", "token"):
            forget()
    elif isinstance(error, ValueError):
        problem = Problem(str(error), "input", None, _report(error))
    else:
        problem = Problem(
            "Something in Mien's extension went wrong. Copy the report and send it to its makers.", "fault", None, _report(error)
        )
    _state.problem = problem
    redraw()
    return problem


def problem() -> Problem | None:
    """What went wrong last, until it is dismissed or something succeeds."""
    return _state.problem


def settle(notes: list[str] | None = None) -> None:
    """Nothing is wrong (any more); keep what the artist should know of the last thing done."""
    _state.problem, _state.notes = None, list(notes or ())
    redraw()


def notes() -> list[str]:
    """What the artist should know of the last thing done."""
    return _state.notes


def _report(error: Exception) -> str:
    lines = [
        f"Mien {_version()} in Blender {bpy.app.version_string}, {sys.platform}, Python {sys.version.split()[0]}",
        f"{getattr(error, 'code', type(error).__name__)}: {error}",
        f"fix offered: {getattr(error, 'fix', None)}",
        "".join(traceback.format_exception(type(error), error, error.__traceback__)),
        "Last lines of the service:",
        *list(_state.lines)[-40:],
    ]
    return "\n".join(lines)


def _version() -> str:
    hello = getattr(_state, "hello", None)
    return str(hello["version"]) if hello else "(no service)"


def redraw() -> None:
    """Draw every panel that may show something of Mien's."""
    if bpy.app.background:
        return
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "SEQUENCE_EDITOR", "STATUSBAR"):
                area.tag_redraw()


def register() -> None:
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK, persistent=True)


def unregister() -> None:
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _state.problem, _state.notes = None, []
    _state.background.close()
    _state.__init__()  # type: ignore[misc]
