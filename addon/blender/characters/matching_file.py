# SPDX-License-Identifier: GPL-3.0-or-later
"""A character's matching as the text file that ``mien match`` writes and reads."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import tomllib

from . import bones as facing
from . import visemes
from .matching import keep
from .names import Joint, joint_named, keys_of, shapes_of
from .report import missing_of

Thing: TypeAlias = Any
Parts: TypeAlias = dict[str, float]
_FORMAT = "mien-matching 1"
_AXES = ("yaw", "pitch", "roll")
_HEAD = """\
# Which shapes and bones of a character answer to which channels. Edit freely: write, under [shapes], a channel, an equals
# sign and its shapes with the share of the value that each gets. A channel that is not listed moves nothing.
# What holds on one mesh only stands under [meshes."ITS NAME".shapes]: there, it replaces what [shapes] says, and {} is nothing.
"""


def write_file(character: Thing, path: Path) -> None:
    """Save the matching; the file is replaced when it is complete.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(as_text(character), encoding="utf-8")
    partial.replace(path)


def as_text(character: Thing) -> str:
    """The matching as TOML."""
    own = character.mien_character
    meshes = [row.thing for row in own.meshes if row.thing is not None]
    used = [row for row in own.matches if row.use and row.channel and keys_of(row) and row.shape in keys_of(row).key_blocks]
    by_mesh: dict[str, dict[str, Parts]] = {mesh.name: {} for mesh in meshes}
    for row in used:
        by_mesh.setdefault(row.mesh.name, {}).setdefault(row.channel, {})[row.shape] = row.scale
    main = _main(by_mesh)
    moved = {row.shape for row in used} | {shape for kept in (own, *own.meshes) for shape in visemes.poses_of(kept)}
    still = [name for name in dict.fromkeys(name for mesh in meshes for name in shapes_of(mesh)) if name not in moved]
    lines = [_HEAD, f"format = {_text(_FORMAT)}", f"rig = {_text(own.rig or 'arkit')}", f"table = {_text(own.preset)}"]
    lines.append(_list("guessed", list(dict.fromkeys(row.channel for row in used if row.guessed))))
    lines.append("# Nothing answers to these shapes and channels.")
    lines += [_list("unmatched_shapes", still), _list("unmatched_channels", missing_of(own))]
    lines += _table("shapes", {channel: _inline(parts) for channel, parts in main.items()})
    sure = {channel: min(row.score for row in used if row.channel == channel) for channel in main}
    lines += _table("sure", {channel: _number(value) for channel, value in sure.items()})
    lines += _table("visemes", _poses(own))
    for name, turns in _bones(own).items():
        lines += _table(f"bones.{_text(name)}", turns)
    for mesh in meshes:
        differing = _differing(mesh, main, by_mesh[mesh.name])
        lines += _table(f"meshes.{_text(mesh.name)}.shapes", {channel: _inline(parts) for channel, parts in differing.items()})
        lines += _table(f"meshes.{_text(mesh.name)}.visemes", next((_poses(row) for row in own.meshes if row.thing == mesh), {}))
    return "\n".join(lines) + "\n"


def _poses(kept: Thing) -> dict[str, str]:
    return {shape: _inline(pose) for shape, pose in visemes.poses_of(kept).items()}


def _main(by_mesh: Mapping[str, Mapping[str, Parts]]) -> dict[str, Parts]:
    """For every channel what carries it on the mesh that carries most."""
    found: dict[str, Parts] = {}
    for own in sorted(by_mesh.values(), key=len, reverse=True):
        for channel, parts in own.items():
            found.setdefault(channel, parts)
    return found


def _differing(mesh: Thing, main: Mapping[str, Parts], own: Mapping[str, Parts]) -> dict[str, Parts]:
    """The channels that a mesh carries otherwise than the main matching would on it."""
    there = set(shapes_of(mesh))
    effect = {channel: {shape: scale for shape, scale in parts.items() if shape in there} for channel, parts in main.items()}
    return {channel: own.get(channel, {}) for channel, parts in effect.items() if parts != own.get(channel, {})}


def _bones(own: Thing) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in own.turns:
        if facing.is_there(row):
            turn = facing.of_row(row)
            entry = f"{{ axis = {_text(turn.axis)}, radians = {_number(turn.radians)} }}"
            found.setdefault(turn.bone or turn.owner.name, {})[turn.channel] = entry
    return found


def read_file(character: Thing, path: Path, meshes: Sequence[Thing], joints: Sequence[Joint]) -> list[str]:
    """Take the matching from a file onto these meshes and joints; says what the file names and the character does not have.

    Raises:
        ValueError: it is no matching, or mistyped; the message is for the artist.
    """
    content = _content(path)
    try:
        answer = _answer(content, meshes)
        for turns in answer["bones"].values():
            if any(turn["axis"] not in _AXES for turn in turns.values()):
                raise ValueError("an axis other than yaw, pitch and roll")
        notes = _absent(content, meshes, joints)
        keep(character, answer, meshes, joints, accepted=True)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The matching {path.name} is mistyped near {error}: correct it, or save it again.") from error
    character.mien_character.rig = content["rig"]
    return notes


def _content(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"The matching {path.name} cannot be read: {error}.") from error
    if content.get("format") != _FORMAT or not isinstance(content.get("rig"), str):
        raise ValueError(f"{path.name} is no matching: save one here, or with 'mien match'.")
    return content


def _answer(content: Mapping[str, Any], meshes: Sequence[Thing]) -> dict[str, Any]:
    """The file in the words of the service's answer."""
    main, sure = content.get("shapes", {}), content.get("sure", {})
    channels: dict[str, list[dict[str, Any]]] = {}
    for mesh in meshes:
        there = set(shapes_of(mesh))
        for channel, parts in {**main, **content.get("meshes", {}).get(mesh.name, {}).get("shapes", {})}.items():
            for shape, scale in parts.items():
                if shape in there:
                    entry = {"mesh": mesh.name, "shape": shape, "scale": float(scale), "score": float(sure.get(channel, 1.0))}
                    channels.setdefault(channel, []).append(entry)
    return {
        "preset": content.get("table", ""),
        "channels": channels,
        "guessed": list(content.get("guessed", ())),
        "missing": list(content.get("unmatched_channels", ())),
        "bones": content.get("bones", {}),
        "visemes": visemes.checked(content.get("visemes", {})),
        "mesh_visemes": {name: visemes.checked(own.get("visemes", {})) for name, own in content.get("meshes", {}).items()},
    }


def _absent(content: Mapping[str, Any], meshes: Sequence[Thing], joints: Sequence[Joint]) -> list[str]:
    """What the file names, and the character does not have."""
    shapes = {name for mesh in meshes for name in shapes_of(mesh)}
    places = [content, *content.get("meshes", {}).values()]
    named = {shape for place in places for parts in place.get("shapes", {}).values() for shape in parts}
    named |= {shape for place in places for shape in place.get("visemes", {})}
    lost = {
        "shape keys": sorted(named - shapes),
        "meshes": sorted(set(content.get("meshes", {})) - {mesh.name for mesh in meshes}),
        "bones": [name for name in content.get("bones", {}) if joint_named(joints, name) is None],
    }
    return [f"The matching names {kind} that this character does not have: {', '.join(names)}." for kind, names in lost.items() if names]


def _table(name: str, entries: Mapping[str, str]) -> list[str]:
    return ["", f"[{name}]", *(f"{_text(key)} = {value}" for key, value in entries.items())] if entries else []


def _list(name: str, words: Sequence[str]) -> str:
    return f"{name} = [" + "".join(f"\n    {_text(word)}," for word in words) + ("\n]" if words else "]")


def _inline(parts: Mapping[str, float]) -> str:
    return "{ " + ", ".join(f"{_text(name)} = {_number(scale)}" for name, scale in parts.items()) + " }" if parts else "{}"


def _number(value: float) -> str:
    # Blender keeps 32-bit floats: 0.3 is not to come out as 0.30000001192092896.
    return repr(float(f"{value:.7g}"))


def _text(word: str) -> str:
    # JSON's strings are TOML's, but for the one character that TOML wants escaped and JSON does not.
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")
