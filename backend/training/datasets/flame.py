"""Sequences of FLAME parameters as trackers write them, to rig ``flame``.

Known by the names of their arrays: DECA and DiffPoseTalk (``shape, exp, pose``), EMOCA (``shapecode, expcode, posecode``), SMIRK
(``shape_params, expression_params, pose_params, jaw_params``), VHAP and GaussianAvatars (``shape, expr, rotation, neck_pose,
jaw_pose, eyes_pose``), the metrical tracker (``exp, jaw, eyes`` as 6-d rotations), and single arrays by their width. A folder of
``.npy`` files with those names (EMOCA's own) is one sequence.

The rig has no turn of the whole body, and trackers of single faces put the head's turn there: it is joined with the neck's.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import InputError
from backend.motion import RIGS, Motion, Rate
from backend.motion.flame import COMPONENTS
from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, Arrays, beside, files, rate_in, read_arrays
from backend.training.datasets.flame_pose import JOINTS, Turns, pose_parts, single

Array = NDArray[np.float64]

_EXPRESSION = ("expression_params", "expcode", "exp", "expr", "expression", "expressions")
_SHAPE = ("shape_params", "shapecode", "shape", "betas")
_POSE = ("posecode", "pose", "full_pose", "poses", "pose_params")
_WHOLE = ("flame_params", "motion", "codes", "params", "")
# Sequences that are one array, by its width.
_WIDTHS = {
    53: (("exp", 50), ("jaw", 3)),  # EMOTE, DEEPTalk
    56: (("exp", 50), ("pose", 6)),
    156: (("shape", 100), ("exp", 50), ("pose", 6)),
    159: (("shape", 100), ("exp", 50), ("jaw", 3), ("global_orient", 3), ("translation", 3)),
    284: (("shape", 100), ("exp", 50), ("pose", 6), ("detail", 128)),  # 3DXTalker's, of EMOCA v2
}
_OF_FOLDERS = frozenset(("exp.npy", "pose.npy"))


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """Every sequence below a folder; speakers are the folders directly in it, else the given one.

    A ``.pkl`` is refused, with the command that makes an ``.npz`` of it.
    """
    for path in files(folder, ".npz", ".npy", ".pkl"):
        together = {other.name for other in path.parent.iterdir()} >= _OF_FOLDERS
        if together and path.suffix == ".npy":
            if path.name != "exp.npy":
                continue
            arrays = {other.stem: read_arrays(other)[""] for other in files(path.parent, ".npy") if other.parent == path.parent}
        else:
            arrays = dict(read_arrays(path))
        home = path.parent if together and path.suffix == ".npy" else path.with_suffix("")
        parts = home.relative_to(folder).parts or (folder.name,)
        motion, identity = read_parameters(arrays, path, given.rate)
        sound = beside(home, home.name, (*SOUNDS, *FILMS)) if home.parent.is_dir() else None
        yield Clip(
            "/".join(parts),
            path,
            sound,
            motion,
            identity=identity,
            speaker=parts[0] if len(parts) > 1 else given.speaker,
            licence=given.licence,
        )


def read_parameters(arrays: Arrays, path: Path, rate: Rate | None = None) -> tuple[Motion, NDArray[np.float32] | None]:
    """The motion in rig ``flame``, and the median of the shape coefficients where there are any.

    Of more than 50 expression coefficients the first 50 are kept, the strongest by FLAME's own order.

    Raises:
        InputError: no expression coefficients, arrays of different lengths, a layout that nobody writes, or no rate.
    """
    arrays = _parted(arrays, path)
    expression = _frames(arrays, _EXPRESSION)
    if expression is None:
        raise InputError(f"{path} holds no expression coefficients; of its arrays ({', '.join(arrays) or 'none'}) none is known.")
    turns = _turns(arrays, len(expression), path)
    rig = RIGS["flame"]
    values = np.zeros((len(expression), len(rig)))
    kept = min(expression.shape[1], COMPONENTS)
    values[:, :kept] = expression[:, :kept]
    for joint in JOINTS:
        columns = [rig.index(f"{joint}{axis}") for axis in "XYZ"]
        values[:, columns] = turns[joint].as_rotvec()
    if not np.isfinite(values).all():
        raise InputError(f"{path} holds a parameter that is not finite.")
    shape = _frames(arrays, _SHAPE)
    identity = None if shape is None else np.median(shape, axis=0).astype(np.float32)
    return Motion(rig, values.astype(np.float32), rate_in(arrays, rate, path)), identity


def _parted(arrays: Arrays, path: Path) -> Arrays:
    """Of a file with one array, its parts by name."""
    if any(name in arrays for name in _EXPRESSION):
        return arrays
    whole = _frames(arrays, _WHOLE)
    if whole is None:
        return arrays
    if whole.shape[1] not in _WIDTHS:
        known = ", ".join(map(str, _WIDTHS))
        raise InputError(f"{path} holds {whole.shape[1]} numbers a frame; known are {known}. Save expression and pose under their names.")
    widths = _WIDTHS[whole.shape[1]]
    ends = np.cumsum([width for _, width in widths])
    parts = {name: whole[:, end - width : end] for (name, width), end in zip(widths, ends, strict=True)}
    return {name: array for name, array in arrays.items() if name not in _WHOLE} | parts


def _frames(arrays: Arrays, names: tuple[str, ...]) -> Array | None:
    """The first array of those names, ``[frames, width]``: an axis for a batch of one is taken out, one vector is one frame."""
    found = next((np.array(arrays[name], np.float64) for name in names if name in arrays), None)
    if found is None or not found.ndim:
        return None
    if found.ndim == 3 and 1 in found.shape[:2]:
        found = found.reshape(-1, found.shape[2])
    return found[None] if found.ndim == 1 else found if found.ndim == 2 else found.reshape(len(found), -1)


def _turns(arrays: Arrays, frames: int, path: Path) -> Turns:
    found: Turns = {}
    if (pose := _frames(arrays, _POSE)) is not None:
        found |= pose_parts(pose, path)
    for name in arrays:
        if (one := _frames(arrays, (name,))) is not None:
            found |= single(name, one)
    long = {joint: len(turn) for joint, turn in found.items() if len(turn) not in (1, frames)}
    if long:
        raise InputError(f"{path} has {frames} frames of expression and {next(iter(long.values()))} of {next(iter(long))}.")
    whole = {joint: found.get(joint, Rotation.identity(1)) for joint in ("global", *JOINTS)}
    spread = {joint: Rotation.concatenate([turn] * frames) if len(turn) == 1 and frames > 1 else turn for joint, turn in whole.items()}
    return {"neck": spread["global"] * spread["neck"]} | {joint: spread[joint] for joint in JOINTS[1:]}
