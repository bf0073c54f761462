# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole mouths of a character: the poses that its shape keys stand for, kept on its object as JSON."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from ..keys.targets import Mouth
from .names import keys_of, keys_on

Thing: TypeAlias = Any
Poses: TypeAlias = dict[str, dict[str, float]]  # by shape: values of channels at full weight


def keep(own: Thing, poses: Mapping[str, Any], by_mesh: Mapping[str, Any], there: set[str]) -> None:
    """Remember those whole mouths that are ``there``, and those of meshes that have others.

    Raises:
        ValueError, TypeError, AttributeError: these are no poses; nothing was changed.
    """
    text, texts = _text(poses, there), {mesh: _text(others, there) for mesh, others in by_mesh.items()}
    own.visemes = text
    for row in own.meshes:
        row.visemes = texts.get(row.thing.name, "") if row.thing is not None else ""


def poses_of(kept: Thing) -> Poses:
    """What the character, or a row of its meshes, remembers. What is not to be read is nothing."""
    try:
        return checked(json.loads(kept.visemes)) if kept.visemes else {}
    except (AttributeError, TypeError, ValueError):
        return {}


def checked(poses: Mapping[str, Any]) -> Poses:
    """Poses with plain numbers.

    Raises:
        ValueError, TypeError, AttributeError: they are none.
    """
    found = {str(shape): {str(channel): float(value) for channel, value in pose.items()} for shape, pose in poses.items()}
    if not all(math.isfinite(value) for pose in found.values() for value in pose.values()):
        raise ValueError("a number that has no end")
    return found


def mouths(character: Thing) -> list[Mouth]:
    """Whole mouths to speak with: the character's, and those of meshes that have others.

    A shape key that a row of the matching moves is left to it; what is gone from the file is left out.
    """
    own = character.mien_character
    groups: dict[str, tuple[Poses, list[Thing]]] = {}
    for row in own.meshes:
        kept = row if row.visemes else own
        if kept.visemes and (keys := keys_on(row.thing)) is not None:
            groups.setdefault(kept.visemes, (poses_of(kept), []))[1].append(keys)
    taken = {(keys.name_full, row.shape) for row in own.matches if row.use and (keys := keys_of(row)) is not None}
    return [mouth for poses, keys in groups.values() if (mouth := _mouth(poses, keys, taken)).places]


def _mouth(poses: Poses, keys: Iterable[Thing], taken: set[tuple[str, str]]) -> Mouth:
    places = {
        (key.name_full, shape): (key, shape)
        for key in keys
        for shape in poses
        if shape in key.key_blocks and (key.name_full, shape) not in taken
    }
    there = {shape for _, shape in places}
    return Mouth({shape: pose for shape, pose in poses.items() if shape in there}, tuple(places.values()))


def gone(own: Thing) -> list[str]:
    """Whole mouths that no mesh of the character has any more."""
    there = {block.name for row in own.meshes if (keys := keys_on(row.thing)) for block in keys.key_blocks}
    named = [shape for kept in (own, *own.meshes) for shape in poses_of(kept)]
    return [shape for shape in dict.fromkeys(named) if shape not in there]


def drop(own: Thing, shapes: Iterable[str]) -> None:
    """Forget these whole mouths."""
    lost = set(shapes)
    for kept in (own, *own.meshes):
        if kept.visemes:
            poses = poses_of(kept)
            kept.visemes = _text(poses, set(poses) - lost)


def _text(poses: Mapping[str, Any], wanted: set[str]) -> str:
    kept = {shape: pose for shape, pose in checked(poses).items() if shape in wanted}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""
