# SPDX-License-Identifier: GPL-3.0-or-later
"""How the face stands on what turns: kept when a character is set up, so that it may be placed and turned in a set afterwards.

Turns are about the face's own axes, with the signs of the ``arkit`` rig: x to the character's left, y up, z forward, applied as
yaw, then pitch, then roll. ``keys.bones`` writes them.
"""

from dataclasses import dataclass
from math import pi
from typing import Any, TypeAlias

import bpy
from mathutils import Matrix, Quaternion

from ..keys.targets import Turn

Thing: TypeAlias = Any
_ABOUT_Z = {"-Y": 0.0, "+X": pi / 2, "+Y": pi, "-X": -pi / 2}


@dataclass(frozen=True)
class FaceTurn(Turn):
    """A turn that knows where the face looks.

    ``face`` (w, x, y, z) takes the axes of a face that looks along -y, z up, into the armature's space; for an object that turns
    itself, into its parent's. A turn T about those axes is ``face · T · face⁻¹`` there.
    """

    face: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)


def face_in(owner: Thing, bone: str, front: str) -> Quaternion:
    """How a face that looks along ``front`` of the world now stands in the space of an armature, or of an object's parent."""
    looks = Matrix.Rotation(_ABOUT_Z[front], 3, "Z")
    above = _rotation(owner.matrix_world) if bone else _rotation(_above(owner))
    return (above.inverted_safe() @ looks).to_quaternion()


def of_row(row: Thing) -> FaceTurn:
    """The turn that a row of the set-up describes."""
    radians = -row.radians if row.invert else row.radians
    return FaceTurn(row.channel, row.owner, row.bone, row.axis, radians, tuple(row.face))


def is_there(row: Thing) -> bool:
    """Whether what a row turns is still in the file."""
    if row.owner is None or not row.channel:
        return False
    return not row.bone or (row.owner.type == "ARMATURE" and row.bone in row.owner.data.bones)


def settle(row: Thing, front: str) -> None:
    """Keep how the face stands now. A row whose owner turns already keeps what it had."""
    if not is_there(row):
        return
    bpy.context.view_layer.update()
    row.face = face_in(row.owner, row.bone, front)


def _above(thing: Thing) -> Matrix:
    """The space that an object's own location and rotation are in."""
    if thing.parent is None:
        return Matrix.Identity(4)
    above = thing.parent.matrix_world
    if thing.parent_type == "BONE" and thing.parent_bone:
        above = above @ thing.parent.data.bones[thing.parent_bone].matrix_local
    return above @ thing.matrix_parent_inverse


def _rotation(matrix: Matrix) -> Matrix:
    """Without scale; a mirrored space is taken for the one beside it, for a turn looks the same from both."""
    turned = matrix.to_3x3().normalized()
    return -turned if turned.determinant() < 0 else turned
