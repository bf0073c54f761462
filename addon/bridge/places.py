# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Mien keeps what it must find again: the state folder, and the small JSON files in it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from .errors import ServiceError

LARGEST = 1 << 16  # bytes of a file that says where something is


def state_folder(state: str | os.PathLike[str] | None = None) -> Path:
    """The folder that service and hosts share; ``state`` or the variable MIEN_STATE take its place.

    Raises:
        ServiceError: ``state``, where the user has no home folder.
    """
    chosen = os.fspath(state) if state is not None else os.environ.get("MIEN_STATE", "")
    if chosen:
        return Path(chosen)
    try:
        return _usual(sys.platform, os.environ) / "mien"
    except RuntimeError as error:
        raise ServiceError(
            "state", "This user has no home folder, so Mien has no place for its state: set MIEN_STATE to a folder."
        ) from error


def _usual(platform: str, environment: Any) -> Path:
    """What the platform has for state; the same that ``platformdirs`` names, which the service asks."""
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if environment.get("XDG_STATE_HOME", "").startswith("/"):
        return Path(environment["XDG_STATE_HOME"])
    return Path.home() / ("Library/Application Support" if platform == "darwin" else ".local/state")


def make_folder(folder: Path) -> Path:
    """The folder, made where it is missing, open to its owner alone.

    Raises:
        ServiceError: ``state``, where it cannot be made or is someone else's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            if folder.stat().st_uid != os.getuid():
                raise _distrusted(folder, "belongs to somebody else")
            folder.chmod(0o700)
    except OSError as error:
        message = f"Mien cannot use its folder '{folder}' ({error.strerror}). Free it, or set MIEN_STATE to another one."
        raise ServiceError("state", message, _open(folder)) from error
    return folder


def read_json(path: Path, secret: bool = False) -> dict[str, Any] | None:
    """What such a file says, or None where there is none, or none that can be read.

    Raises:
        ServiceError: ``state``, where it is ``secret`` and someone else could have written or read it.
    """
    try:
        # A link could lead to a file that somebody else writes.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if secret:
            _check_owner(handle, path)
        try:
            text = file.read(LARGEST + 1)
            plain = json.loads(text.decode("utf-8")) if len(text) <= LARGEST else None
        except (OSError, ValueError, RecursionError):
            return None
    return plain if isinstance(plain, dict) else None


def write_json(path: Path, plain: dict[str, Any]) -> None:
    """Write such a file whole or not at all, readable by its owner alone.

    Raises:
        ServiceError: ``state``, where it cannot be written.
    """
    make_folder(path.parent)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(plain, file, indent=2)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        message = f"Mien cannot write '{path}' ({error.strerror}). Free some space, or set MIEN_STATE to another folder."
        raise ServiceError("state", message, _open(path.parent)) from error


def alive(pid: int) -> bool:
    """Whether a process of this user has that number. One that has ended and was not yet collected counts as alive."""
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):  # somebody else's process is not Mien's service
        return False
    return True


def _alive_on_windows(pid: int) -> bool:
    # os.kill would end it there. 0x1000: PROCESS_QUERY_LIMITED_INFORMATION; 259: STILL_ACTIVE.
    import ctypes

    kernel: Any = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    found = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(found) and code.value == 259


def _check_owner(handle: int, path: Path) -> None:
    if os.name != "posix":  # a Windows profile is closed to other users as it is
        return
    facts = os.fstat(handle)
    if facts.st_uid != os.getuid():
        raise _distrusted(path, "belongs to somebody else")
    if facts.st_mode & 0o077:
        raise _distrusted(path, "can be read or written by others")


def _distrusted(path: Path, why: str) -> ServiceError:
    return ServiceError("state", f"'{path}' {why}, so Mien does not trust it. Delete it and start Mien again.", _open(path.parent))


def _open(folder: Path) -> dict[str, Any]:
    return {"kind": "open_folder", "path": str(folder)}
