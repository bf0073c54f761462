# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips of a scene, inside metas as well, and whether they play as they were recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from ..keys import scene_rate

Thing: TypeAlias = Any


def all_strips(holder: Thing) -> Thing:
    """The strips of a scene or a meta, those inside further metas left out; an empty list where a scene has no sequencer."""
    editor = holder.sequence_editor if hasattr(holder, "sequence_editor") else holder
    if editor is None:
        return []
    return editor.strips if hasattr(editor, "strips") else editor.sequences


# Names of before Blender 5.2, which 6.0 is to drop.
OLD = {
    "content_start": "frame_start",
    "content_duration": "frame_duration",
    "left_handle": "frame_final_start",
    "right_handle": "frame_final_end",
}


def of(strip: Thing, name: str) -> float:
    """A time of a strip in frames, by the name that it has since Blender 5.2."""
    return float(getattr(strip, name if hasattr(strip, name) else OLD[name]))


def walk(holder: Thing, metas: tuple[Thing, ...] = ()) -> Iterator[tuple[Thing, tuple[Thing, ...]]]:
    """Every strip, with the metas that it lies in, the outermost first."""
    for strip in all_strips(holder):
        yield strip, metas
        if strip.type == "META":
            yield from walk(strip, (*metas, strip))


def sounds_of(scene: Thing) -> list[Thing]:
    """Sound strips of a scene, inside metas as well."""
    return [strip for strip, _ in walk(scene) if strip.type == "SOUND" and strip.sound]


def check_speed(strip: Thing, path: Path) -> None:
    """Raises:
    ValueError: the strip, or a meta that it lies in, was retimed, so that its sound is not where the recording has it.
    """
    metas = next((metas for other, metas in walk(strip.id_data) if other == strip), ())
    for meta in metas:
        if _stretched(meta):
            raise ValueError(
                f"The meta strip '{meta.name}' around '{strip.name}' is retimed: reset its retiming, or take the sound out of it."
            )
    keys = _keys(strip)
    if len(keys) > 2 or (keys and not _as_recorded(strip, keys, length(path))):
        raise ValueError(
            f"The sound strip '{strip.name}' is retimed, and a performance fits the recording as it is: reset its retiming, "
            "or render the sound and choose that."
        )


def length(path: Path) -> float | None:
    """Seconds of a recording, as Blender's audio library has it; ``None`` where it cannot say."""
    try:
        import aud

        sound = aud.Sound(str(path))
        return float(sound.length / sound.specs[0])
    except Exception:  # some builds have no audio, some files no end
        return None


def _keys(strip: Thing) -> list[int]:
    return [key.timeline_frame for key in strip.retiming_keys]


def _stretched(meta: Thing) -> bool:
    """Whether a meta is longer or shorter than what is in it: Blender does not tell how one was retimed."""
    inside = all_strips(meta)
    extent = max(of(strip, "right_handle") for strip in inside) - min(of(strip, "left_handle") for strip in inside)
    return abs(of(meta, "content_duration") - extent) > 1


def _as_recorded(strip: Thing, keys: list[int], seconds: float | None) -> bool:
    """Whether the two keys at the ends are as far apart as the recording is long: a speed of 1, but for whole frames."""
    return seconds is not None and len(keys) == 2 and abs(keys[1] - keys[0] - seconds * float(scene_rate(strip.id_data))) <= 1
