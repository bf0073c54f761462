"""Writing the scene to a file, and reading that file back against what it must hold."""

import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import OutputError
from backend.motion import Rate
from exporters.blender.curves import Thing, all_curves, keys_of
from exporters.blender.glb_times import stretch_times
from exporters.blender.heads import import_fbx
from exporters.blender.performance import Performance

_TOLERANCE = 1e-3  # of a weight, or of a rotation matrix's entries
_LATE = 1e-4  # seconds a key may be off: FBX counts whole ticks, Blender single-precision frames


def set_time(frames: int, rate: Rate) -> None:
    """Frames from zero, at exactly this rate: 29.97 is 30 over 1.001."""
    import bpy

    scene = bpy.context.scene
    scene.render.fps = ceil(rate)
    scene.render.fps_base = float(Fraction(ceil(rate)) / rate)
    scene.frame_start, scene.frame_end = 0, frames - 1
    scene.frame_set(0)


def write(path: Path, frames: int, rate: Rate) -> None:
    """Export the whole scene but cameras and lights, from frame zero on.

    Raises:
        OutputError: Blender refused.
    """
    suffix = path.suffix
    try:
        if suffix == ".fbx":
            set_time(frames, rate)
            done = _write_fbx(str(path))
        else:
            set_time(frames, Fraction(ceil(rate)))
            done = _write_glb(str(path))
    except RuntimeError as error:
        raise OutputError(f"Blender could not write the {suffix} file: {str(error).strip().splitlines()[-1]}") from error
    if done != {"FINISHED"}:
        raise OutputError(f"Blender gave up writing the {suffix} file; try another format.")
    if suffix == ".glb" and rate.denominator != 1:
        stretch_times(path, float(ceil(rate) / rate))


def _write_fbx(path: str) -> set[str]:
    import bpy

    done: set[str] = bpy.ops.export_scene.fbx(
        filepath=path,
        object_types={"ARMATURE", "MESH", "EMPTY"},
        use_mesh_modifiers=False,  # an applied modifier would bake the shapes away
        mesh_smooth_type="FACE",
        add_leaf_bones=False,
        path_mode="COPY",
        embed_textures=True,
        # With either of these on, animation that only moves shape keys is not exported, or cut to a bone action's range.
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,  # anything else drops keys
    )
    return done


def _write_glb(path: str) -> set[str]:
    import bpy

    done: set[str] = bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        export_cameras=False,
        export_lights=False,
        export_animation_mode="ACTIVE_ACTIONS",  # shapes and bones together in one animation
        export_nla_strips_merged_animation_name="Take",
        export_frame_range=True,
        export_force_sampling=True,
        export_optimize_animation_size=False,
        export_anim_single_armature=False,  # or actions that lie about in the file come along
        export_anim_slide_to_zero=False,
    )
    return done


def check(path: Path, expected: Performance, frames: int, rate: Rate) -> None:
    """Read the file back into an empty Blender.

    Raises:
        OutputError: a curve is missing, late, short, or off by more than a thousandth.
    """
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    times = np.arange(frames) / float(rate)
    if path.suffix == ".fbx":
        import_fbx(str(path))
        _check_rate(rate)
    else:
        # At the next whole rate, for the reason in glb_times.
        set_time(frames, Fraction(ceil(rate)))
        bpy.ops.import_scene.gltf(filepath=str(path))
    for name, curves in expected.shapes.items():
        _any_alike(name, "MESH", partial(_check_shapes, curves=curves, times=times))
    for name, bones in expected.bones.items():
        _any_alike(name, "ARMATURE", partial(_check_bones, bones=bones, times=times))


def _check_rate(rate: Rate) -> None:
    import bpy

    render = bpy.context.scene.render
    found = render.fps / render.fps_base
    if abs(found - float(rate)) > 1e-3 * float(rate):
        raise OutputError(f"the FBX file came back at {found:g} frames per second, not {float(rate):g}: try another format.")


def _any_alike(name: str, kind: str, check_one: Callable[[Thing], None]) -> None:
    """Find the object that passes: importers number names anew, and glTF's puts empties in the place of skinned meshes."""
    import bpy

    alike = [thing for thing in bpy.data.objects if thing.type == kind and _stem(thing.name) == _stem(name)]
    if not alike:
        raise OutputError(f"'{name}' is missing from the file that Blender wrote: give the head's objects short, plain names.")
    for i, thing in enumerate(alike):
        try:
            check_one(thing)
            return
        except OutputError:
            if i == len(alike) - 1:
                raise


def _stem(name: str) -> str:
    return re.sub(r"\.\d+$", "", name)


def _check_shapes(body: Thing, curves: dict[str, NDArray[np.float32]], times: NDArray[np.float64]) -> None:
    keys = body.data.shape_keys
    found = {curve.data_path: curve for curve in all_curves(keys)} if keys else {}
    for shape, values in curves.items():
        block = keys.key_blocks.get(shape) if keys else None
        curve = found.get(f"{block.path_from_id()}.value") if block else None
        if curve is None:
            raise OutputError(f"channel '{shape}' of '{body.name}' is missing from the file that Blender wrote.")
        _compare(shape, _sampled(shape, curve, times), values.astype(np.float64))


def _check_bones(rig: Thing, bones: dict[str, NDArray[np.float64]], times: NDArray[np.float64]) -> None:
    curves = {(curve.data_path, curve.array_index): curve for curve in all_curves(rig)}
    for name, turns in bones.items():
        bone = rig.pose.bones.get(name)
        parts = [curves.get((f"{bone.path_from_id()}.rotation_quaternion", index)) for index in range(4)] if bone else [None]
        if None in parts:
            raise OutputError(f"the rotation of bone '{name}' is missing from the file that Blender wrote.")
        read = _matrices(np.stack([_sampled(name, part, times) for part in parts], axis=1))
        rest = np.array((rig.matrix_world @ bone.bone.matrix_local).to_3x3().normalized())
        read = rest @ read @ rest.T
        # A bone without skin comes back with its first pose as its rest, so both are compared from their first frame on.
        _compare(name, read @ read[0].T, turns @ turns[0].T)


def _sampled(name: str, curve: Thing, times: NDArray[np.float64]) -> NDArray[np.float64]:
    import bpy

    render = bpy.context.scene.render
    frames, values = keys_of(curve)
    # The FBX importer of Blender before 4.5 forgets fps_base when it turns seconds into frames.
    readings = [frames * base / render.fps for base in (render.fps_base, 1.0)]
    seconds = min(readings, key=lambda reading: abs(reading[-1] - times[-1]))
    if len(seconds) != len(times) or np.abs(seconds - times).max() > _LATE:
        raise OutputError(
            f"channel '{name}' came back with {len(seconds)} keys from {seconds[0]:.3f} s to {seconds[-1]:.3f} s"
            f" instead of {len(times)} to {times[-1]:.3f} s."
        )
    return values


def _compare(name: str, read: NDArray[np.float64], written: NDArray[np.float64]) -> None:
    worst = float(np.abs(read - written).max())
    if not worst <= _TOLERANCE:
        raise OutputError(f"channel '{name}' came back off by {worst:.3g} from the file that Blender wrote.")


def _matrices(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    turns: NDArray[np.float64] = Rotation.from_quat(quaternions[:, [1, 2, 3, 0]]).as_matrix()
    return turns
