# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Mien is installed: remembered for every host of this user, and looked over before it is called ready."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .children import ask
from .errors import INSTALL, ServiceError
from .finding import API, check_version
from .places import read_json, state_folder, write_json

LOOK = 300.0  # seconds for Mien to look itself over; the first time every library is read from disk


@dataclass(frozen=True)
class Place:
    """Where Mien is installed: the environment's folder and its interpreter, what was installed from where."""

    folder: str
    python: str
    version: str = ""
    source: str = ""


def default_folder(state: str | os.PathLike[str] | None = None) -> str:
    """Where the environment goes unless the user chooses another place."""
    return str(state_folder(state) / "environment")


def command(place: Place) -> list[str]:
    """What starts the service of this place."""
    return mien(place.python, "serve")


def recall(state: str | os.PathLike[str] | None = None) -> Place | None:
    """The place that was remembered, or None where there is none or its interpreter has gone."""
    plain = read_json(state_folder(state) / "place.json", secret=True) or {}
    if not all(isinstance(plain.get(key), str) and plain[key] for key in ("folder", "python")):
        return None
    if not Path(plain["python"]).is_file():
        return None
    return Place(plain["folder"], plain["python"], str(plain.get("version", "")), str(plain.get("source", "")))


def remember(place: Place, state: str | os.PathLike[str] | None = None) -> None:
    """Keep the place for the next time, for every host of this user."""
    write_json(state_folder(state) / "place.json", asdict(place))


def verify(place: Place) -> dict[str, Any]:
    """What ``mien doctor`` finds at a place.

    Raises:
        ServiceError: ``missing``, where a needed part is, or nothing runs there; ``version``, where it does not fit this bridge.
    """
    try:
        code, written, faults = ask(mien(place.python, "doctor", "--json"), LOOK, Path(place.folder))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError("missing", f"Mien at '{place.folder}' does not run ({error}). Set it up again.", INSTALL) from error
    return judge(code, written, faults, place.folder)


def judge(code: int, written: str, faults: str, where: str) -> dict[str, Any]:
    """What doctor wrote, read without trust; raises as :func:`verify` does."""
    try:
        report = json.loads(written)
        findings = [
            (str(finding["part"]), str(finding["mend"])) for finding in report["findings"] if finding["required"] and not finding["well"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        said = next((line.strip() for line in reversed(faults.splitlines()) if line.strip()), f"it ended with code {code}")
        raise ServiceError("missing", f"Mien at '{where}' does not run ({said}). Set it up again.", INSTALL) from error
    if findings:
        parts = ", ".join(part for part, _ in findings[:3])
        raise ServiceError("missing", f"Mien at '{where}' lacks {parts}. Set it up again.", {**INSTALL, "command": findings[0][1]})
    check_version(report.get("api", API), report.get("version"))
    return dict(report)


def mien(python: str, *words: str) -> list[str]:
    """Mien's command line in an environment."""
    # The entry point that the package declares. -P: nothing that lies about in the present folder is taken for Mien.
    return [python, "-P", "-c", "from backend.cli.main import run; run()", *words]
