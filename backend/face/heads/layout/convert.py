"""Between the ``arkit`` rig and the ``flame`` rig of Mien's own head.

Forwards is a table: each shape is so much of each component, each pair of shapes that has a corrective so much more, and
the jaw turns for ``jawOpen``, ``jawLeft`` and ``jawRight``. Backwards is bounded least squares in the space of the
components, measured in millimetres of skin: the weights, from 0 to 1, whose table comes nearest.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import InputError
from backend.face.heads import mien_head
from backend.face.heads.layout import mien_flame
from backend.face.heads.layout.acting import SHAPES
from backend.face.heads.layout.anatomy import Anatomy
from backend.face.heads.layout.expression import Acts, jaw_turns, left_over
from backend.face.heads.layout.joints import JAW, fit_jaw
from backend.face.pose import rotation
from backend.face.solve.combined import Combined, settle
from backend.face.solve.rigid import angles
from backend.motion.arkit import ARKIT
from backend.motion.flame import EXPRESSION, FLAME
from backend.motion.motion import Motion
from backend.motion.rig import Rig

Array = NDArray[np.float64]

# Joints that turn as they do in the other rig: (channels of arkit, first letters of the channels of flame).
_SAME = (("head", "neck"), ("leftEye", "leftEye"), ("rightEye", "rightEye"))
_ANGLES, _AXES = ("Yaw", "Pitch", "Roll"), ("X", "Y", "Z")
_FRAMES = 64  # solved at a time: their matrices stay in cache, and memory does not grow with the length of a take
# A weight that moves next to nothing of its own stays at rest. As a share of each shape's energy.
_RIDGE = 1e-7
_TOLERANCE, _TIGHT = 1e-3, 1e-6


@dataclass(frozen=True, eq=False)
class Table:
    """``coefficients [50, 54 + pairs]`` are those where a shape, or both of a pair, are at 1; ``acts`` knows the pairs;
    ``jaw [3, 54]`` is the jaw's axis-angle vector. ``skin [50, 50]`` turns coefficients into millimetres (root mean square over
    the seen skin), and ``bone`` a radian of the jaw.
    """

    coefficients: Array
    acts: Acts
    jaw: Array
    skin: Array
    bone: float


@cache
def table() -> Table:
    """How Mien's shapes are made of the components of its FLAME-layout model."""
    model, anatomy = mien_flame(), Anatomy(mien_head())
    weights, jaw = model.weights.astype(np.float64), fit_jaw(anatomy)
    acts = left_over(anatomy, jaw, weights, model.pose_correctives.astype(np.float64) * 1000)
    scale = np.sqrt(np.repeat(anatomy.importance, 3))[:, None]
    basis = scale * model.expression.astype(np.float64).reshape(len(scale), -1) * 1000
    turns = np.zeros((3, len(SHAPES)))
    for name, turn in jaw_turns(jaw).items():
        turns[:2, SHAPES.index(name)] = turn
    swing = np.cross([1.0, 0, 0], anatomy.points - jaw.middle) * weights[:, JAW, None]
    return Table(
        coefficients=np.linalg.lstsq(basis, scale * acts.moves.reshape(len(acts.moves), -1).T, rcond=None)[0],
        acts=acts,
        jaw=turns,
        skin=np.linalg.qr(basis)[1],
        bone=float(np.sqrt((anatomy.importance[:, None] * swing**2).sum())),
    )


def arkit_to_flame(motion: Motion) -> Motion:
    """An ``arkit`` motion as a ``flame`` motion for :func:`mien_flame`.

    Weights become coefficients linearly, and so do the products that drive the face's correctives. On the FLAME-layout head the
    motion looks as it does on Mien's own, to some hundredths of a millimetre.

    Raises:
        InputError: the motion has another rig.
    """
    _check(motion, ARKIT)
    known = table()
    weights = motion.pick(SHAPES).astype(np.float64)
    coefficients = known.acts.features(weights) @ known.coefficients.T
    curves = dict(zip(EXPRESSION, coefficients.T, strict=True))
    curves |= {f"jaw{axis}": curve for axis, curve in zip(_AXES, (weights @ known.jaw.T).T, strict=True)}
    for ours, theirs in _SAME:
        yaw, pitch, roll = motion.pick(tuple(f"{ours}{angle}" for angle in _ANGLES)).astype(np.float64).T
        turns = Rotation.from_matrix(rotation(yaw, pitch, roll)).as_rotvec()
        curves |= {f"{theirs}{axis}": curve for axis, curve in zip(_AXES, turns.T, strict=True)}
    return Motion.from_curves(FLAME, curves, motion.frames, motion.rate)


def flame_to_arkit(motion: Motion) -> Motion:
    """A ``flame`` motion of :func:`mien_flame` as an ``arkit`` motion: the weights from 0 to 1 that come nearest in millimetres.

    The jaw's turn about z has no counterpart. A motion of another model's expression space has to go through
    :func:`backend.face.flame.expression_map.through` first.

    Raises:
        InputError: the motion has another rig.
    """
    _check(motion, FLAME)
    weights = np.concatenate([_weights(motion, start) for start in range(0, motion.frames, _FRAMES)])
    curves = dict(zip(SHAPES, weights.T, strict=True))
    for ours, theirs in _SAME:
        turns = motion.pick(tuple(f"{theirs}{axis}" for axis in _AXES)).astype(np.float64)
        found = angles(Rotation.from_rotvec(turns).as_matrix())
        curves |= {f"{ours}{angle}": curve for angle, curve in zip(_ANGLES, found.T, strict=True)}
    return Motion.from_curves(ARKIT, curves, motion.frames, motion.rate)


def _weights(motion: Motion, start: int) -> Array:
    """Of some frames, ``[frames, 54]``."""
    known, frames = table(), slice(start, start + _FRAMES)
    wanted = np.concatenate(
        [motion.pick(EXPRESSION)[frames] @ known.skin.T, known.bone * motion.pick(("jawX", "jawY", "jawZ"))[frames]], axis=1
    ).astype(np.float64)
    gram, system = _gram()
    ridge = _RIDGE * np.diag(np.diag(gram)[: len(SHAPES)])
    low, high = np.zeros(len(SHAPES)), np.ones(len(SHAPES))
    return np.clip(settle(Combined(gram, wanted @ system, known.acts.channels[len(SHAPES) :], ridge, low, high), _TOLERANCE, _TIGHT), 0, 1)


@cache
def _gram() -> tuple[Array, Array]:
    """Products ``[54 + pairs, 54 + pairs]`` of what shapes and pairs move, and that movement ``[53, 54 + pairs]`` in millimetres."""
    known = table()
    pairs = len(known.acts.channels) - len(SHAPES)
    system = np.concatenate([known.skin @ known.coefficients, known.bone * np.pad(known.jaw, ((0, 0), (0, pairs)))])
    return system.T @ system, system


def _check(motion: Motion, rig: Rig) -> None:
    if motion.rig != rig:
        raise InputError(f"this conversion takes a motion of the rig '{rig.name}', not of '{motion.rig.name}': convert that one first.")
