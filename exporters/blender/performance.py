"""Putting a motion on the objects in the scene, and the record of what was put where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import DirectionError, FaceError
from backend.face.convert import convert
from backend.face.face import Face
from backend.face.match import Matching, match_meshes
from backend.face.pose import corrective_curves, rotation
from backend.motion import Motion, Unit
from exporters.blender.build import to_blender
from exporters.blender.curves import Place, Thing, replace_curves

_AXES = ("Yaw", "Pitch", "Roll")


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


def perform_artists(objects: list[Thing], motion: Motion, head: str, given: Matching | None = None) -> Performance:
    """Key every mesh whose shapes match, by name or as ``given`` says, and the bones of head, eyes and jaw if there are any.

    Raises:
        FaceError: neither a shape nor a bone matches a weight of the rig.
    """
    done, meshes, rigs = Performance(), _shaped(objects), _armatures(objects)
    names = names_of(objects)
    if given is not None:
        motion = convert(motion, given.rig)
        _note_absent(given, names, done)
    found = given or match_meshes(names.meshes, motion.rig, names.bones)
    carried = set[str]()
    for body in meshes:
        carried |= _key_mesh(body, found.on(body.name), motion, done)
    carried |= _turn_bones(rigs, found, motion, done)
    if not carried.intersection(motion.rig.in_unit(Unit.WEIGHT)):
        raise FaceError(_no_shapes(names, motion, head, given is not None))
    _note_lost(carried, motion, done)
    return done


@dataclass(frozen=True)
class Names:
    """What a character has to be moved by: names of shapes by mesh, without the one at rest, and names of bones."""

    meshes: dict[str, list[str]]
    bones: list[str]


def names_of(objects: list[Thing]) -> Names:
    meshes = {body.name: [block.name for block in list(body.data.shape_keys.key_blocks)[1:]] for body in _shaped(objects)}
    return Names(meshes, list(dict.fromkeys(bone.name for rig in _armatures(objects) for bone in rig.data.bones)))


def _shaped(objects: list[Thing]) -> list[Thing]:
    # Absolute keys follow one another in time, and none can be mixed in by a value of its own.
    return [thing for thing in objects if thing.type == "MESH" and thing.data.shape_keys and thing.data.shape_keys.use_relative]


def _armatures(objects: list[Thing]) -> list[Thing]:
    """Those that move a mesh first, for files hold others, too: the one that a rig was made from, controls for show."""
    bound = {modifier.object for thing in objects for modifier in getattr(thing, "modifiers", ()) if modifier.type == "ARMATURE"}
    bound |= {thing.parent for thing in objects if thing.type == "MESH"}
    return sorted((thing for thing in objects if thing.type == "ARMATURE"), key=lambda rig: rig not in bound)


def _key_mesh(body: Thing, found: Matching, motion: Motion, done: Performance) -> set[str]:
    """Key the shapes that this mesh has of those that the matching moves; the channels that they carry."""
    names = [block.name for block in list(body.data.shape_keys.key_blocks)[1:]]
    curves = {shape: curve for shape, curve in found.curves(motion).items() if shape in names}
    if not curves:
        return set()
    _key_shapes(body, curves, motion.frames, done)
    still = [name for name in names if name not in curves]
    if still:
        done.notes.append(f"shapes of '{body.name}' that the take does not move: {_listed(still)}.")
    single = {channel for channel, parts in found.shapes.items() if any(shape in curves for shape, _ in parts)}
    return single | {channel for shape, pose in found.visemes.items() if shape in curves for channel, _ in pose}


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


def _turn_bones(rigs: list[Thing], found: Matching, motion: Motion, done: Performance) -> set[str]:
    """Turn each bone of the matching on the first armature that has it; the channels that these bones carry."""
    left, carried = found.turns(motion), set[str]()
    for rig in rigs:
        here = {name: left.pop(name) for name in [*left] if name in rig.pose.bones}
        if here:
            _key_bones(rig, here, done)
        carried |= {turn.channel for name in here for turn in found.bones[name]}
    return carried


def _key_bones(rig: Thing, angles: Mapping[str, NDArray[np.float64]], done: Performance) -> None:
    """Turn bones by yaw, pitch and roll ``[frames, 3]`` about the face's own axes, whichever way the bones lie at rest."""
    curves: dict[Place, NDArray[np.float64]] = {}
    for name, by_axis in angles.items():
        turns = _in_blender(rotation(*by_axis.T))
        bone = rig.pose.bones[name]
        rest = np.array(rig.matrix_world.to_3x3().normalized() @ bone.bone.matrix_local.to_3x3())
        bone.rotation_mode = "QUATERNION"
        for index, values in enumerate(_quaternions(rest.T @ turns @ rest).T):
            curves[f"{bone.path_from_id()}.rotation_quaternion", index] = values
        done.bones.setdefault(rig.name, {})[name] = turns
    replace_curves(rig, f"{rig.name}Head", curves, len(next(iter(angles.values()))))


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


def _no_shapes(names: Names, motion: Motion, head: str, chosen: bool) -> str:
    shapes = [shape for own in names.meshes.values() for shape in own]
    such = f" (such as '{shapes[0]}')" if shapes else ""
    expected = ", ".join(name for name in ("jawOpen", "mouthClose", "eyeBlinkLeft") if name in motion.rig) or motion.rig.names[0]
    if chosen:
        return f"the head '{head}' has {len(shapes)} shapes{such}, and the matching names none of them: match this head anew."
    return (
        f"the head '{head}' has {len(shapes)} shapes{such}, and none is named like rig '{motion.rig.name}' ({expected} ...):"
        " add or rename shapes, or say which is which in a matching (`mien match`)."
    )


def _note_absent(given: Matching, names: Names, done: Performance) -> None:
    """What a matching that somebody wrote names, and the head does not have."""
    shapes = {shape for own in names.meshes.values() for shape in own}
    for kind, missing in {
        "meshes": [mesh for mesh in given.meshes if mesh not in names.meshes],
        "shapes": sorted(given.used() - shapes),
        "bones": [bone for bone in given.bones if bone not in names.bones],
    }.items():
        if missing:
            done.notes.append(f"the matching names {kind} that this head does not have: {_listed(missing)}.")


def _note_lost(carried: set[str], motion: Motion, done: Performance) -> None:
    lost = [name for name in motion.rig.names if name not in carried and np.any(motion[name])]
    turns = [name for name in lost if motion.rig[name].unit is Unit.RADIAN]
    shapes = [name for name in lost if name not in turns]
    if shapes:
        done.notes.append(f"this head has no shape for {_listed(shapes)}.")
    if turns:
        done.notes.append(f"no bone of this head carries these, so the rotations were left out: {_listed(turns)}.")


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")


def left_out_modifiers(objects: list[Thing]) -> Iterator[str]:
    """A note for each mesh whose modifiers cannot go into the file together with its shapes."""
    for thing in objects:
        names = [modifier.name for modifier in getattr(thing, "modifiers", ()) if modifier.type != "ARMATURE"]
        if names and thing.type == "MESH":
            yield f"modifiers of '{thing.name}' were not applied: {', '.join(names)}."
