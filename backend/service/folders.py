"""The folders that the user has opened: files elsewhere cannot be named by path."""

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from backend.errors import InputError
from backend.service.problems import Refusal


class Folders:
    """Real paths, every link resolved. ``own`` is the service's state, which stays closed."""

    def __init__(self, own: Path, most: int) -> None:
        self._own, self._most = Path(os.path.realpath(own)), most
        self._open: list[Path] = []
        self._lock = threading.Lock()

    def open(self, text: str) -> Path:
        """Let files in a folder be named by path.

        Raises:
            InputError: it is no folder, or one that cannot be opened.
            Refusal: too many are open.
        """
        real = _real(text)
        if not real.is_dir():
            raise InputError(f"there is no folder {text}: check its path.")
        if real == self._own or self._own in real.parents:
            raise InputError("the service's own state folder cannot be opened. Choose another one.")
        with self._lock:
            if real not in self._open:
                if len(self._open) >= self._most:
                    raise Refusal(429, "busy", f"{self._most} folders are open already: close some.")
                self._open.append(real)
        return real

    def close(self, text: str) -> Path:
        real = _real(text)
        with self._lock:
            if real not in self._open:
                raise Refusal(404, "not_found", f"the folder {text} is not open.")
            self._open.remove(real)
        return real

    def all(self) -> list[Path]:
        with self._lock:
            return list(self._open)

    @contextmanager
    def file(self, text: str) -> Iterator[tuple[Path, BinaryIO]]:
        """A file inside an open folder, opened for reading, and its real path.

        Raises:
            Refusal: it lies elsewhere, or a link leads elsewhere; ``fix`` names the folder to open.
            InputError: it is missing or no ordinary file.
        """
        real = _real(text)
        self._check(real, text)
        try:
            handle = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise InputError(f"cannot read {text}: {(error.strerror or str(error)).lower()}.") from error
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise InputError(f"{text} is no ordinary file. Give a recording, a picture or another file.")
            # Looked at once more, lest a link was put in its way meanwhile.
            self._check(_real(text), text)
            if not os.path.samestat(found, real.stat()):
                raise InputError(f"{text} changed while it was opened. Try again.")
            yield real, file

    def _check(self, real: Path, text: str) -> None:
        inside = any(folder in real.parents for folder in self.all())
        if not inside or self._own in real.parents:
            fix = {"kind": "open_folder", "path": str(real.parent)}
            raise Refusal(422, "input", f"{text} does not lie in a folder that you opened. Open its folder first.", fix)


def _real(text: str) -> Path:
    if not text or "\0" in text or not Path(text).is_absolute():
        raise InputError("a path must be whole, from the root of the disk. Give such a one.")
    try:
        return Path(os.path.realpath(text))
    except (OSError, ValueError) as error:
        raise InputError("this path cannot be read. Check it.") from error
