"""The character systems that Mien knows by name: one file each in ``presets/rigs``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from backend.face.characters.names import joined, key_of
from backend.motion import RIGS, Rig

Parts = tuple[tuple[str, float], ...]
Pose = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Viseme:
    """A whole mouth in one shape: the names that it goes by, as keys, and the channels that it stands for at full weight."""

    names: tuple[str, ...]
    pose: Pose


@dataclass(frozen=True)
class Preset:
    """How one character system names its shapes.

    ``aliases`` map a shape's key to the channels that it carries; ``carriers`` give, for a channel, sets of shapes (keys, with
    weights) of which the first that is there in full carries it. ``strip`` is cut from names before they are compared.
    """

    name: str
    strip: tuple[re.Pattern[str], ...]
    aliases: Mapping[str, Parts]
    carriers: Mapping[str, tuple[Parts, ...]]
    visemes: Mapping[str, Viseme]


@dataclass(frozen=True)
class Turn:
    """What a channel does to a bone: ``radians`` for each unit, about the face's own axis (yaw, pitch or roll, signs as in ``arkit``)."""

    channel: str
    axis: str
    radians: float


@dataclass(frozen=True)
class Bone:
    """A joint of the face, the names that it goes by, and the channels that turn it.

    ``instead_of`` names a channel whose shape, where there is one, already does what the bone would.
    """

    joint: str
    names: tuple[str, ...]
    turns: tuple[Turn, ...]
    instead_of: str


@cache
def presets(rig: str) -> tuple[Preset, ...]:
    """Every preset for a rig, in the order of their names."""
    contents = {name: content for name, content in _contents().items() if content.get("rig") == rig}
    return tuple(_preset(name, content, contents) for name, content in contents.items())


@cache
def bones() -> tuple[Bone, ...]:
    """The joints that artists' armatures have a bone for."""
    return tuple(
        Bone(
            joint,
            tuple(entry["names"]),
            tuple(Turn(channel, turn["axis"], float(turn["radians"])) for channel, turn in entry["turns"].items()),
            entry.get("instead_of", ""),
        )
        for joint, entry in _contents()["bones"].items()
    )


@cache
def _contents() -> dict[str, dict[str, Any]]:
    folder = sorted(files("presets.rigs").iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8")) for file in folder if file.name.endswith(".toml")}


def _preset(name: str, content: Mapping[str, Any], contents: Mapping[str, Mapping[str, Any]]) -> Preset:
    rig = RIGS[content["rig"]]
    visemes = content.get("visemes", {})
    if isinstance(visemes, str):
        visemes = contents[visemes]["visemes"]
    return Preset(
        name,
        tuple(re.compile(pattern) for pattern in content.get("strip", ())),
        {_key(shape): _parts(to) for shape, to in content.get("shapes", {}).items()},
        {channel: tuple(_set(shapes) for shapes in sets) for channel, sets in content.get("channels", {}).items()},
        {word: Viseme(tuple(_key(n) for n in entry["names"]), both_sides(entry["pose"], rig)) for word, entry in visemes.items()},
    )


def both_sides(pose: Mapping[str, float], rig: Rig) -> Pose:
    """A pose in which a stem such as "mouthStretch" stands for its Left and its Right."""
    named = {name: [name] if name in rig else [f"{name}Left", f"{name}Right"] for name in pose}
    return tuple((rig[channel].name, float(pose[name])) for name, channels in named.items() for channel in channels)


def _key(name: str) -> str:
    return joined(key_of(name))


def _parts(entry: str | Mapping[str, float]) -> Parts:
    return ((entry, 1.0),) if isinstance(entry, str) else tuple((name, float(weight)) for name, weight in entry.items())


def _set(entry: str | list[str] | Mapping[str, float]) -> Parts:
    """One shape, several that each get the whole value, or several with their weights."""
    if isinstance(entry, Mapping):
        return tuple((_key(name), float(weight)) for name, weight in entry.items())
    return tuple((_key(name), 1.0) for name in ([entry] if isinstance(entry, str) else entry))
