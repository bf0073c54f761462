"""The voices of ``voices.toml``, and what each of their symbols is in Mien's phones."""

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import MissingError
from backend.speech.inventory import nearest


@dataclass(frozen=True)
class Voice:
    """One voice of one synthesiser. ``hours`` is its share of the corpus, relative to the other voices'."""

    engine: str
    name: str
    language: str
    symbols: str
    hours: float
    package: str
    licence: str
    people: bool
    encoding: str = "utf-8"

    def phones(self, symbol: str) -> tuple[str, ...]:
        """The phones that one of the voice's symbols stands for; none where it has no counterpart."""
        table = _tables()[self.symbols]
        known = table.get(symbol, table.get(symbol.rstrip("1")))  # Italian and Catalan mark stress so
        if known is None and self.symbols == "ipa":
            return _taken_apart(symbol)
        return (known,) if known else ()


@dataclass(frozen=True, eq=False)
class Said:
    """A sentence as synthesised: samples at ``rate`` Hz, and the voice's own symbols with their ends in seconds."""

    text: str
    samples: NDArray[np.float32]
    rate: int
    symbols: tuple[tuple[str, float], ...]


def _taken_apart(symbol: str) -> tuple[str, ...]:
    """IPA of one sound or more, longest phones first; nothing where some of it is no phone."""
    for length in range(len(symbol), 0, -1):
        first = nearest(symbol[:length])
        if first is not None:
            rest = symbol[length:].strip("ː:̃")
            others = _taken_apart(rest)
            return (first, *others) if others or not rest else ()
    return ()


@cache
def voices() -> tuple[Voice, ...]:
    """All voices; those that one entry lists together share its hours."""
    found: list[Voice] = []
    for entry in _file()["voice"]:
        shared = {**entry, "hours": entry["hours"] / len(entry["names"])}
        names = shared.pop("names")
        found += [Voice(name=name, **{**shared, "language": _language(entry["language"], name)}) for name in names]
    return tuple(found)


def program(name: str) -> str:
    """Where a synthesiser's program is.

    Raises:
        MissingError: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        packages = sorted({package for voice in voices() for package in voice.package.split(", ")})
        raise MissingError(f"the synthesiser {name} is not installed; on Debian: apt install festival {' '.join(packages)}.")
    return found


def _language(given: str, name: str) -> str:
    return name.partition("-")[0] if given == "mixed" else given


def _tables() -> Mapping[str, Mapping[str, str]]:
    tables: Mapping[str, Mapping[str, str]] = _file()["symbols"]
    return tables


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "voices.toml").read_text("utf-8"))
