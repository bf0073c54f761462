"""A matching as a text file that an artist can edit and load again."""

import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.errors import FaceError, InputError, unknown
from backend.face.characters.matching import Matching, OnMesh
from backend.face.characters.presets import Parts, Turn
from backend.files import write_atomically
from backend.motion import RIGS, Rig

_FORMAT = "mien-matching 1"
_LISTS = ("guessed", "unmatched_shapes", "unmatched_channels")
_TABLES = ("shapes", "sure", "doubles", "visemes", "bones", "meshes")
_AXES = ("yaw", "pitch", "roll")
_HEAD = """\
# Which shapes and bones of a character answer to which channels. Edit freely: write, under [shapes], a channel, an equals
# sign and its shapes with the share of the value that each gets. A channel that is not listed moves nothing.
# What holds on one mesh only stands under [meshes."ITS NAME".shapes]: there, it replaces what [shapes] says, and {} is nothing.
"""


def write_matching(matching: Matching, path: Path) -> None:
    """Save as TOML; :func:`read_matching` gives back an equal matching.

    Raises:
        OutputError: the file cannot be written.
    """
    lines = [_HEAD, f"format = {_text(_FORMAT)}", f"rig = {_text(matching.rig)}", f"table = {_text(matching.table)}"]
    lines.append(_list("guessed", matching.guessed))
    lines.append("# Nothing answers to these shapes and channels.")
    lines += [_list("unmatched_shapes", matching.unmatched_shapes), _list("unmatched_channels", matching.unmatched_channels)]
    lines += _table("shapes", {channel: _inline(parts) for channel, parts in matching.shapes.items()})
    lines += _table("sure", {channel: repr(float(value)) for channel, value in matching.sure.items()}, "How sure each match is, 0 to 1.")
    doubles = {channel: f"[{', '.join(map(_text, names))}]" for channel, names in matching.doubles.items()}
    lines += _table("doubles", doubles, "Further shapes that claim a channel and stay still.")
    visemes = {shape: _inline(pose) for shape, pose in matching.visemes.items()}
    lines += _table("visemes", visemes, "Whole mouths, and the channels that each stands for at full weight.")
    for bone, turns in matching.bones.items():
        places = {turn.channel: f"{{ axis = {_text(turn.axis)}, radians = {turn.radians!r} }}" for turn in turns}
        lines += _table(f"bones.{_text(bone)}", places)
    for mesh, own in matching.meshes.items():
        lines += _table(f"meshes.{_text(mesh)}.shapes", {channel: _inline(parts) for channel, parts in own.shapes.items()})
        lines += _table(f"meshes.{_text(mesh)}.visemes", {shape: _inline(pose) for shape, pose in own.visemes.items()})
    write_atomically(path, ("\n".join(lines) + "\n").encode())


def read_matching(path: Path) -> Matching:
    """Load what :func:`write_matching` wrote and somebody may have edited; score and leftovers are counted anew.

    Raises:
        FaceError: the file is missing, or is no matching.
        InputError: it names a channel that the rig does not have, or has a part that means nothing.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise FaceError(f"there is no matching at {path}: check the path.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FaceError(f"the matching {path} cannot be read: {error}.") from error
    if content.get("format") != _FORMAT:
        raise FaceError(f"{path} is no matching that this version of Mien can read: save it again.")
    try:
        return _matching(content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FaceError(f"the matching {path} is incomplete or mistyped near {error}: correct it, or save it again.") from error


def _matching(content: Mapping[str, Any]) -> Matching:
    _only(content, ("format", "rig", "table", *_LISTS, *_TABLES))
    for own in content.get("meshes", {}).values():
        _only(own, ("shapes", "visemes"))
    rig = RIGS[content["rig"]]
    shapes = _shapes(content, rig)
    turned = {
        bone: tuple(_turn(channel, entry, rig) for channel, entry in turns.items()) for bone, turns in content.get("bones", {}).items()
    }
    meshes = {mesh: OnMesh(_shapes(own, rig), _poses(own, rig)) for mesh, own in content.get("meshes", {}).items()}
    matching = Matching(
        shapes,
        0.0,
        content.get("table", ""),
        (),
        (),
        rig.name,
        # What somebody wrote by hand is sure.
        {channel: float(content.get("sure", {}).get(channel, 1.0)) for channel in shapes},
        tuple(channel for channel in content.get("guessed", ()) if channel in shapes),
        {channel: tuple(names) for channel, names in content.get("doubles", {}).items() if channel in shapes},
        _poses(content, rig),
        turned,
        meshes,
    )
    return matching.settled(rig, map(str, content.get("unmatched_shapes", ())))


def _only(content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """What is written in the wrong place would do nothing, and nobody would know."""
    for name in content:
        if name not in known:
            raise InputError(unknown("part of a matching", name, known))


def _shapes(content: Mapping[str, Any], rig: Rig) -> dict[str, Parts]:
    return {_known(channel, rig): _parts(parts) for channel, parts in content.get("shapes", {}).items()}


def _poses(content: Mapping[str, Any], rig: Rig) -> dict[str, Parts]:
    return {
        shape: tuple((_known(channel, rig), weight) for channel, weight in _parts(pose))
        for shape, pose in content.get("visemes", {}).items()
    }


def _known(channel: str, rig: Rig) -> str:
    return rig[channel].name


def _parts(entry: Mapping[str, float]) -> Parts:
    return tuple((name, _number(weight)) for name, weight in entry.items())


def _number(value: Any) -> float:
    """TOML has numbers that are none."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"the number {number}")
    return number


def _turn(channel: str, entry: Mapping[str, Any], rig: Rig) -> Turn:
    if entry["axis"] not in _AXES:
        raise InputError(f"a bone turns about no axis '{entry['axis']}': choose yaw, pitch or roll.")
    return Turn(_known(channel, rig), entry["axis"], _number(entry["radians"]))


def _table(name: str, entries: Mapping[str, str], comment: str = "") -> list[str]:
    if not entries:
        return []
    return ["", *([f"# {comment}"] if comment else []), f"[{name}]", *(f"{_text(key)} = {value}" for key, value in entries.items())]


def _list(name: str, words: tuple[str, ...]) -> str:
    return f"{name} = [" + "".join(f"\n    {_text(word)}," for word in words) + ("\n]" if words else "]")


def _inline(parts: Parts) -> str:
    return "{ " + ", ".join(f"{_text(name)} = {float(weight)!r}" for name, weight in parts) + " }" if parts else "{}"


def _text(word: str) -> str:
    # JSON's strings are TOML's, but for the one character that TOML wants escaped and JSON does not.
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")
