# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion onto a character: as a new action, into the one it has, or on an NLA track."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import actions, bones, curves, shapes
from .targets import Columns, mouths, targets, turns

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]
Place: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Plan:
    """Where a motion goes.

    Frame 0 of the motion falls on frame ``first`` of the scene. Given ``start`` and ``end``, only
    keys on these frames and between are replaced, blended over ``blend`` frames at each seam;
    ``whole`` says that nothing is left out, in time or of the face.
    """

    first: float = 1.0
    start: float | None = None
    end: float | None = None
    blend: float = 6.0
    whole: bool = True
    nla: bool = False
    name: str = "Mien"


@dataclass
class Written:
    """What was done: the actions, how many curves and keys, and sentences on what the artist should know."""

    actions: list[Thing] = field(default_factory=list)
    curves: int = 0
    keys: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    """All curves of one datablock, with the values that its properties have where no curve is."""

    owner: Thing
    curves: Mapping[Place, Numbers]
    still: Mapping[Place, float]


def columns_of(motion: Thing) -> Columns:
    """Values of every channel of the bridge's motion."""
    table = np.frombuffer(motion.data, "<f4").reshape(motion.frames, len(motion.channels))
    return {name: table[:, index] for index, name in enumerate(motion.channels)}


def write(character: Thing, columns: Columns, plan: Plan) -> Written:
    """Key the character.

    Raises:
        ValueError: nothing of the character answers to any channel; the message says so to the artist.
    """
    done = Written()
    parts = [*_shape_parts(character, columns, done), *_bone_parts(character, columns)]
    if not parts:
        raise ValueError(nothing_moves(character, columns))
    count = len(next(iter(columns.values())))
    frames = plan.first + np.arange(count, dtype=np.float64)
    within = _within(frames, plan)
    if not within.any():
        raise ValueError("The frames to generate lie outside the line: set a start and an end that reach into it.")
    fresh: Thing = None
    for part in parts:
        action = _present(part.owner, frames[within], plan)
        if action is None:
            fresh = _fresh(fresh, part.owner, plan)
            action = fresh
        _write_part(part, action, frames, within, plan, done)
    return done


def nothing_moves(character: Thing, columns: Columns) -> str:
    """The sentence for a character that no channel moves."""
    such = next(iter(columns), "jawOpen")
    return f"'{character.name}' has no shape key that answers to a channel such as '{such}': match the character first."


def _shape_parts(character: Thing, columns: Columns, done: Written) -> list[_Part]:
    parts = []
    for found in shapes.gather(targets(character, [*columns]), columns, mouths(character)):
        by_driver = {name: reads for name, reads in shapes.driven(found.key).items() if name in found.values}
        for name in by_driver:
            found.values.pop(name)
        if by_driver:
            done.notes.append(_drivers_note(found.key, by_driver))
        if widened := shapes.widen(found):
            done.notes.append(f"Sliders of {found.key.name} were widened: {_few(widened)}.")
        if found.values:
            still = {(shapes.path_of(name), 0): found.key.key_blocks[name].value for name in found.values}
            parts.append(_Part(found.key, {(shapes.path_of(name), 0): values for name, values in found.values.items()}, still))
    return parts


def _bone_parts(character: Thing, columns: Columns) -> list[_Part]:
    found = bones.gather(turns(character, [*columns]), columns)
    return [_Part(turned.owner, turned.curves, {place: _still(turned.owner, place) for place in turned.curves}) for turned in found]


def _still(owner: Thing, place: Place) -> float:
    return float(owner.path_resolve(place[0])[place[1]])


def _drivers_note(key: Thing, by_driver: Mapping[str, str]) -> str:
    reads = sorted(set(by_driver.values()))
    return f"Drivers move {_few(list(by_driver))} of {key.name}, so they got no keys: key {_few(reads)}, or remove the drivers."


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _within(frames: Numbers, plan: Plan) -> NDArray[np.bool_]:
    low = -np.inf if plan.start is None else plan.start - 1e-3
    high = np.inf if plan.end is None else plan.end + 1e-3
    return (frames >= low) & (frames <= high)


def _present(owner: Thing, frames: Numbers, plan: Plan) -> Thing | None:
    """The action to write into, unless a new one is wanted."""
    if plan.nla:
        strip = actions.strip_of(owner, None if plan.whole else _covering(owner, frames))
        return strip.action if strip is not None and not plan.whole else None
    data = owner.animation_data
    action = data.action if data else None
    if action is None or not plan.whole or actions.id_type(owner) == "OBJECT":
        return action  # an armature's or object's action holds more than a face
    first, last = actions.extent(action)
    beyond = first < frames[0] - 1 or last > frames[-1] + 1
    return action if action.get("mien") and beyond else None  # other lines of the same character


def _covering(owner: Thing, frames: Numbers) -> Thing | None:
    for track in owner.animation_data.nla_tracks if owner.animation_data else ():
        for strip in track.strips:
            if track.name == actions.TRACK and strip.action and strip.frame_start <= frames[-1] and strip.frame_end >= frames[0]:
                return strip.action
    return None


def _fresh(action: Thing | None, owner: Thing, plan: Plan) -> Thing:
    """The new action of this motion: one for all datablocks where actions have slots, else one for each."""
    if action is not None and actions.slotted():
        return action
    made = actions.new(plan.name if actions.slotted() else f"{plan.name} {owner.name}")
    made["mien"] = plan.name
    return made


def _write_part(part: _Part, action: Thing, frames: Numbers, within: NDArray[np.bool_], plan: Plan, done: Written) -> None:
    data = part.owner.animation_data
    playing = data is not None and data.action == action
    if not plan.nla and not playing:
        actions.assign(part.owner, action)
    slot = (
        actions.slot_of(action, part.owner, make=True)
        if plan.nla or not playing
        else getattr(part.owner.animation_data, "action_slot", None)
    )
    if slot is None and actions.slotted():
        actions.assign(part.owner, action)
        slot = part.owner.animation_data.action_slot
    found = actions.curves_in(action, slot, make=True)
    at = frames - _shift(part.owner, action, plan)
    for (path, index), values in part.curves.items():
        curve = curves.ensure(found, path, index)
        blended = _blended(curve, at, values, part.still[path, index], within, plan)
        curves.splice(curve, at[within], blended)
        done.curves += 1
        done.keys += int(within.sum())
    if action not in done.actions:
        done.actions.append(action)
    if plan.nla and actions.strip_of(part.owner, action) is None:
        actions.place_strip(part.owner, action)
    if plan.nla and part.owner.animation_data.action is not None:
        name = part.owner.animation_data.action.name
        done.notes.append(f"The active action '{name}' of {part.owner.name} plays over the NLA strip: push it down or unlink it.")


def _shift(owner: Thing, action: Thing, plan: Plan) -> float:
    """By how many frames a strip that the artist moved plays its action later."""
    strip = actions.strip_of(owner, action) if plan.nla else None
    return 0.0 if strip is None else strip.frame_start - strip.action_frame_start


def _blended(curve: Thing, at: Numbers, values: Numbers, still: float, within: NDArray[np.bool_], plan: Plan) -> Numbers:
    """New values that leave from and come back to what plays at the seams."""
    new = values[within].astype(np.float64)
    frames = at[within]
    share = np.ones(len(frames))
    if plan.blend > 0:
        if plan.start is not None and within.argmax() > 0:
            share = np.minimum(share, (frames - frames[0]) / plan.blend)
        if plan.end is not None and not within[-1]:
            share = np.minimum(share, (frames[-1] - frames) / plan.blend)
    if (share >= 1).all():
        return new
    old = curves.sample(curve, frames) if len(curve.keyframe_points) else np.full(len(frames), still)
    share = share * share * (3 - 2 * share)
    return share * new + (1 - share) * old
