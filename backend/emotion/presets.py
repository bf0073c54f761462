"""Emotion labels, read from ``presets/emotions/``: one file each, for artists to edit and add to."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from backend.errors import DirectionError, unknown

# What each table of numbers holds, and from where to where a number can be meant.
_NUMBERS = {
    "dynamics": {"onset": (0.0, 60.0), "offset": (0.0, 60.0)},
    "bearing": {
        "blink": (0.0, 10.0),
        "energy": (0.0, 10.0),
        "head_pitch": (-1.5, 1.5),
        "head_roll": (-1.5, 1.5),
        "gaze_down": (-1.5, 1.5),
    },
}


@dataclass(frozen=True)
class Emotion:
    """A label as action units and bearing.

    ``units`` map a FACS action unit (``AU12``, or ``AU12R`` for the character's right alone) to an
    intensity from 0 to 1. ``onset`` and ``offset`` are seconds; ``blink`` and ``energy`` are
    factors; ``head_pitch``, ``head_roll`` and ``gaze_down`` are radians at full strength.
    """

    name: str
    description: str
    aliases: tuple[str, ...]
    units: Mapping[str, float]
    onset: float
    offset: float
    blink: float
    energy: float
    head_pitch: float
    head_roll: float
    gaze_down: float


@cache
def emotions() -> Mapping[str, Emotion]:
    """Every preset by its name, in alphabetical order.

    Raises:
        DirectionError: a preset file cannot be read, or says what cannot be meant; says which and why.
    """
    folder = files("presets") / "emotions"
    try:
        # Some systems leave files of their own beside an artist's, with a dot in front.
        found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml") and not file.name.startswith("."))
    except OSError as error:
        raise DirectionError(f"the emotion presets in {folder} cannot be read: {_reason(error)}. Restore the folder.") from error
    units = _table("action_units.toml", files("presets") / "action_units.toml")
    return {name.removesuffix(".toml").lower(): _read(name, _table(name, folder / name), units) for name in found}


def emotion(label: str) -> Emotion:
    """The preset of a label or of one of its aliases, whatever its case.

    Raises:
        DirectionError: nobody knows the label; the nearest one is offered.
    """
    wanted = label.strip().lower()
    known = emotions()
    aliases = {alias: name for name, preset in known.items() for alias in preset.aliases}
    name = wanted if wanted in known else aliases.get(wanted, wanted)
    if name not in known:
        raise DirectionError(_offer(wanted, known, aliases))
    return known[name]


def _offer(wanted: str, known: Mapping[str, Emotion], aliases: Mapping[str, str]) -> str:
    message = unknown("emotion", wanted, [*known, *aliases])
    return message if "did you mean" in message else unknown("emotion", wanted, known)


def _table(name: str, file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _unusable(name, _reason(error)) from error
    except UnicodeDecodeError as error:
        raise _unusable(name, "it is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise _unusable(name, str(error)) from error


def _read(file: str, plain: dict[str, Any], units: Mapping[str, Any]) -> Emotion:
    allowed = {"description", "aliases", "units", *_NUMBERS}
    if strange := sorted(set(plain) - allowed):
        raise _unusable(file, unknown("entry", strange[0], allowed).rstrip("."))
    description, aliases, asked = plain.get("description"), plain.get("aliases", []), plain.get("units")
    if not isinstance(description, str) or not description.strip():
        raise _unusable(file, "it needs a description in quotes")
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise _unusable(file, "aliases is no list of names in quotes")
    if not isinstance(asked, dict):
        raise _unusable(file, "it needs a table [units]")
    for unit in asked:
        if re.sub("[LR]$", "", unit) not in units:
            raise _unusable(file, unknown("action unit", unit.upper(), units).rstrip("."))
    return Emotion(
        name=file.removesuffix(".toml").lower(),
        description=description,
        aliases=tuple(alias.strip().lower() for alias in aliases),
        units={unit: _number(file, unit, value, (0.0, 1.0)) for unit, value in asked.items()},
        **{name: value for table in _NUMBERS for name, value in _numbers(file, table, plain.get(table)).items()},
    )


def _numbers(file: str, table: str, plain: object) -> dict[str, float]:
    ranges = _NUMBERS[table]
    if not isinstance(plain, dict):
        raise _unusable(file, f"it needs a table [{table}]")
    if strange := sorted(set(plain) - set(ranges)):
        raise _unusable(file, unknown("entry", strange[0], ranges).rstrip("."))
    if missing := [name for name in ranges if name not in plain]:
        raise _unusable(file, f"[{table}] lacks {' and '.join(missing)}")
    return {name: _number(file, name, plain[name], between) for name, between in ranges.items()}


def _number(file: str, name: str, value: object, between: tuple[float, float]) -> float:
    low, high = between
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _unusable(file, f"{name} is {str(value)[:40]}, where a number from {low:g} to {high:g} belongs")
    return float(value)


def _unusable(file: str, why: str) -> DirectionError:
    return DirectionError(f"the emotion preset {file} cannot be used: {why}. Mend the file or restore it.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
