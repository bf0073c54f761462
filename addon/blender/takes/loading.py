# SPDX-License-Identifier: GPL-3.0-or-later
"""A take onto a character: its motion at the scene's rate, keyed as the panel says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from ..generate import apply
from ..keys import scene_rate

Thing: TypeAlias = Any


def load(context: Thing, service: Thing, character: Thing, row: Thing) -> list[str]:
    """Key a take; answers with what the artist should know.

    Raises:
        ServiceError: the service does not answer, or has no such take.
        ValueError: nothing of the character answers to its channels.
    """
    motion = motion_of(service, row.take, character, context.scene)
    name = f"{Path(row.recording).stem or 'Mien'} {row.take[:8]}"
    done = apply.key_motion(context, character, motion, row.take, first_frame(character, motion, context.scene), name)
    return list(done.notes)


def motion_of(service: Thing, take: str, character: Thing, scene: Thing, rig: str = "") -> Thing:
    """A take's motion at the scene's rate, in the rig that the character was matched with."""
    own = getattr(character, "mien_character", None)
    return service.motion(take, rig=rig or (own.rig if own else "arkit") or "arkit", rate=str(scene_rate(scene)))


def first_frame(character: Thing, motion: Thing, scene: Thing) -> float:
    """The frame on which frame 0 of the motion falls, for a recording that starts where the character's line does."""
    first: float = character.mien.first + motion.start * float(scene_rate(scene))
    return first


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file when its new content is complete."""
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def exported(service: Thing, take: str, suffix: str, told: Callable[[float], None] = lambda _: None) -> bytes:
    """A take in another format. Any thread; waits for the service.

    Raises:
        ServiceError: it cannot be made.
    """
    if suffix == "take":
        return bytes(service.take_bytes(take))
    job = service.export(take, suffix)
    for state in service.watch(job.id):
        job = state
        told(job.share)
    if job.error is not None:
        raise job.error
    if job.file is None:
        raise ValueError(f"The .{suffix} file was not made: the job was {job.state}.")
    return bytes(service.file(job.file))
