# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound strips: found, read and placed, in the sequencer of any Blender from 4.2 to 5.2."""

import math
from pathlib import Path
from typing import Any, TypeAlias

import bpy

from ..keys import scene_rate
from .walk import all_strips, of, sounds_of

Thing: TypeAlias = Any


def sequencer_scene(context: Thing) -> Thing:
    """The scene whose strips the sequencer shows: since 5.0 it may be another than the active one."""
    return getattr(getattr(context, "workspace", None), "sequencer_scene", None) or context.scene


def sounds(context: Thing) -> list[Thing]:
    """Sound strips of the scene that the sequencer shows, then of the active one."""
    scenes = {scene.name: scene for scene in (sequencer_scene(context), context.scene)}
    return [strip for scene in scenes.values() for strip in sounds_of(scene)]


def named(context: Thing, name: str) -> Thing | None:
    """The sound strip of that name."""
    return next((strip for strip in sounds(context) if strip.name == name), None)


def active(context: Thing) -> Thing | None:
    """The sequencer's active strip, if it is a sound."""
    editor = sequencer_scene(context).sequence_editor
    strip = editor.active_strip if editor else None
    return strip if strip is not None and strip.type == "SOUND" and strip.sound else None


def first_frame(strip: Thing) -> float:
    """The frame on which the recording's first sample falls, though the strip may be trimmed to start later."""
    return of(strip, "content_start") + offset_frames(strip)


def offset_frames(strip: Thing) -> float:
    """Frames by which the sound lies later in its strip than where the strip's content starts."""
    seconds = float(getattr(strip.sound, "offset_time", 0.0) or 0.0)
    render = strip.id_data.render
    return seconds * render.fps / render.fps_base if math.isfinite(seconds) else 0.0


def file_of(strip: Thing) -> Path:
    """The recording on disk; one packed into the file is written out first.

    Raises:
        ValueError: it is neither on disk nor packed.
    """
    sound = strip.sound
    path = Path(bpy.path.abspath(sound.filepath, library=sound.library))
    if path.is_file():
        return path
    if sound.packed_file:
        out = Path(bpy.app.tempdir) / f"mien_{sound.name}"
        out.write_bytes(sound.packed_file.data)
        return out
    raise ValueError(f"The recording of strip '{strip.name}' is not where it was ({path}): find it again in the sequencer.")


def place(scene: Thing, path: Path, frame: float) -> Thing:
    """The strip of a recording that starts on a frame, placed on a free channel where there is none yet."""
    whole = round(frame)
    known = _known(scene, path, frame)
    if known is not None:
        return known
    strips = all_strips(scene.sequence_editor_create().id_data)
    strip = strips.new_sound(path.stem, str(path), free_channel(scene, whole, path), whole)
    scene.sync_mode = "AUDIO_SYNC"
    scene.use_audio_scrub = True
    return strip


def placed(context: Thing, path: Path, frame: float) -> list[str]:
    """The same in the scene that the sequencer shows, with what there is to say of it: some builds of Blender have no sound."""
    scene, notes = sequencer_scene(context), list[str]()
    if scene != context.scene and _known(context.scene, path, frame) is not None:
        return notes
    if scene != context.scene and scene_rate(scene) != scene_rate(context.scene):
        text = f"The sound is in '{context.scene.name}', not in '{scene.name}', which the sequencer shows: their frame rates differ."
        scene, notes = context.scene, [text]
    elif scene != context.scene:
        notes.append(f"The sound was placed in the scene '{scene.name}', which the sequencer shows.")
    try:
        place(scene, path, frame)
    except RuntimeError as error:
        return [f"The sound was not placed ({str(error).strip().removeprefix('Error: ')}); the keys are in time with frame {frame:g}."]
    return notes


def elsewhere(context: Thing, strip: Thing) -> list[str]:
    """What there is to say of a strip in another scene than the one that is keyed.

    Raises:
        ValueError: that scene has another frame rate, so its frames are others.
    """
    scene = strip.id_data
    if scene == context.scene:
        return []
    if scene_rate(scene) != scene_rate(context.scene):
        raise ValueError(
            f"The strip '{strip.name}' is in the scene '{scene.name}', which has another frame rate than '{context.scene.name}': "
            "give both the same, or place the sound here."
        )
    return [f"The strip '{strip.name}' is in the scene '{scene.name}': the line starts on the frame that it starts on there."]


def free_channel(scene: Thing, start: int, path: Path) -> int:
    """The lowest channel on which nothing lies from ``start`` on."""
    taken = {strip.channel for strip in all_strips(scene) if of(strip, "right_handle") > start}
    return next(channel for channel in range(1, 129) if channel not in taken or channel == 128)


def _known(scene: Thing, path: Path, frame: float) -> Thing | None:
    """The strip of a recording that starts on a frame, inside a meta perhaps."""
    return next((strip for strip in sounds_of(scene) if _same(strip, path) and abs(first_frame(strip) - frame) < 1), None)


def _same(strip: Thing, path: Path) -> bool:
    return Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)) == path
