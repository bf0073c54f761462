"""Emotion labels, read from ``presets/emotions/``: one file each, for artists to edit and add to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from backend.errors import DirectionError, unknown


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
        DirectionError: a preset file cannot be read; says which and why.
    """
    folder = files("presets") / "emotions"
    found = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    return {name.removesuffix(".toml"): _read(name, (folder / name).read_text("utf-8")) for name in found}


def emotion(label: str) -> Emotion:
    """The preset of a label or of one of its aliases, whatever its case.

    Raises:
        DirectionError: nobody knows the label; the nearest one is offered.
    """
    wanted = label.strip().lower()
    known = emotions()
    aliases = {alias: name for name, preset in known.items() for alias in preset.aliases}
    name = aliases.get(wanted, wanted)
    if name not in known:
        raise DirectionError(_offer(wanted, known, aliases))
    return known[name]


def _offer(wanted: str, known: Mapping[str, Emotion], aliases: Mapping[str, str]) -> str:
    message = unknown("emotion", wanted, [*known, *aliases])
    return message if "did you mean" in message else unknown("emotion", wanted, known)


def _read(file: str, text: str) -> Emotion:
    try:
        plain: dict[str, Any] = tomllib.loads(text)
        return Emotion(
            name=file.removesuffix(".toml"),
            description=plain["description"],
            aliases=tuple(plain.get("aliases", ())),
            units={unit: float(value) for unit, value in plain["units"].items()},
            **{key: float(value) for table in ("dynamics", "bearing") for key, value in plain[table].items()},
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DirectionError(f"the emotion preset {file} cannot be read: {error}. Mend the file or restore it.") from error
