"""The state folder: where a running service can be found, and the lock that lets only one run."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from platformdirs import user_state_path

from backend.errors import OutputError
from backend.files import write_atomically


def state_folder() -> Path:
    """``$MIEN_STATE``, or the user's state folder of this system."""
    chosen = os.environ.get("MIEN_STATE")
    return Path(chosen) if chosen else user_state_path("mien", appauthor=False)


def opened(folder: Path) -> Path:
    """The state folder, made where it is not there, for its owner alone.

    Raises:
        OutputError: it cannot be made or kept from others.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"cannot use {folder} for the service's state: {reason}. Name another folder in MIEN_STATE.") from error
    return folder


@dataclass(frozen=True, slots=True)
class Address:
    """What ``service.json`` says of a running service."""

    api: int
    version: str
    pid: int
    port: int
    token: str
    started: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def write_address(folder: Path, address: Address) -> None:
    """Replace ``service.json``. Nobody else can read it at any moment: its folder is closed, and so is the file.

    Raises:
        OutputError: it cannot be written.
    """
    before = os.umask(0o077)
    try:
        write_atomically(folder / "service.json", json.dumps(asdict(address)).encode())
    finally:
        os.umask(before)


def read_address(folder: Path) -> Address | None:
    """None where there is no service.json, or it cannot be understood."""
    try:
        return Address(**json.loads((folder / "service.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_address(folder: Path, own: int) -> None:
    """Take ``service.json`` away, if it is still that of process ``own``."""
    found = read_address(folder)
    if found is not None and found.pid == own:
        (folder / "service.json").unlink(missing_ok=True)


def lock(folder: Path) -> IO[bytes] | None:
    """The open file that shows this process to be the one service; None where another one is.

    The system frees the lock when its process ends, however that comes about.
    """
    file = (folder / "service.lock").open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
