# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the service as a process of its own, which outlives the host that started it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .children import clean_environment, end_group, flags
from .errors import INSTALL, RESTART, ServiceError
from .finding import find
from .locks import Lock
from .places import make_folder, state_folder
from .service import Service

START_LOCK = "start.lock"  # not the service.lock that the service itself holds while it runs
LOG = "service.log"
LARGEST_LOG = 1 << 20  # bytes; a longer one becomes service.log.1
LAST_LINES = 6
POLL = 0.1  # seconds


def start(
    command: Sequence[str],
    state: str | os.PathLike[str] | None = None,
    timeout: float = 60,
    watch: Callable[[str], None] = lambda line: None,
) -> Service:
    """The running service, or else a new one; waits up to ``timeout`` seconds until it answers.

    ``command`` is a list such as ``[python, "-m", "backend.cli", "serve"]``. ``watch`` is told every line that the service writes
    meanwhile. Hosts that start it at the same time get the same one: all but one wait at a lock.

    Raises:
        ServiceError: ``start``, with the last lines of its log, where it did not come up; what :func:`find` raises.
    """
    if not command:
        raise ServiceError("start", "Nobody has said where Mien is installed. Set it up.", INSTALL)
    until = time.monotonic() + timeout
    folder = make_folder(state_folder(state))
    lock = Lock(folder / START_LOCK)
    try:
        while True:
            held = lock.take()
            service = find(folder)
            if service is not None:
                return service
            if held:
                return _begin(list(command), folder, until, timeout, watch)
            if time.monotonic() > until:
                raise _too_slow(timeout, _Log(folder / LOG))
            time.sleep(POLL)
    finally:
        lock.leave()


def _begin(command: list[str], folder: Path, until: float, timeout: float, watch: Callable[[str], None]) -> Service:
    log = _Log(folder / LOG)
    process = _spawn(command, folder, log.path)
    try:
        return _wait(process, folder, log, until, timeout, watch)
    except BaseException:
        if process.poll() is None:
            end_group(process)
        raise


def _wait(process: subprocess.Popen[bytes], folder: Path, log: _Log, until: float, timeout: float, watch: Callable[[str], None]) -> Service:
    while True:
        ended = process.poll()  # asked before looking: one that found another service ends well
        service = find(folder)
        for line in log.news():
            watch(line)
        if service is not None:
            return service
        if ended is not None:
            raise ServiceError("start", f"Mien's service ended at once, with code {ended}. {log.end()}", _reinstall(ended))
        if time.monotonic() > until:
            raise _too_slow(timeout, log)
        time.sleep(POLL)


def _spawn(command: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """The process, with no window and in a session of its own, so that neither Ctrl-C nor the host's end reaches it."""
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                # Not the folder the host happens to be in: Python would import from there what it finds.
                cwd=folder,
                env={**clean_environment(), "MIEN_STATE": str(folder.absolute())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
                creationflags=flags(),
            )
    except (OSError, ValueError) as error:
        message = f"Mien's service cannot be started: '{command[0]}' does not run ({error}). Set Mien up again."
        raise ServiceError("start", message, INSTALL) from error
    # Somebody has to collect it when it ends, or its number stays taken as long as the host runs.
    threading.Thread(target=process.wait, name="mien-service", daemon=True).start()
    return process


class _Log:
    """The service's log, from where it ended when the service was started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > LARGEST_LOG:
                path.replace(path.with_name(LOG + ".1"))
        except OSError:
            pass  # none yet; or another program holds it: then it grows on
        self._read = self._start = path.stat().st_size if path.exists() else 0

    def news(self) -> list[str]:
        """Whole lines that were written since this was asked before."""
        written = self._from(self._read)
        whole = written[: written.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def end(self) -> str:
        """The last lines, as part of a message."""
        lines = [line.strip() for line in self._from(self._start).decode("utf-8", "replace").splitlines() if line.strip()]
        return f"It wrote: {' / '.join(lines[-LAST_LINES:])}" if lines else f"It wrote nothing to '{self.path}'."

    def _from(self, position: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(position)
                return file.read()
        except OSError:
            return b""


def _too_slow(timeout: float, log: _Log) -> ServiceError:
    return ServiceError("start", f"Mien's service did not come up within {timeout:g} s. {log.end()}", RESTART)


def _reinstall(code: int) -> dict[str, str]:
    return dict(INSTALL if code else RESTART)
