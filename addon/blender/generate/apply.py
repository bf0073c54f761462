# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion onto the character as its panel says: parts, frames, action or NLA; and the sound beside it."""

import math
from pathlib import Path
from typing import Any, TypeAlias

from .. import described
from ..keys import PARTS, Plan, Written, columns_of, write
from ..keys.parts import chosen
from ..keys.targets import Columns
from ..sound import strips

Thing: TypeAlias = Any


def plan_of(line: Thing, first: float, name: str) -> Plan:
    """Where keys go by the panel's choices."""
    ranged = bool(line.use_range)
    return Plan(
        first=first,
        start=float(line.start) if ranged else None,
        end=float(line.end) if ranged else None,
        blend=float(line.blend),
        whole=not ranged and set(line.parts) == set(PARTS),
        nla=line.onto == "NLA",
        name=name,
    )


def key(context: Thing, character: Thing, columns: Columns, first: float, name: str, recording: Path | None = None) -> Written:
    """Key a motion whose frame 0 falls on ``first``, and place the recording in time with it.

    Raises:
        ValueError: nothing can be keyed; the message tells the artist why.
    """
    line, scene = character.mien, context.scene
    if line.use_range and line.end <= line.start:
        raise ValueError(f"The frames to generate run from {line.start} to {line.end}: the end must come after the start.")
    wanted = chosen(columns, line.parts, described.regions())
    if not wanted:
        raise ValueError("No part of the face is chosen: choose mouth, brows, eyes or head.")
    done = write(character, {name: columns[name] for name in wanted}, plan_of(line, first, name))
    line.first = first
    last = math.ceil(first + len(next(iter(columns.values()))) - 1)
    if scene.frame_end < last:
        done.notes.append(f"The scene's end was moved from {scene.frame_end} to {last}, where the line ends.")
        scene.frame_end = last
    if recording is not None and line.place_sound and line.source == "FILE":
        done.notes += strips.placed(context, recording, first)
    scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
    return done


def key_motion(
    context: Thing, character: Thing, motion: Thing, take: str, first: float, name: str, recording: Path | None = None
) -> Written:
    """The same with a motion of the bridge, and the character remembers the take."""
    done = key(context, character, columns_of(motion), first, name, recording)
    character.mien.take = take
    return done
