# SPDX-License-Identifier: GPL-3.0-or-later
"""MetaHuman's curves as animated custom properties, named as MetaHuman names them."""

from typing import Any, TypeAlias

import bpy
import numpy as np

from ..keys import actions, columns_of, curves

Thing: TypeAlias = Any
RIG = "ctrl_expressions"
EMPTY = "MetaHuman curves"


def bake(context: Thing, character: Thing | None, motion: Thing, first: float, name: str, on_empty: bool = True) -> Thing:
    """Key every curve on an empty under the character, or on the character itself; answers with the object.

    Curves that the object has already get the new keys; everything else that it has stays.
    """
    holder = _empty(context, character) if on_empty or character is None else character
    action = holder.animation_data.action if holder.animation_data else None
    if action is None:
        action = actions.new(name)
        actions.assign(holder, action)
    slot = holder.animation_data.action_slot if actions.slotted() else None
    if actions.slotted() and slot is None:
        actions.assign(holder, action)
        slot = holder.animation_data.action_slot
    found = actions.curves_in(action, slot, make=True)
    frames = first + np.arange(motion.frames, dtype=np.float64)
    for channel, values in columns_of(motion).items():
        if channel not in holder:
            holder[channel] = 0.0
            holder.id_properties_ui(channel).update(
                min=-1.0, max=1.0, soft_min=-1.0, soft_max=1.0, description="A curve of MetaHuman's face"
            )
        curves.write(curves.ensure(found, path_of(channel)), frames, values.astype(np.float64))
    holder.update_tag()
    return holder


def path_of(channel: str) -> str:
    """Of a custom property on its object."""
    return f'["{channel}"]'


def _empty(context: Thing, character: Thing | None) -> Thing:
    under = character.children if character else context.scene.objects
    known = next((thing for thing in under if thing.type == "EMPTY" and thing.name.startswith(EMPTY)), None)
    if known is not None:
        return known
    made = bpy.data.objects.new(EMPTY, None)
    made.empty_display_size = 0.05
    context.collection.objects.link(made)
    made.parent = character
    return made
