# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions on any Blender from 4.2 to 5.2: with slots (4.4 and later) or without, and on NLA tracks.

4.4 brought slots, which must be assigned or nothing moves; 5.0 dropped ``action.fcurves``.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import bpy

Thing: TypeAlias = Any
TRACK = "Mien"  # of the NLA


def slotted() -> bool:
    """Whether actions of this Blender have slots."""
    return "slots" in bpy.types.Action.bl_rna.properties


def id_type(owner: Thing) -> str:
    """KEY, OBJECT ...: of what kind a datablock is, in the words of actions."""
    return str(owner.id_type)


def slot_of(action: Thing, owner: Thing, make: bool = False) -> Thing | None:
    """The action's slot for a datablock, by kind and name."""
    if not slotted():
        return None
    kind = id_type(owner)
    slot = next((slot for slot in action.slots if slot.target_id_type == kind and slot.name_display == owner.name), None)
    return action.slots.new(id_type=kind, name=owner.name) if slot is None and make else slot


def curves_in(action: Thing, slot: Thing | None, make: bool = False) -> Thing | None:
    """The collection of F-curves of one slot, or ``None`` where there is none and none is to be made."""
    if not slotted():
        return action.fcurves
    if slot is None:
        return None
    if not action.layers:
        if not make:
            return None
        action.layers.new("Layer").strips.new(type="KEYFRAME")
    strips = action.layers[0].strips
    strip = strips[0] if strips else strips.new(type="KEYFRAME")
    bag = strip.channelbag(slot, ensure=True) if make else strip.channelbag(slot)
    return bag.fcurves if bag else None


def all_curves(action: Thing) -> Iterator[Thing]:
    """Every F-curve of an action, whichever slot it belongs to."""
    if not slotted():
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves


def active_curves(owner: Thing) -> Thing | None:
    """F-curves that play on a datablock through its active action."""
    data = owner.animation_data
    if data is None or data.action is None:
        return None
    return curves_in(data.action, data.action_slot if slotted() else None)


def new(name: str) -> Thing:
    """An empty action."""
    return bpy.data.actions.new(name)


def assign(owner: Thing, action: Thing) -> None:
    """Make an action the active one of a datablock, on its slot."""
    data = owner.animation_data or owner.animation_data_create()
    data.use_tweak_mode = False  # it locks the action
    old = data.action
    if old is not None and old != action and not old.get("mien") and old.users <= 1:
        old.use_fake_user = True  # what the artist keyed stays in the file
    data.action = action
    if slotted():
        data.action_slot = slot_of(action, owner, make=True)


def unassign(owner: Thing, action: Thing) -> None:
    """Take an action off a datablock where it is the active one."""
    if owner.animation_data and owner.animation_data.action == action:
        owner.animation_data.action = None


def strip_of(owner: Thing, action: Thing | None = None) -> Thing | None:
    """The strip on Mien's NLA track (that holds ``action``)."""
    tracks = owner.animation_data.nla_tracks if owner.animation_data else ()
    strips = [strip for track in tracks if track.name == TRACK for strip in track.strips if strip.action]
    return next((strip for strip in strips if action in (None, strip.action)), None)


def place_strip(owner: Thing, action: Thing) -> None:
    """Put an action on Mien's NLA track, in place of what it held there."""
    data = owner.animation_data or owner.animation_data_create()
    data.use_tweak_mode = False
    track = next((track for track in data.nla_tracks if track.name == TRACK), None) or data.nla_tracks.new()
    track.name = TRACK
    slot = slot_of(action, owner, make=True)
    first, last = extent(action)
    for strip in list(track.strips):
        if strip.action == action or (strip.frame_start < last and strip.frame_end > first):
            track.strips.remove(strip)
    strip = track.strips.new(action.name, int(first), action)
    if slot is not None:
        strip.action_slot = slot
    # A strip starts on a whole frame where it is made; its keys may not.
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start_ui, strip.frame_end_ui = first, last
    strip.extrapolation = "NOTHING"


def extent(action: Thing) -> tuple[float, float]:
    """First and last frame that have keys."""
    ranges = [curve.range() for curve in all_curves(action)]
    first, last = (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else (0.0, 1.0)
    return first, max(last, first + 1.0)
