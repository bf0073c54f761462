# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of a performance on a character, each with a sentence and, where there is one, what mends it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..keys import actions, shapes
from . import bones as facing
from .active import parts
from .matching import targets
from .names import keys_of
from .visemes import drop, gone, mouths

Thing: TypeAlias = Any
_FEW = 4


@dataclass(frozen=True)
class Conflict:
    """``kind`` is for programs; ``blocks`` says that keys would not be seen at all. ``mend`` makes it go, where Mien can."""

    kind: str
    text: str
    blocks: bool = False
    mend: Callable[[], None] | None = None


def conflicts(character: Thing) -> list[Conflict]:
    """Everything found, what blocks first."""
    found = [*_gone(character), *_on_meshes(character), *_on_keys(character), *_on_turns(character), *_on_animation(character)]
    return sorted(found, key=lambda conflict: not conflict.blocks)


def few(names: Sequence[str]) -> str:
    """Names for a sentence, the first ones in full."""
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def keyed(character: Thing) -> list[Thing]:
    """Every datablock that gets keys: shape keys, then owners of what turns, each once."""
    keys = [target.key for target in targets(character)] + [key for mouth in mouths(character) for key, _ in mouth.places]
    owners = [row.owner for row in character.mien_character.turns if facing.is_there(row)]
    # By kind as well: an object and its keys may share a name.
    return list({(type(owner).__name__, owner.name_full): owner for owner in (*keys, *owners)}.values())


def _gone(character: Thing) -> Iterator[Conflict]:
    own = character.mien_character
    lost = [row.shape for row in own.matches if row.shape and (keys_of(row) is None or row.shape not in keys_of(row).key_blocks)]
    lost += gone(own)
    if lost:
        text = f"Shape keys that were matched are gone: {few(lost)}. Match again, or choose others in the list."
        yield Conflict("gone", text, mend=lambda: _drop_gone(own))
    joints = list(dict.fromkeys(row.bone or row.channel for row in own.turns if not facing.is_there(row)))
    if joints:
        yield Conflict("gone_joints", f"Bones or objects that were set up are gone: {few(joints)}.", mend=lambda: _drop_joints(own))


def _drop_gone(own: Thing) -> None:
    drop(own, gone(own))
    for index in reversed(range(len(own.matches))):
        keys, shape = keys_of(own.matches[index]), own.matches[index].shape
        if shape and (keys is None or shape not in keys.key_blocks):
            own.matches.remove(index)


def _drop_joints(own: Thing) -> None:
    for index in reversed(range(len(own.turns))):
        if not facing.is_there(own.turns[index]):
            own.turns.remove(index)


def _on_meshes(character: Thing) -> Iterator[Conflict]:
    for thing in parts(character):
        if not thing.is_editable:
            yield Conflict(
                "linked", f"'{thing.name}' is linked from another file and cannot be keyed: make a library override of it first.", True
            )
        if thing.type == "MESH" and thing.data.shape_keys and thing.show_only_shape_key:
            text = f"'{thing.name}' shows one shape key alone (the pin in its shape keys), so nothing else is seen to move."
            yield Conflict("solo", text, True, _setter(thing, "show_only_shape_key", False))
    for keys in _keys(character):
        if not keys.use_relative:
            text = f"The shape keys of '{keys.user.name}' are absolute and cannot be mixed: switch 'Relative' on."
            yield Conflict("absolute", text, True, _setter(keys, "use_relative", True))
        if not keys.is_editable and keys.library is not None:
            text = f"The shape keys of '{keys.user.name}' are linked from another file: make a library override of the mesh's data as well."
            yield Conflict("linked", text, True)


def _keys(character: Thing) -> list[Thing]:
    return [owner for owner in keyed(character) if hasattr(owner, "key_blocks")]


def _on_keys(character: Thing) -> Iterator[Conflict]:
    moved: dict[str, set[str]] = {}
    for target in targets(character):
        moved.setdefault(target.key.name_full, set()).add(target.shape)
    for key, shape in (place for mouth in mouths(character) for place in mouth.places):
        moved.setdefault(key.name_full, set()).add(shape)
    for keys in _keys(character):
        name, blocks = keys.user.name, [block for block in keys.key_blocks if block.name in moved[keys.name_full]]
        driven = shapes.driven(keys)
        by_driver = [block.name for block in blocks if block.name in driven]
        if by_driver:
            reads = few(sorted({driven[shape] for shape in by_driver}))
            text = f"Drivers move {few(by_driver)} of '{name}', and win over keys: key what drives them ({reads}), or remove the drivers."
            yield Conflict("drivers", text)
        muted = [block for block in blocks if block.mute]
        if muted:
            text = f"Shape keys of '{name}' are switched off: {few([block.name for block in muted])}."
            yield Conflict("muted", text, mend=_each(muted, "mute", False))
        narrow = [block.name for block in blocks if block.slider_min > 0 or block.slider_max < 1]
        if narrow:
            yield Conflict(
                "range", f"Sliders of '{name}' do not reach from 0 to 1, and will be widened where a value needs it: {few(narrow)}."
            )


def _on_turns(character: Thing) -> Iterator[Conflict]:
    rows = [row for row in character.mien_character.turns if facing.is_there(row)]
    for owner in {row.owner.name_full: row.owner for row in rows}.values():
        if owner.type == "ARMATURE" and owner.data.pose_position == "REST":
            text = f"The armature '{owner.name}' shows its rest position, so no bone is seen to turn."
            yield Conflict("rest", text, True, _setter(owner.data, "pose_position", "POSE"))
        names = list(dict.fromkeys(row.bone for row in rows if row.owner == owner and row.bone))
        held = [name for name in names if any(not c.mute and c.influence > 0 for c in owner.pose.bones[name].constraints)]
        if held:
            yield Conflict("constraints", f"Constraints hold bones of '{owner.name}' and may win over keys: {few(held)}.")
        driven = [name for name in names if _driven_bone(owner, name)]
        if driven:
            yield Conflict("drivers", f"Drivers turn bones of '{owner.name}', and win over keys: {few(driven)}.")


def _driven_bone(owner: Thing, name: str) -> bool:
    start = f"{owner.pose.bones[name].path_from_id()}.rotation"
    return bool(owner.animation_data) and any(driver.data_path.startswith(start) for driver in owner.animation_data.drivers)


def _on_animation(character: Thing) -> Iterator[Conflict]:
    for owner in keyed(character):
        data = owner.animation_data
        if data is None:
            continue
        if data.use_tweak_mode:
            text = f"An NLA strip of '{owner.name}' is being tweaked, which locks its animation: leave tweak mode (Tab)."
            yield Conflict("tweak", text, True, _setter(data, "use_tweak_mode", False))
        heard = [track for track in data.nla_tracks if not track.mute and track.strips]
        if data.action and heard and data.action_blend_type == "REPLACE" and not data.use_tweak_mode:
            text = f"The active action '{data.action.name}' of '{owner.name}' hides NLA tracks under it: push it down, or unlink it."
            yield Conflict("hidden", text, mend=_setter(data, "action", None))
        if data.action and actions.slotted() and data.action_slot is None:
            yield Conflict("slot", f"The action '{data.action.name}' of '{owner.name}' has no slot chosen, so it moves nothing.")


def _setter(thing: Thing, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(thing, name, value)


def _each(things: Sequence[Thing], name: str, value: Any) -> Callable[[], None]:
    def mend() -> None:
        for thing in things:
            setattr(thing, name, value)

    return mend
