# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock among the programs of one user, by a file that the system itself holds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import ServiceError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Lock:
    """Held by one program at a time. The system lets go of it when its holder ends, however that ends: it cannot go stale."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether this holds the lock now; does not wait.

        Raises:
            ServiceError: ``state``, where the file cannot be made.
        """
        if self._handle is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            message = f"Mien cannot write '{self._path}' ({error.strerror}). Free its folder, or set MIEN_STATE to another one."
            raise ServiceError("state", message, {"kind": "open_folder", "path": str(self._path.parent)}) from error
        if not _locked(handle):
            os.close(handle)
            return False
        self._handle = handle
        return True

    def leave(self) -> None:
        """Let others have it."""
        if self._handle is not None:
            os.close(self._handle)  # which unlocks; the file stays, or two could hold one name
            self._handle = None


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # on Windows it is the latter
        return False
    except OSError:
        return True  # a file system without locks: the service itself still finds the first of two
    return True
