"""How FLAME's joints are laid out in what trackers write: axis-angle vectors, or the two first rows of matrices."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import InputError

Array = NDArray[np.float64]
Turns = dict[str, Rotation]

JOINTS = ("neck", "jaw", "leftEye", "rightEye")
_NAMED: Mapping[str, str] = {
    **dict.fromkeys(("rotation", "global_orient", "global_pose", "global_rot", "pose_params"), "global"),
    **dict.fromkeys(("neck_pose", "neck"), "neck"),
    **dict.fromkeys(("jaw_params", "jaw_pose", "jaw"), "jaw"),
    **dict.fromkeys(("leye_pose", "left_eye_pose"), "leftEye"),
    **dict.fromkeys(("reye_pose", "right_eye_pose"), "rightEye"),
}
_EYES = ("eyes_pose", "eye_pose", "eyes", "eyecode")
# The joints of a pose array, by the number of vectors in it.
_POSES: Mapping[int, tuple[str, ...]] = {
    1: ("global",),
    2: ("global", "jaw"),
    5: ("global", "neck", "jaw", "leftEye", "rightEye"),
    6: ("global", "neck", "jaw", "leftEye", "rightEye", "translation"),
}


def pose_parts(pose: Array, path: Path) -> Turns:
    """The joints of one array ``[frames, width]``.

    Axis-angle: 3 (the head), 6 (head, jaw), 15 (head, neck, jaw, eyes), 18 (the same and a shift, which is left out). As 6-d
    rotations: 12 (head, jaw), 18 (jaw, left eye, right eye), 30 (all five). Which of the two 18 is shows in the numbers: rows of
    matrices have length one and stand at right angles.

    Raises:
        InputError: another width.
    """
    width = pose.shape[1]
    if width % 6 == 0 and width > 6 and _are_rows(pose):
        joints = {12: ("global", "jaw"), 18: ("jaw", "leftEye", "rightEye"), 30: _POSES[5]}.get(width)
        if joints:
            return {joint: six(pose[:, 6 * k : 6 * k + 6]) for k, joint in enumerate(joints)}
    if width % 3 or width // 3 not in _POSES:
        raise InputError(f"{path} holds a pose of {width} numbers; known are 3, 6, 15 and 18, or 12, 18 and 30 of 6-d rotations.")
    return {joint: Rotation.from_rotvec(pose[:, 3 * k : 3 * k + 3]) for k, joint in enumerate(_POSES[width // 3]) if joint != "translation"}


def single(name: str, values: Array) -> Turns:
    """The joint or the eyes that an array's name stands for; none where it stands for neither, or has another width."""
    if name in _EYES and values.shape[1] in (6, 12):
        left, right = np.hsplit(values, 2)
        return {"leftEye": turn(left), "rightEye": turn(right)}
    if name in _NAMED and values.shape[1] in (3, 6) and not (name == "pose_params" and values.shape[1] == 6):
        return {_NAMED[name]: turn(values)}
    return {}


def turn(values: Array) -> Rotation:
    """Axis-angle vectors ``[frames, 3]`` or 6-d rotations ``[frames, 6]``."""
    return Rotation.from_rotvec(values) if values.shape[1] == 3 else six(values)


def six(values: Array) -> Rotation:
    """The first two rows of rotation matrices, one after the other, made orthonormal (Zhou et al. 2019; rows, as PyTorch3D has it)."""
    first = values[:, :3] / np.maximum(np.linalg.norm(values[:, :3], axis=1, keepdims=True), 1e-9)
    second = values[:, 3:] - (first * values[:, 3:]).sum(axis=1, keepdims=True) * first
    second /= np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-9)
    return Rotation.from_matrix(np.stack([first, second, np.cross(first, second)], axis=1))


def _are_rows(pose: Array) -> bool:
    pairs = pose.reshape(len(pose), -1, 2, 3)
    lengths = np.linalg.norm(pairs, axis=-1)
    return bool(np.all(np.abs(lengths - 1) < 0.05) and np.all(np.abs((pairs[..., 0, :] * pairs[..., 1, :]).sum(-1)) < 0.05))
