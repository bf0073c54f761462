"""The tables in ``presets/`` that say what phones and action units look like on the ``arkit`` rig."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from backend.errors import DirectionError
from backend.motion.arkit import ARKIT

ARTICULATORS = ("jaw", "lips", "tongue")


@dataclass(frozen=True)
class Influence:
    """How a class of phones imposes itself: strength by articulator, reach in seconds either way."""

    jaw: float
    lips: float
    tongue: float
    ahead: float
    behind: float


@dataclass(frozen=True)
class Contact:
    """A touch that must be seen: a ``seal`` of both lips or a ``tuck`` of the lower one."""

    kind: str
    hold: float
    close: float
    release: float
    pose: Mapping[str, float]


@dataclass(frozen=True)
class Visemes:
    """Poses and influences by phone, diphthongs as two vowels with the first one's share, contacts."""

    poses: Mapping[str, Mapping[str, float]]
    influences: Mapping[str, Influence]
    diphthongs: Mapping[str, tuple[str, str, float]]
    contacts: Mapping[str, Contact]


@cache
def visemes() -> Visemes:
    plain = _load("visemes.toml")
    phones: dict[str, dict[str, Any]] = plain["phones"]
    classes = {name: Influence(**table) for name, table in plain["classes"].items()}
    contacts = {phone: Contact(c["kind"], c["hold"], c["close"], c["release"], spread(c["pose"])) for phone, c in plain["contacts"].items()}
    return Visemes(
        poses={phone: spread({k: v for k, v in table.items() if k != "class"}) for phone, table in phones.items()},
        influences={phone: classes[table["class"]] for phone, table in phones.items()},
        diphthongs={phone: (d["first"], d["second"], d["share"]) for phone, d in plain["diphthongs"].items()},
        contacts=contacts,
    )


@cache
def action_units() -> Mapping[str, Mapping[str, float]]:
    """Channel weights of every action unit at full intensity: whole (``AU12``) and one-sided (``AU12L``, ``AU12R``)."""
    whole = {unit: spread(table) for unit, table in _load("action_units.toml").items()}
    left = {f"{unit}L": {c: v for c, v in table.items() if not c.endswith("Right")} for unit, table in whole.items()}
    right = {f"{unit}R": {c: v for c, v in table.items() if not c.endswith("Left")} for unit, table in whole.items()}
    return whole | left | right


def spread(pose: Mapping[str, float]) -> dict[str, float]:
    """Write stems such as ``mouthSmile`` out as their Left and Right.

    Raises:
        DirectionError: a name is no channel of the ``arkit`` rig.
    """
    channels: dict[str, float] = {}
    for stem, value in pose.items():
        names = (stem,) if stem in ARKIT else (f"{stem}Left", f"{stem}Right")
        if names[0] not in ARKIT:
            raise DirectionError(f"a table in presets/ names '{stem}', which is no channel of the arkit rig.")
        channels |= dict.fromkeys(names, float(value))
    return channels


def articulator(channel: str) -> str:
    """Which articulator moves a channel: jaw, lips or tongue."""
    region = ARKIT[channel].region
    return region if region in ("jaw", "tongue") else "lips"


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files("presets") / name).read_text("utf-8"))
