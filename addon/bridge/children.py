# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of another Python: in an environment that the host has not bent, ended with all that they started."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import ServiceError

LONGEST_LINE = 4096


def clean_environment() -> dict[str, str]:
    """The host's environment without what makes another Python load the host's modules."""
    alien = ("PYTHON", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "CONDA_PREFIX")
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(alien)}
    return {**kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def ask(command: Sequence[str], timeout: float, cwd: Path | None = None) -> tuple[int, str, str]:
    """Run a command to its end: exit code, what it wrote, what it wrote of errors.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took longer than ``timeout`` seconds, and was ended.
    """
    process = _popen(command, cwd, subprocess.PIPE)
    try:
        written, faults = process.communicate(timeout=timeout)
    except BaseException:
        end_group(process)
        process.communicate()
        raise
    return process.returncode, written.decode("utf-8", "replace"), faults.decode("utf-8", "replace")


def lines(command: Sequence[str], stop: threading.Event, cwd: Path | None = None) -> Iterator[str]:
    """Run a command, giving its lines as they come; ends it, and what it started, when ``stop`` is set or nobody listens any more.

    Raises:
        ServiceError: ``cancelled``, after ``stop``; ``start``, where it cannot be started.
        subprocess.CalledProcessError: it ended with a code other than zero.
    """
    try:
        process = _popen(command, cwd, subprocess.STDOUT)
    except (OSError, ValueError) as error:
        raise ServiceError("start", f"'{command[0]}' does not run ({error}).") from error
    written: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, written), daemon=True)
    reader.start()
    try:
        while (line := _next(written, stop)) is not None:
            yield line
        code = process.wait()
    finally:
        end_group(process)
        reader.join(timeout=5)
        if process.stdout and not reader.is_alive():
            process.stdout.close()
    if code:
        raise subprocess.CalledProcessError(code, list(command))


def end_group(process: subprocess.Popen[bytes], grace: float = 3.0) -> None:
    """End a process and those it started: asked first, then forced."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        tool = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
        with contextlib.suppress(OSError):
            subprocess.run([str(tool), "/T", "/F", "/PID", str(process.pid)], creationflags=flags(), capture_output=True, check=False)
        process.kill()
        process.wait()
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        # The group is the process's own, so its number stays taken while one of them lives.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        until = time.monotonic() + grace
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)


def flags() -> int:
    """How Windows is to begin a process: with no window, and out of reach of Ctrl-C."""
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return 0


def _popen(command: Sequence[str], cwd: Path | None, errors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=os.name == "posix",
        creationflags=flags(),
    )


def _read(process: subprocess.Popen[bytes], written: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    try:
        while piece := process.stdout.readline(LONGEST_LINE):
            written.put(piece.decode("utf-8", "replace").rstrip())
    except (OSError, ValueError):
        pass  # it was closed meanwhile
    written.put(None)


def _next(written: queue.Queue[str | None], stop: threading.Event) -> str | None:
    while True:
        if stop.is_set():
            raise ServiceError("cancelled", "The installation was stopped. Start it again to go on where it was.")
        with contextlib.suppress(queue.Empty):
            return written.get(timeout=0.1)
