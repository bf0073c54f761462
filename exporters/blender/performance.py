"""Putting a motion on the objects in the scene, and the record of what was put where."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import DirectionError, FaceError
from backend.face.face import Face
from backend.face.match import Matching, match, plain_name
from backend.face.pose import corrective_curves, rotation
from backend.motion import Motion
from exporters.blender.build import to_blender
from exporters.blender.curves import Place, Thing, replace_curves

_AXES = ("Yaw", "Pitch", "Roll")
_JOINTS = ("head", "leftEye", "rightEye")


@dataclass
class Performance:
    """What the file must hold, by name of object, and what the artist should know.

    ``shapes`` are curves ``[frames]`` by shape key; ``bones`` are turns ``[frames, 3, 3]`` relative
    to the parent, about Blender's world axes.
    """

    shapes: dict[str, dict[str, NDArray[np.float32]]] = field(default_factory=dict)
    bones: dict[str, dict[str, NDArray[np.float64]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def perform_mien(body: Thing, rig: Thing, face: Face, motion: Motion) -> Performance:
    """Key Mien's own head: shapes and correctives by their names, joints as yaw, pitch and roll.

    Raises:
        DirectionError: the take is in a rig that the head does not have.
    """
    done = Performance()
    carried = {name: motion[name] for name in face.shapes if name in motion.rig}
    if not carried:
        raise DirectionError(f"Mien's head has no shape of rig '{motion.rig.name}': choose .take or .npz.")
    _key_shapes(body, carried | corrective_curves(face, motion), motion.frames, done)
    curves: dict[Place, NDArray[np.float64]] = {}
    for joint in face.joints:
        angles = {axis: _angle(motion, joint.channels, axis) for axis in _AXES}
        if joint.channels:
            # Ry Rx Rz turns about z first; the bone's axes are the face's, so its angles are ours.
            rig.pose.bones[joint.name].rotation_mode = "ZXY"
            for index, axis in enumerate(("Pitch", "Yaw", "Roll")):
                curves[f'pose.bones["{joint.name}"].rotation_euler', index] = angles[axis]
            done.bones.setdefault(rig.name, {})[joint.name] = _in_blender(rotation(*(angles[axis] for axis in _AXES)))
    replace_curves(rig, f"{rig.name}Action", curves, motion.frames)
    return done


def perform_artists(objects: list[Thing], motion: Motion, head: str) -> Performance:
    """Key every mesh whose shapes match, and the head and eye bones if there are any.

    Raises:
        FaceError: no shape matches a channel of the take's rig.
    """
    done = Performance()
    meshes = [thing for thing in objects if thing.type == "MESH" and thing.data.shape_keys]
    keyed: dict[str, Matching] = {}
    for body in meshes:
        blocks = body.data.shape_keys.key_blocks
        found = match([block.name for block in blocks if block != blocks[0]], motion.rig)
        if found.shapes and body.data.shape_keys.use_relative:
            keyed[body.name] = found
            _key_shapes(body, found.curves(motion), motion.frames, done)
    if not keyed:
        raise FaceError(_no_shapes(meshes, motion, head))
    _note_left_out(keyed, motion, done)
    _turn_bones(objects, motion, done)
    return done


def _key_shapes(body: Thing, curves: Mapping[str, NDArray[np.float32]], frames: int, done: Performance) -> None:
    """Replace the animation of a mesh's shape keys by these curves."""
    keys = body.data.shape_keys
    if keys.animation_data and any(f'"{name}"' in driver.data_path for driver in keys.animation_data.drivers for name in curves):
        done.notes.append(f"drivers on the shape keys of '{body.name}' were replaced by the take.")
    placed: dict[Place, NDArray[np.float32]] = {}
    for name, values in curves.items():
        block = keys.key_blocks[name]
        block.mute = False
        # Values beyond the slider are cut off when the scene is evaluated, and so in the file.
        block.slider_min = min(block.slider_min, float(values.min()))
        block.slider_max = max(block.slider_max, float(values.max()))
        placed[f"{block.path_from_id()}.value", 0] = values
    replace_curves(keys, f"{body.name}Face", placed, frames)
    done.shapes[body.name] = dict(curves)


def _turn_bones(objects: list[Thing], motion: Motion, done: Performance) -> None:
    moving = [joint for joint in _JOINTS if any(name in motion.rig for name in _channels(joint))]
    for rig in (thing for thing in objects if thing.type == "ARMATURE"):
        found = {joint: bone for joint in moving if (bone := find_bone([bone.name for bone in rig.data.bones], joint))}
        if found:
            _key_bones(rig, found, motion, done)
            return
    if any(np.any(_angle(motion, _channels(joint), axis)) for joint in moving for axis in _AXES):
        done.notes.append("no bone of this head is called like a head, neck or eye, so the head and eye rotations were left out.")


def _key_bones(rig: Thing, bones: Mapping[str, str], motion: Motion, done: Performance) -> None:
    curves: dict[Place, NDArray[np.float64]] = {}
    for joint, name in bones.items():
        turns = _in_blender(rotation(*(_angle(motion, _channels(joint), axis) for axis in _AXES)))
        bone = rig.pose.bones[name]
        rest = np.array(rig.matrix_world.to_3x3().normalized() @ bone.bone.matrix_local.to_3x3())
        bone.rotation_mode = "QUATERNION"
        for index, values in enumerate(_quaternions(rest.T @ turns @ rest).T):
            curves[f"{bone.path_from_id()}.rotation_quaternion", index] = values
        done.bones.setdefault(rig.name, {})[name] = turns
    replace_curves(rig, f"{rig.name}Head", curves, motion.frames)


def find_bone(names: list[str], joint: str) -> str | None:
    """The bone that carries a joint, by the table ``presets/rigs/bones.toml``."""
    plain = {plain_name(name): name for name in reversed(names)}
    return next((plain[plain_name(known)] for known in _bone_names()[joint] if plain_name(known) in plain), None)


@cache
def _bone_names() -> dict[str, list[str]]:
    table = tomllib.loads((files("presets.rigs") / "bones.toml").read_text(encoding="utf-8"))
    return {joint: entry["names"] for joint, entry in table.items()}


def _channels(joint: str) -> tuple[str, ...]:
    return tuple(joint + axis for axis in _AXES)


def _angle(motion: Motion, channels: tuple[str, ...], axis: str) -> NDArray[np.float64]:
    name = next((name for name in channels if name.endswith(axis) and name in motion.rig), None)
    return np.zeros(motion.frames) if name is None else motion[name].astype(np.float64)


def _in_blender(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same turns about Blender's axes."""
    change = to_blender(np.eye(3)).T
    moved: NDArray[np.float64] = change @ turns @ change.T
    return moved


def _quaternions(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """``[frames, 4]`` as w, x, y, z, each on the side of the one before, so that lines between keys stay short."""
    found = Rotation.from_matrix(turns).as_quat()[:, [3, 0, 1, 2]]
    flips = np.sign(np.einsum("fi,fi->f", found[1:], found[:-1]))
    signs = np.cumprod(np.concatenate([[np.sign(found[0, 0]) or 1.0], np.where(flips == 0, 1.0, flips)]))
    signed: NDArray[np.float64] = found * signs[:, None]
    return signed


def _no_shapes(meshes: list[Thing], motion: Motion, head: str) -> str:
    names = [block.name for body in meshes for block in list(body.data.shape_keys.key_blocks)[1:]]
    such = f" (such as '{names[0]}')" if names else ""
    expected = ", ".join(name for name in ("jawOpen", "mouthClose", "eyeBlinkLeft") if name in motion.rig) or motion.rig.names[0]
    return (
        f"the head '{head}' has {len(names)} shapes{such}, and none is named like rig '{motion.rig.name}' ({expected} ...):"
        " add or rename shapes, or describe their names in a table in presets/rigs."
    )


def _note_left_out(keyed: Mapping[str, Matching], motion: Motion, done: Performance) -> None:
    for name, found in keyed.items():
        if found.unmatched_shapes:
            done.notes.append(f"shapes of '{name}' that the take does not move: {_listed(found.unmatched_shapes)}.")
    carried = {channel for found in keyed.values() for channel in found.shapes}
    lost = [name for found in keyed.values() for name in found.unmatched_channels if name not in carried and np.any(motion[name])]
    if lost:
        done.notes.append(f"this head has no shape for {_listed(tuple(dict.fromkeys(lost)))}.")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def left_out_modifiers(objects: list[Thing]) -> Iterator[str]:
    """A note for each mesh whose modifiers cannot go into the file together with its shapes."""
    for thing in objects:
        names = [modifier.name for modifier in getattr(thing, "modifiers", ()) if modifier.type != "ARMATURE"]
        if names and thing.type == "MESH":
            yield f"modifiers of '{thing.name}' were not applied: {', '.join(names)}."
