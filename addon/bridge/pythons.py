# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpreters that Mien's environment can be made with: where they usually are, and whether one has what it takes."""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .children import ask
from .errors import ServiceError

WANTED = (3, 11)  # the one that all of Mien's packages are made for
NAMED = ".".join(map(str, WANTED))
ANSWER = 20.0  # seconds that an interpreter may take to start; a first start under a virus scanner takes some

# What it says of itself. It runs in any Python 3, and in what pretends to be one.
_QUESTION = """
import importlib.util, json, struct, sys
needed = ("venv", "ensurepip", "zlib", "_ssl", "_ctypes", "_bz2", "_lzma")
print("mien:" + json.dumps({
    "version": list(sys.version_info[:3]),
    "bits": struct.calcsize("P") * 8,
    "name": sys.implementation.name,
    "path": sys.executable,
    "missing": [name for name in needed if importlib.util.find_spec(name) is None],
}))
"""
# The last five are of C, and a Python that was built by hand may be without them; torchvision wants the last two.
_PLACES = (
    "/opt/homebrew/bin/python3.11",
    "/usr/local/bin/python3.11",
    "/usr/bin/python3.11",
    "/Library/Frameworks/Python.framework/Versions/3.11/bin/python3.11",
    "~/.pyenv/versions/3.11.*/bin/python3.11",
    "~/.local/share/uv/python/cpython-3.11*/bin/python3.11",
    r"~\AppData\Local\Programs\Python\Python311\python.exe",
    r"C:\Program Files\Python311\python.exe",
    r"C:\Python311\python.exe",
)


@dataclass(frozen=True)
class Python:
    """An interpreter that answered. ``problem`` is why Mien's environment cannot be made with it, or empty."""

    path: str
    version: str
    problem: str = ""


def find_pythons() -> Iterator[Python]:
    """The usable interpreters of this machine, the likeliest first. The host's own comes last: it goes with the host's next version."""
    seen = set()
    for path in _candidates():
        try:
            python = check_python(path)
        except ServiceError:
            continue
        real = os.path.realpath(python.path)
        if not python.problem and real not in seen:
            yield python
        seen.add(real)


def check_python(path: str) -> Python:
    """Ask an interpreter what it is and has.

    Raises:
        ServiceError: ``python``, where nothing that answers like Python is there.
    """
    try:
        code, written, _ = ask([path, "-I", "-c", _QUESTION], ANSWER)
    except subprocess.TimeoutExpired as error:
        raise _no_python(path, f"it did not answer within {ANSWER:g} s") from error
    except (OSError, ValueError) as error:
        raise _no_python(path, str(error)) from error
    answer = next((line[5:] for line in written.splitlines() if line.startswith("mien:")), "")
    try:
        said = json.loads(answer)
        version = tuple(int(number) for number in said["version"])
        # A script may have led there, as pyenv's do: its own path is the one that lasts.
        real = said["path"] if isinstance(said["path"], str) and said["path"] else path
        return Python(real, ".".join(map(str, version)), _problem(version, int(said["bits"]), str(said["name"]), list(said["missing"])))
    except (ValueError, KeyError, TypeError) as error:
        raise _no_python(path, f"it ended with code {code}") from error


def require_python(path: str) -> Python:
    """An interpreter that has what it takes.

    Raises:
        ServiceError: ``python``, saying what is missing and how to get it.
    """
    python = check_python(path)
    if python.problem:
        raise ServiceError("python", f"'{path}' is Python {python.version}, {python.problem}", {"kind": "setting", "name": "python"})
    return python


def _problem(version: tuple[int, ...], bits: int, name: str, missing: list[str]) -> str:
    if version[:2] != WANTED:
        return f"and Mien needs Python {NAMED}: install it from python.org and choose it here."
    if name != "cpython" or bits != 64:
        return f"a {bits}-bit {name}; Mien needs the 64-bit Python {NAMED} from python.org."
    if missing and sys.platform.startswith("linux") and set(missing) <= {"venv", "ensurepip"}:
        return f"without its module {missing[0]}: install the system's package python{NAMED}-venv."
    if missing:
        return f"without its module {missing[0]}: install a complete Python {NAMED}, such as python.org's."
    return ""


def _no_python(path: str, why: str) -> ServiceError:
    message = f"'{path}' cannot be used as Python ({why}). Choose the program python{NAMED}, or install it from python.org."
    return ServiceError("python", message, {"kind": "setting", "name": "python"})


def _candidates() -> Iterator[str]:
    for name in (f"python{NAMED}", "python3", "python"):
        found = shutil.which(name)
        # Windows has an empty python.exe that opens a shop.
        if found and "WindowsApps" not in found:
            yield found
    launcher = shutil.which("py") if sys.platform == "win32" else None
    if launcher:
        yield from _launched(launcher)
    for pattern in _PLACES:
        yield from sorted(glob.glob(os.path.expanduser(pattern)), reverse=True)  # noqa: PTH207, PTH111  patterns, not paths
    # In a host that is not Python itself this is the host, which would open another window.
    if Path(sys.executable or "").name.lower().startswith("python"):
        yield sys.executable


def _launched(launcher: str) -> Iterator[str]:
    try:
        code, written, _ = ask([launcher, f"-{NAMED}", "-c", "import sys; print(sys.executable)"], ANSWER)
    except (OSError, subprocess.TimeoutExpired):
        return
    if not code and written.strip():
        yield written.strip()
