# SPDX-License-Identifier: GPL-3.0-or-later
"""The first time: make the environment that Mien's service runs in, and remember where it is.

::

    python = next(find_pythons())
    for step in install(folder, python.path, source):
        show(step.share, step.line)
    service = start(command(recall()))

Asked for again after it was stopped, or after the machine went down, it goes on where it was.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .children import ask, lines
from .errors import INSTALL, ServiceError
from .pip_lines import Pip
from .place import Place, command, default_folder, judge, mien, recall, remember, verify
from .pythons import Python, check_python, find_pythons, require_python

__all__ = [
    "Place",
    "Python",
    "Step",
    "check_python",
    "command",
    "default_folder",
    "find_pythons",
    "install",
    "recall",
    "remember",
    "require_python",
    "verify",
]

MARK = "mien-environment.json"  # says that a folder is one of these, so that nothing else is ever changed
ENVIRONMENT = "python"  # the environment is a folder in it, so that it can be made anew without losing the mark
NEEDED = 8 << 30  # bytes: 4 GB on Linux with one processor's libraries, twice that with a graphics card's
LAST_LINES = 4


@dataclass(frozen=True)
class Step:
    """A line of what happens, for a log, and how far all of it is, 0 to 1."""

    stage: str
    share: float
    line: str


def install(
    folder: str,
    python: str,
    source: str,
    constraints: str | None = None,
    state: str | os.PathLike[str] | None = None,
    stop: threading.Event | None = None,
    index: str | None = None,
) -> Iterator[Step]:
    """Make an environment in ``folder`` with the interpreter ``python``, install Mien into it, look it over, remember it.

    ``source`` is a folder with Mien's sources, a wheel, or the name it has in the package index ``index``. The versions in ``constraints``
    are used, by default those of the ``constraints.txt`` beside the source. Setting ``stop`` ends it, and what it started.

    Raises:
        ServiceError: ``python``, ``place``, ``install``, ``missing``, ``version``; ``cancelled`` after ``stop``.
    """
    stop = stop or threading.Event()
    home = Path(folder).expanduser().absolute()
    yield Step("check", 0.0, f"Looking at {python}")
    chosen = require_python(python)
    origin, limits = _origin(source, constraints, index)
    _claim(home, chosen, origin)
    inside = str(_python_of(home))
    if not _usable(inside):
        yield from _make(home, chosen, stop)
    yield from _install(inside, origin, limits, index, stop)
    yield Step("verify", 0.95, "Looking Mien over")
    version = _look(inside, stop)
    remember(Place(str(home), inside, version, origin), state)
    yield Step("verify", 1.0, f"Mien {version} is ready")


def _origin(source: str, constraints: str | None, index: str | None) -> tuple[str, str | None]:
    """What pip is to install, and the file of versions to keep to."""
    if not source or source.startswith("-") or not source.isprintable():
        raise ServiceError("install", f"'{source}' is no name of a package. Choose Mien's wheel or its folder.", INSTALL)
    path = Path(source).expanduser()
    beside: Path | None = None
    if path.is_dir():
        if not (path / "pyproject.toml").is_file():
            raise ServiceError(
                "install", f"'{source}' is no folder of Mien's sources: choose the one with pyproject.toml in it, or a wheel.", INSTALL
            )
        beside = path / "constraints.txt"
    elif path.suffix == ".whl" or os.sep in source:
        if not path.is_file():
            raise ServiceError("install", f"'{source}' is not there. Choose Mien's wheel or its folder.", INSTALL)
        beside = path.with_name("constraints.txt")
    elif index is None:
        # In the public index this name could be anybody's.
        raise ServiceError("install", "Choose Mien's wheel, its folder, or the package index of your studio that has it.", INSTALL)
    if constraints is not None and not Path(constraints).is_file():
        raise ServiceError("install", f"The list of versions '{constraints}' is not there. Choose another one, or none.", INSTALL)
    limits = constraints or (str(beside.absolute()) if beside is not None and beside.is_file() else None)
    return str(path.absolute()) if beside is not None else source, limits


def _claim(home: Path, python: Python, origin: str) -> None:
    """Make the folder this tool's own. One that holds anything else is not touched."""
    fix = {"kind": "setting", "name": "folder"}
    try:
        if home.exists() and (not home.is_dir() or (any(home.iterdir()) and not (home / MARK).is_file())):
            raise ServiceError("place", f"'{home}' holds other things. Choose an empty folder for Mien, or a new one.", fix)
        home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home).free
        if free < NEEDED and not _usable(str(_python_of(home))):
            raise ServiceError(
                "place", f"'{home}' has {free / 1e9:.1f} GB free, and Mien needs {NEEDED / 1e9:.0f}. Choose another disk.", fix
            )
        (home / MARK).write_text(json.dumps({"python": python.path, "source": origin}), "utf-8")
    except OSError as error:
        raise ServiceError("place", f"'{home}' cannot be written to ({error.strerror}). Choose another folder for Mien.", fix) from error


def _make(home: Path, python: Python, stop: threading.Event) -> Iterator[Step]:
    yield Step("environment", 0.02, f"Making an environment with Python {python.version}")
    # --clear: what a stopped one left behind may be half of an environment.
    for line in _run([python.path, "-I", "-m", "venv", "--clear", str(home / ENVIRONMENT)], stop, "make the environment"):
        yield Step("environment", 0.05, line)
    yield Step("environment", 0.1, "The environment is made")


def _install(python: str, origin: str, limits: str | None, index: str | None, stop: threading.Event) -> Iterator[Step]:
    pip = Pip(_count(limits))
    wanted = [python, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--upgrade"]
    wanted += ["-c", limits] if limits else []
    wanted += ["--index-url", index] if index else []
    for line in _run([*wanted, origin], stop, "install Mien"):
        yield Step("install", 0.1 + 0.85 * pip.share(line), line)


def _look(python: str, stop: threading.Event) -> str:
    written = list(_run(mien(python, "doctor", "--json"), stop, "look Mien over", (0, 2)))
    text = "\n".join(written)
    return str(judge(0, text[max(text.find("{"), 0) :], text, python)["version"])


def _run(words: list[str], stop: threading.Event, doing: str, well: tuple[int, ...] = (0,)) -> Iterator[str]:
    """The lines of a command, in a folder that holds no modules; its last ones are in the error where it fails."""
    last: list[str] = []
    try:
        for line in lines(words, stop, Path(words[0]).parent):
            if line.strip():
                last = [*last, line.strip()][-LAST_LINES:]
            yield line
    except subprocess.CalledProcessError as error:
        if error.returncode not in well:
            told = next((line for line in last if line.upper().startswith("ERROR")), " / ".join(last))
            raise ServiceError(
                "install", f"Python could not {doing}: {told or f'code {error.returncode}'}. Mend that and try again.", INSTALL
            ) from error


def _usable(python: str) -> bool:
    """Whether the environment was made to its end."""
    try:
        return not require_python(python).problem and not ask([python, "-I", "-c", "import pip"], 60)[0]
    except (ServiceError, OSError, subprocess.TimeoutExpired):
        return False


def _python_of(home: Path) -> Path:
    return home / ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _count(limits: str | None) -> int:
    """How many packages there will be, about."""
    if limits is None:
        return 120  # what Mien's own list of versions has
    text = Path(limits).read_text("utf-8", "replace")
    return max(sum(1 for line in text.splitlines() if "==" in line), 1)
