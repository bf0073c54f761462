# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a character of what is selected, and matching it anew."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from . import active, matching, names
from .names import Joint

Thing: TypeAlias = Any


def set_up(service: Thing, objects: Iterable[Thing], leading: Thing | None) -> Thing:
    """Make one character of these objects; ``leading`` holds it if it has shape keys, else the mesh that has most.

    Raises:
        ServiceError: the service does not answer.
        ValueError: nothing here can be moved, or it cannot be edited.
    """
    chosen = list(objects)
    meshes, joints = names.sort_out(chosen)
    if not meshes:
        raise ValueError(
            "Nothing that is selected has shape keys: select the face, and with it lids, teeth, tongue, brows, eyeballs and the armature."
        )
    character = leading if leading in meshes else max(meshes, key=lambda mesh: len(names.shapes_of(mesh)))
    check_editable(character)
    answer = service.match(*matching.asked(meshes, joints))
    matching.set_meshes(character, meshes)
    matching.keep(character, answer, meshes, joints)
    return character


def match_again(service: Thing, character: Thing, more: Sequence[Thing] = ()) -> None:
    """Match the character's meshes, armatures and turning objects, and those of ``more`` that may turn, as they are now named."""
    check_editable(character)
    meshes, joints = pieces(character, more)
    answer = service.match(*matching.asked(meshes, joints))
    matching.keep(character, answer, meshes, joints)


def pieces(character: Thing, more: Sequence[Thing] = ()) -> tuple[list[Thing], list[Joint]]:
    """A character's meshes and everything of it that may turn."""
    own = character.mien_character
    chosen = [row.thing for row in own.meshes if row.thing is not None]
    owners = [row.owner for row in own.turns if row.owner is not None]
    meshes, joints = names.sort_out(names.unique([*chosen, *owners, *(thing for thing in more if not names.shapes_of(thing))]))
    return [mesh for mesh in meshes if mesh in chosen], joints


def add_meshes(character: Thing, objects: Iterable[Thing]) -> list[Thing]:
    """Those with shape keys become meshes of the character as well; answers with the new ones."""
    check_editable(character)
    own = character.mien_character
    known = {row.thing for row in own.meshes}
    fresh = [mesh for mesh in names.sort_out(objects)[0] if mesh not in known]
    if not fresh:
        raise ValueError("Nothing that is selected has shape keys and is not yet part of the character.")
    for mesh in fresh:
        own.meshes.add().thing = mesh
    return fresh


def drop_mesh(character: Thing, index: int) -> None:
    """Take a mesh out of the character, and what moves its shape keys with it."""
    own = character.mien_character
    gone = own.meshes[index].thing
    own.meshes.remove(index)
    for at in reversed(range(len(own.matches))):
        if own.matches[at].mesh == gone:
            own.matches.remove(at)
    own.mesh_index = min(own.mesh_index, max(len(own.meshes) - 1, 0))


def forget(character: Thing) -> None:
    """The object is a character no longer; shape keys, bones and animation stay as they are."""
    own = character.mien_character
    for rows in (own.meshes, own.matches, own.turns):
        rows.clear()
    for name in ("preset", "missing", "visemes", "rig", "front"):
        own.property_unset(name)


def check_editable(character: Thing) -> None:
    """Raises:
    ValueError: the object is linked from another file.
    """
    if not character.is_editable:
        raise ValueError(f"'{character.name}' is linked from another file: make a library override of it, then set it up.")


def chosen_or_raise(context: Thing) -> Thing:
    """The character that is meant.

    Raises:
        ValueError: there is none.
    """
    character = active.chosen(context)
    if character is None:
        raise ValueError("There is no character yet: select its meshes and click Set up, or add Mien's head.")
    return character
