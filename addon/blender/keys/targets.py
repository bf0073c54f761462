# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character's channels move: shape keys and turns of bones or objects.

``characters.matching`` of this extension answers with these; :func:`by_name` is what holds until
somebody has matched a character: shape keys that are named exactly like the channels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Thing: TypeAlias = Any  # whatever Blender hands out; its module ships no types
Columns: TypeAlias = dict[str, NDArray[np.float32]]  # values of every channel, by frame


@dataclass(frozen=True)
class Target:
    """``scale`` times the channel is added to shape key ``shape`` of the mesh object ``mesh``, whose keys are ``key``."""

    channel: str
    key: Thing
    mesh: str
    shape: str
    scale: float = 1.0


@dataclass(frozen=True)
class Turn:
    """``radians`` for each unit of the channel, about the face's own ``axis`` (yaw, pitch or roll; signs as in the ``arkit`` rig).

    ``bone`` is a pose bone of the armature ``owner``; empty, the object itself turns.
    """

    channel: str
    owner: Thing
    bone: str
    axis: str
    radians: float = 1.0


@dataclass(frozen=True)
class Mouth:
    """Shape keys that are whole mouths (visemes) and speak together.

    ``poses`` give the channels that each stands for at full weight; ``places`` are the keys that have one, and its name.
    """

    poses: Mapping[str, Mapping[str, float]]
    places: tuple[tuple[Thing, str], ...]


def family(character: Thing) -> Iterator[Thing]:
    """The character's object and everything below it."""
    yield character
    yield from character.children_recursive


def shaped(character: Thing) -> list[Thing]:
    """Meshes of the character that have shape keys."""
    return [thing for thing in family(character) if thing.type == "MESH" and thing.data.shape_keys]


def by_name(character: Thing, channels: Sequence[str]) -> list[Target]:
    """Shape keys whose names are the channels', of the character's object and its children."""
    wanted, seen, found = set(channels), set[str](), []
    for mesh in shaped(character):
        keys = mesh.data.shape_keys
        if keys.name_full in seen:  # meshes that share their data share their keys
            continue
        seen.add(keys.name_full)
        found += [Target(block.name, keys, mesh.name, block.name) for block in keys.key_blocks if block.name in wanted]
    return found


def targets(character: Thing, channels: Sequence[str]) -> list[Target]:
    """What the character's matching says, and where nobody has set the character up what the names say."""
    if not _is_set_up(character):
        return by_name(character, channels)
    from ..characters import matching

    wanted = set(channels)
    return [target for target in matching.targets(character) if target.channel in wanted]


def mouths(character: Thing) -> list[Mouth]:
    """Whole mouths that the character's matching names."""
    if not _is_set_up(character):
        return []
    from ..characters import visemes

    return visemes.mouths(character)


def turns(character: Thing, channels: Sequence[str]) -> list[Turn]:
    """Bones and objects that the character's matching turns."""
    if not _is_set_up(character):
        return []
    from ..characters import matching

    wanted = set(channels)
    return [turn for turn in matching.bones(character) if turn.channel in wanted]


def _is_set_up(character: Thing) -> bool:
    own = getattr(character, "mien_character", None)
    return own is not None and bool(len(own.meshes) or len(own.turns))
