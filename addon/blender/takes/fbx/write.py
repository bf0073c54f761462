# SPDX-License-Identifier: GPL-3.0-or-later
"""The character to an FBX file, and back, before anybody is told that it worked."""

from pathlib import Path
from typing import Any, TypeAlias

import bpy

from ...characters.active import parts
from ...characters.names import armatures_of, unique
from ...keys import targets
from .check import check
from .copies import copy_into, entered, fresh_scene, named_like_originals
from .sample import sample

Thing: TypeAlias = Any


def export(context: Thing, character: Thing, path: Path, start: int, end: int) -> list[str]:
    """Write what the character does from frame ``start`` to ``end``; ``start`` is time zero in the file, so that it fits the recording.

    Answers with what the artist should know.

    Raises:
        RuntimeError: Blender could not write it, or it did not read back as written; then an older file is still there.
        ValueError: there is nothing to export.
    """
    objects = [thing for thing in family(character) if thing.type in ("MESH", "ARMATURE", "EMPTY")]
    if end <= start:
        raise ValueError(f"There is nothing to export from frame {start} to {end}: the end must come after the start.")
    linked = next((thing for thing in objects if not thing.is_editable), None)
    if linked is not None:
        raise ValueError(f"'{linked.name}' is linked from another file: make a library override of it to export it.")
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {path.parent}: choose another place for '{path.name}'.")
    sampled = sample(context, objects, start, end)
    partial = path.with_name(f"{path.stem}.part.fbx")
    try:
        with fresh_scene(context.scene, sampled.frames) as scene:
            made = copy_into(scene, objects, sampled)
            with named_like_originals(made, objects), entered(context, scene):
                scene.frame_set(0)
                _write(str(partial))
        with fresh_scene(context.scene, sampled.frames) as scene, entered(context, scene):
            check(scene, partial, sampled)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return [f"Wrote {path.name}, {sampled.frames} frames, and read it back.", *_left_out(objects)]


def family(character: Thing) -> list[Thing]:
    """The character's parts, what is below them, and the armatures that move them; parents first."""
    found = list(parts(character))
    found += [below for thing in list(found) for below in targets.family(thing)]
    found += [armature for thing in list(found) if thing.type == "MESH" for armature in armatures_of(thing)]
    return unique(sorted(unique(found), key=_depth))


def _depth(thing: Thing) -> int:
    return 0 if thing.parent is None else 1 + _depth(thing.parent)


def _write(path: str) -> None:
    done = bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=False,
        object_types={"ARMATURE", "MESH", "EMPTY"},
        use_mesh_modifiers=False,  # an applied modifier would bake the shape keys away
        mesh_smooth_type="FACE",
        add_leaf_bones=False,
        path_mode="COPY",
        embed_textures=True,
        bake_anim=True,
        # With either of these on, animation that only moves shape keys is not exported, or cut to a bone action's range.
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_force_startend_keying=True,
        bake_anim_simplify_factor=0.0,  # anything else drops keys
    )
    if done != {"FINISHED"}:
        raise RuntimeError("Blender gave up writing the FBX file.")


def _left_out(objects: list[Thing]) -> list[str]:
    """Modifiers cannot go into the file together with shape keys."""
    notes = []
    for thing in objects:
        names = [modifier.name for modifier in thing.modifiers if modifier.type != "ARMATURE" and modifier.show_viewport]
        if names and thing.type == "MESH":
            notes.append(f"Modifiers of '{thing.name}' were left out: {', '.join(names)}.")
    return notes
