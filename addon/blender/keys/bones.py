# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns of bones and objects, whichever way they lie at rest.

Turns are about the face's own axes as in the ``arkit`` rig (x to the character's left, y up, z
forward, applied as yaw, then pitch, then roll), for a character that looks along Blender's -y.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from mathutils import Matrix, Quaternion
from numpy.typing import NDArray

from .targets import Columns, Turn

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]
Place: TypeAlias = tuple[str, int]

_TO_BLENDER = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # x stays, y becomes z, z becomes -y
_AXES = ("yaw", "pitch", "roll")


@dataclass(frozen=True)
class Turned:
    """Curves of one object's or armature's rotations."""

    owner: Thing
    curves: dict[Place, Numbers]


def gather(turns: Iterable[Turn], columns: Columns) -> list[Turned]:
    """Rotation curves of every object that the turns name. Bones that are gone are left out."""
    grouped: dict[tuple[str, str], list[Turn]] = {}
    for turn in turns:
        if turn.channel in columns and (not turn.bone or turn.bone in turn.owner.pose.bones):
            grouped.setdefault((turn.owner.name_full, turn.bone), []).append(turn)
    found: dict[str, Turned] = {}
    for (name, bone), group in grouped.items():
        owner, by_axis = group[0].owner, _angles(group, columns)
        turned = found.setdefault(name, Turned(owner, {}))
        turns_in_space = _in_space(_face(group[0]), by_axis)
        turned.curves.update(_bone(owner, bone, turns_in_space) if bone else _curves("delta_rotation", owner, turns_in_space))
    return list(found.values())


def _angles(group: list[Turn], columns: Columns) -> Numbers:
    by_axis = np.zeros((len(columns[group[0].channel]), 3))
    for turn in group:
        by_axis[:, _AXES.index(turn.axis)] += columns[turn.channel].astype(np.float64) * turn.radians
    return by_axis


def _face(turn: Turn) -> Numbers:
    """What takes the axes of a face that looks along -y into the armature's space, or into an object's parent's."""
    kept = getattr(turn, "face", None)
    if kept is not None:
        return _plain(Quaternion(kept).to_matrix())
    return _plain((_rest(turn.owner) if turn.bone else _frame(turn.owner)).inverted())


def rotation(yaw: Numbers, pitch: Numbers, roll: Numbers) -> Numbers:
    """Matrices Ry · Rx · Rz ``[frames, 3, 3]``."""
    return _about(1, yaw) @ _about(0, pitch) @ _about(2, roll)


def _about(axis: int, angles: Numbers) -> Numbers:
    turned = np.zeros((len(angles), 3, 3))
    after, last = (axis + 1) % 3, (axis + 2) % 3
    turned[:, axis, axis] = 1
    turned[:, after, after] = turned[:, last, last] = np.cos(angles)
    turned[:, last, after] = np.sin(angles)
    turned[:, after, last] = -np.sin(angles)
    return turned


def _in_space(face: Numbers, by_axis: Numbers) -> Numbers:
    turns = _TO_BLENDER @ rotation(*by_axis.T) @ _TO_BLENDER.T
    turned: Numbers = face @ turns @ face.T
    return turned


def _bone(armature: Thing, name: str, turns: Numbers) -> dict[Place, Numbers]:
    bone = armature.pose.bones[name]
    rest = _plain(_rotation_of(bone.bone.matrix_local))
    return _curves(f"{bone.path_from_id()}.rotation", bone, rest.T @ turns @ rest)


# Delta rotations of an object lie over its own, which stays what it is at rest.
def _curves(stem: str, thing: Thing, matrices: Numbers) -> dict[Place, Numbers]:
    if thing.rotation_mode == "AXIS_ANGLE":
        thing.rotation_mode = "QUATERNION"
    if thing.rotation_mode == "QUATERNION":
        return {(f"{stem}_quaternion", index): values for index, values in enumerate(_quaternions(matrices).T)}
    return {(f"{stem}_euler", index): values for index, values in enumerate(_eulers(matrices, thing.rotation_mode).T)}


def _quaternions(matrices: Numbers) -> Numbers:
    """Each on the side of the one before, so that lines between keys stay short."""
    found = np.array([Matrix(matrix.tolist()).to_quaternion() for matrix in matrices])
    flips = np.einsum("fi,fi->f", found[1:], found[:-1]) < 0
    signs = np.cumprod(np.concatenate([[1.0], np.where(flips, -1.0, 1.0)]))
    turned: Numbers = found * signs[:, None]
    return turned


def _eulers(matrices: Numbers, order: str) -> Numbers:
    rows, last = [], None
    for matrix in matrices:
        euler = Matrix(matrix.tolist())
        last = euler.to_euler(order) if last is None else euler.to_euler(order, last)
        rows.append(tuple(last))
    return np.array(rows)


def _rest(thing: Thing) -> Thing:
    """The object's rotation in the world without delta rotations, which are where Mien's keys are."""
    own = thing.rotation_quaternion if thing.rotation_mode == "QUATERNION" else thing.rotation_euler
    return _frame(thing) @ own.to_matrix()


def _frame(thing: Thing) -> Thing:
    """Of what an object's own rotation is measured against."""
    if thing.parent is None:
        return Matrix.Identity(3)
    above = _rest(thing.parent)
    if thing.parent_type == "BONE" and thing.parent_bone:
        above = above @ _rotation_of(thing.parent.data.bones[thing.parent_bone].matrix_local)
    return above @ _rotation_of(thing.matrix_parent_inverse)


def _rotation_of(matrix: Thing) -> Thing:
    return matrix.to_3x3().normalized()


def _plain(matrix: Thing) -> Numbers:
    return np.array([list(row) for row in matrix])
