# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves a character: matched by the service from names, kept as rows on the character's object, and read by what writes keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ..keys.targets import Target
from . import bones as facing
from . import visemes
from .bones import FaceTurn
from .names import Joint, joint_named, keys_of, shapes_of

Thing: TypeAlias = Any


def targets(character: Thing) -> list[Target]:
    """Shape keys that channels move. What is gone from the file, switched off or empty is left out; shared keys are moved once."""
    found: dict[tuple[str, str, str], Target] = {}
    for row in character.mien_character.matches:
        keys = keys_of(row)
        if keys is not None and row.use and row.shape in keys.key_blocks:
            found.setdefault((row.channel, keys.name_full, row.shape), Target(row.channel, keys, row.mesh.name, row.shape, row.scale))
    return list(found.values())


def bones(character: Thing) -> list[FaceTurn]:
    """Bones and objects that channels turn; what is gone from the file is left out."""
    return [facing.of_row(row) for row in character.mien_character.turns if facing.is_there(row)]


def asked(meshes: Iterable[Thing], joints: Iterable[Joint]) -> tuple[list[dict[str, Any]], list[str]]:
    """The names to send to the service."""
    by_mesh = [{"name": mesh.name, "shapes": shapes_of(mesh)} for mesh in meshes]
    return by_mesh, list(dict.fromkeys(joint.name for joint in joints))


def set_meshes(character: Thing, meshes: Sequence[Thing]) -> None:
    """Make these the character's meshes."""
    own = character.mien_character
    own.meshes.clear()
    for mesh in meshes:
        own.meshes.add().thing = mesh
    own.mesh_index = 0


def keep(character: Thing, answer: Mapping[str, Any], meshes: Sequence[Thing], joints: Sequence[Joint], accepted: bool = False) -> None:
    """Keep what the service answered as rows on the character, in place of what was there; guesses wait unless they are ``accepted``."""
    own = character.mien_character
    by_name = {mesh.name: mesh for mesh in meshes}
    guessed = set(answer.get("guessed", ()))
    own.matches.clear()
    for channel, parts in answer.get("channels", {}).items():
        for part in parts:
            _add_match(own, channel, by_name, part, channel in guessed, accepted)
    own.turns.clear()
    for name, turned in answer.get("bones", {}).items():
        joint = joint_named(joints, name)
        if joint is None:
            continue
        for turn in turns_of(turned):
            add_turn(own, turn["channel"], joint, turn["axis"], float(turn["radians"]))
    own.preset = answer.get("preset") or ""
    own.missing = "\n".join(answer.get("missing", ()))
    there = {shape for mesh in meshes for shape in shapes_of(mesh)}
    visemes.keep(own, answer.get("visemes") or {}, answer.get("mesh_visemes") or {}, there)
    own.match_index = own.turn_index = 0


def turns_of(turned: Any) -> list[dict[str, Any]]:
    """A bone's turns: listed, by channel as in a matching file, or as bare names of rotations."""
    if isinstance(turned, Mapping):
        return [{"channel": channel, **turn} for channel, turn in turned.items()]
    return [{"channel": turn, "axis": _axis(turn), "radians": 1.0} if isinstance(turn, str) else turn for turn in turned]


def _axis(channel: str) -> str:
    return next(axis for axis in ("yaw", "pitch", "roll") if channel.lower().endswith(axis))


def _add_match(own: Thing, channel: str, meshes: Mapping[str, Thing], part: Mapping[str, Any], guessed: bool, accepted: bool) -> None:
    for mesh in [meshes[part["mesh"]]] if part.get("mesh") in meshes else holders(meshes, part["shape"]):
        row = own.matches.add()
        row.name = row.channel = channel
        row.mesh, row.shape = mesh, part["shape"]
        row.scale, row.score = float(part.get("scale", 1.0)), float(part.get("score", 1.0))
        row.guessed, row.use = guessed, accepted or not guessed


def holders(meshes: Mapping[str, Thing], shape: str) -> list[Thing]:
    """Every mesh that has a shape of that name."""
    return [mesh for mesh in meshes.values() if shape in shapes_of(mesh)]


def add_turn(own: Thing, channel: str, joint: Joint, axis: str, radians: float) -> Thing:
    """A further row for a bone or an object that turns."""
    row = own.turns.add()
    row.name = row.channel = channel
    row.owner, row.bone, row.axis = joint.owner, joint.bone, axis
    row.radians, row.invert = abs(radians), radians < 0
    facing.settle(row, own.front)
    return row
