# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the service that runs, by the ``service.json`` that it writes while it listens."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .errors import UPDATE, ServiceError
from .link import Address, Link
from .places import alive, read_json, state_folder
from .service import Service

API = 1  # what this bridge speaks
OLDEST = (0, 1)  # the first version of Mien that speaks it
GREETING = 5.0  # seconds that a healthy service may take to say hello, however busy its worker is
PATIENCE = 60.0  # seconds for every other answer


def find(state: str | os.PathLike[str] | None = None) -> Service | None:
    """The service that runs for this user, or None. ``state`` is the state folder, where it is not the usual one.

    A ``service.json`` that a killed service left behind counts as nothing.

    Raises:
        ServiceError: ``version``, where a service runs that this bridge cannot speak to; ``state``, where the file could have been
            written or read by somebody else.
    """
    folder = state_folder(state)
    address = _address(folder)
    if address is None or not _greeted(address):
        return None
    return Service(Link(address, PATIENCE, lambda: _newer(folder)))


def check_version(api: Any, version: Any) -> None:
    """Raise unless this bridge can speak to a service of that API and version.

    Raises:
        ServiceError: ``version``, with a fix that says which side is to be updated.
    """
    numbers = re.match(r"(\d{1,6})\.(\d{1,6})", version) if isinstance(version, str) else None
    read = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if api == API and type(api) is int and read >= OLDEST:
        return
    older = not isinstance(api, int) or api < API or read < OLDEST
    what = "Mien" if older else "this add-on"
    found = f"Mien {version if numbers else 'of an unknown version'} (API {api!r:.20})"
    message = f"{found} runs, and this add-on needs {'.'.join(map(str, OLDEST))} or later with API {API}. Update {what}."
    raise ServiceError("version", message, {**UPDATE, "what": "mien" if older else "addon"})


def _newer(folder: Path) -> Address | None:
    """Where a service that was started since listens; asked when the one before is gone."""
    try:
        address = _address(folder)
        return address if address and _greeted(address) else None
    except ServiceError:
        return None


def _address(folder: Path) -> Address | None:
    """What ``service.json`` says, where its process lives."""
    plain = read_json(folder / "service.json", secret=True)
    if plain is None:
        return None
    pid, port, token = plain.get("pid"), plain.get("port"), plain.get("token")
    if type(pid) is not int or type(port) is not int or not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,512}", token):
        return None
    if not (0 < port < 65536 and 0 < pid < 1 << 31 and alive(pid)):
        return None
    return Address(port, token)


def _greeted(address: Address) -> bool:
    """Whether Mien listens there. Its port may have gone to another program, to which nothing but the greeting is ever said."""
    try:
        hello = Link(address, GREETING).json("GET", "/hello", "say its version")
    except ServiceError:
        return False
    if not isinstance(hello, dict) or hello.get("name") != "mien":
        return False
    check_version(hello.get("api"), hello.get("version"))
    return True
