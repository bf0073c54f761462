# SPDX-License-Identifier: GPL-3.0-or-later
"""Two takes on one character, each on an NLA track of its own: one is heard, the other is mute."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import bpy

from ..characters.conflicts import keyed
from ..keys import Plan, actions, columns_of, targets, write

Thing: TypeAlias = Any
TRACKS = {"A": "Mien A", "B": "Mien B"}
_BEFORE, _ASIDE = "Mien before", "Mien aside"


def begin(character: Thing, motions: dict[str, tuple[str, Thing]], first: dict[str, float]) -> list[str]:
    """Put the takes (name and motion, by letter) on tracks, A shown. What played before goes on a track under them, until :func:`end`.

    Raises:
        ValueError: nothing of the character answers to the channels of one; then everything is as it was.
    """
    end(character)
    for owner in _owners(character):
        _put_aside(owner)
    notes: list[str] = []
    try:
        for letter, (name, motion) in motions.items():
            notes += write(character, columns_of(motion), Plan(first=first[letter], nla=True, name=f"{letter}: {name}")).notes
            for track in _tracks(character, actions.TRACK):
                track.name = TRACKS[letter]
    except ValueError:
        end(character)
        raise
    for track in _tracks(character, _ASIDE):
        track.mute = True
    show(character, "A")
    return notes


def show(character: Thing, letter: str) -> None:
    """Hear and see this one of the two."""
    for other, name in TRACKS.items():
        for track in _tracks(character, name):
            track.mute = other != letter


def shown(character: Thing) -> str:
    """Which one is seen; nothing where no takes are being compared."""
    for letter, name in TRACKS.items():
        for track in _tracks(character, name):
            if not track.mute:
                return letter
    return ""


def end(character: Thing) -> None:
    """Take both off; what played before plays again."""
    for owner in _owners(character):
        data = owner.animation_data
        for track in list(data.nla_tracks) if data else ():
            if track.name in TRACKS.values():
                gone = [strip.action for strip in track.strips if strip.action]
                data.nla_tracks.remove(track)
                for action in gone:
                    if action.users == 0 or (action.users == 1 and action.use_fake_user):
                        bpy.data.actions.remove(action)
            elif track.name == _BEFORE:
                _take_back(owner, track)
            elif track.name == _ASIDE:
                track.name, track.mute = actions.TRACK, bool(owner.get("mien_aside_muted", False))
        if "mien_aside_muted" in owner:
            del owner["mien_aside_muted"]


def _put_aside(owner: Thing) -> None:
    data = owner.animation_data
    if data is None:
        return
    data.use_tweak_mode = False
    for track in data.nla_tracks:
        if track.name == actions.TRACK:
            owner["mien_aside_muted"] = track.mute
            track.name = _ASIDE
    action = data.action
    if action is None:
        return
    slot = data.action_slot if actions.slotted() else None
    track = data.nla_tracks.new()
    track.name = _BEFORE
    strip = track.strips.new(action.name, int(actions.extent(action)[0]), action)
    if slot is not None:
        strip.action_slot = slot
    low, high = actions.extent(action)
    strip.action_frame_start, strip.action_frame_end = low, high
    strip.frame_start_ui, strip.frame_end_ui = low, high
    strip.extrapolation = "HOLD"
    strip.blend_type = data.action_blend_type
    data.action = None


def _take_back(owner: Thing, track: Thing) -> None:
    data = owner.animation_data
    strip = track.strips[0] if track.strips else None
    if strip is not None and strip.action is not None:
        action, slot = strip.action, getattr(strip, "action_slot", None)
        data.action = action
        if slot is not None:
            data.action_slot = slot
    data.nla_tracks.remove(track)


def _owners(character: Thing) -> list[Thing]:
    """Everything that may be keyed: what is matched, and by name where nothing is."""
    return keyed(character) or [mesh.data.shape_keys for mesh in targets.shaped(character)]


def _tracks(character: Thing, name: str) -> Iterator[Thing]:
    for owner in _owners(character):
        for track in owner.animation_data.nla_tracks if owner.animation_data else ():
            if track.name == name:
                yield track
