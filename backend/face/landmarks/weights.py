"""From tracked points to ARKit weights.

1. The points are put straight (``pose.py``) and compared with the same person's face at rest: the median over the frames in which the
   lips are nearest to each other and the eyes open. What somebody does all the time (a constant smile) is taken for their face.
2. The difference is explained by the landmark model (``model.py``): weights between 0 and 1 that leave the least squares over
   468 points, each held back by how strong its shape usually is, with a small price on using it and one on sudden turns.
3. Gaze is the iris between the corners of the eye, from where it stands most of the time on; it sets the eyes' turns and the look
   shapes, in the proportion of Live Link captures.

Tongue shapes stay zero: nothing of them is seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.landmarks.mesh import CORNERS, EYES, IRISES, LIPS
from backend.face.landmarks.model import LandmarkModel, landmark_model
from backend.face.solve.bounded import Problem, minimise
from backend.motion import RIGS, Motion, Rate

Array = NDArray[np.float64]

# Radians that a look shape at full weight stands for, as in the procedural gaze: from Live Link Face captures.
ACROSS, UP_DOWN = 0.60, 0.50
_DEPTH = 0.5  # how much depth counts beside what is seen
_SKIN = 468


# How strong a shape usually is in a face that talks and feels (root mean square, rounded): what is rare must be seen clearly to be
# believed. In the proportions of Live Link captures, jaws and lips as in speech.
_USUAL = {
    **dict.fromkeys(("jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight"), 0.4),
    **dict.fromkeys(("mouthFunnel", "mouthPucker", "browInnerUp", "browDownLeft", "browDownRight"), 0.25),
    **dict.fromkeys(("browOuterUpLeft", "browOuterUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"), 0.2),
    **dict.fromkeys(("mouthUpperUpLeft", "mouthUpperUpRight", "mouthClose", "mouthStretchLeft", "mouthStretchRight"), 0.15),
    **dict.fromkeys(("mouthRollLower", "mouthRollUpper", "mouthFrownLeft", "mouthFrownRight", "eyeWideLeft", "eyeWideRight"), 0.15),
    **dict.fromkeys(("eyeSquintLeft", "eyeSquintRight", "mouthPressLeft", "mouthPressRight"), 0.12),
    **dict.fromkeys(("jawForward", "jawLeft", "jawRight", "mouthLeft", "mouthRight", "cheekPuff"), 0.05),
}
_SELDOM = 0.1


@dataclass(frozen=True, slots=True)
class Solving:
    """What holds weights back.

    ``noise`` is how far all points together stray from the model, in distances between the eyes' outer corners, in the mouth and
    its surroundings, ``upper`` in brows and lids, which are few points and well seen; ``each`` and ``bend`` are the prices of a
    weight and of its bend at 25 frames a second, relative to how far a shape moves the face.
    """

    noise: float = 0.07
    upper: float = 0.025
    each: float = 0.005
    bend: float = 0.03


def face_at_rest(straight: Array) -> Array:
    """The person's own face ``[478, 3]``: the median of the frames with the mouth nearest to closed and the eyes open."""
    gap, wide = lip_gap(straight), eyes_open(straight).mean(axis=1)
    for share in (0.2, 0.35, 0.5, 1.0):
        calm = (gap <= np.quantile(gap, share)) & (wide >= np.quantile(wide, 0.5 * (1 - share)))
        if calm.sum() >= min(5, len(straight)):
            break
    rest: Array = np.median(straight[calm], axis=0)
    return rest


def lip_gap(points: Array) -> Array:
    """Between the inner lips ``[frames]``, in the points' unit."""
    return np.asarray(np.linalg.norm(points[:, LIPS[0]] - points[:, LIPS[1]], axis=1))


def eyes_open(points: Array) -> Array:
    """Height of the left and the right eye's opening over its width ``[frames, 2]`` (Soukupova & Cech 2016)."""
    found = []
    for side, lids in EYES.items():
        inner, outer = CORNERS[side]
        height = np.mean([np.linalg.norm(points[:, above] - points[:, below], axis=1) for above, below in lids], axis=0)
        found.append(height / np.maximum(np.linalg.norm(points[:, inner] - points[:, outer], axis=1), 1e-9))
    return np.stack(found, axis=1)


def solve(straight: Array, poses: Array, rate: Rate, solving: Solving | None = None, model: LandmarkModel | None = None) -> Motion:
    """The motion in rig ``arkit`` of points put straight ``[frames, 478, 3]`` and head poses ``[frames, 3]``."""
    model, solving = model or landmark_model(), solving or Solving()
    rest = face_at_rest(straight)
    weights = _explained(straight[:, :_SKIN] - rest[:_SKIN], model, solving, float(rate))
    curves = dict(zip(model.names, weights.T, strict=True))
    curves |= dict(zip(("headYaw", "headPitch", "headRoll"), poses.T, strict=True))
    return Motion.from_curves(RIGS["arkit"], curves | _looks(straight, model), len(straight), rate)


def _explained(moved: Array, model: LandmarkModel, solving: Solving, rate: float) -> Array:
    """Weights ``[frames, shapes]`` between 0 and 1."""
    axes = np.array([1.0, 1.0, _DEPTH])
    basis = (model.moves * axes).reshape(len(model.names), -1)
    gram = basis @ basis.T
    size = np.diagonal(gram)
    steady = np.diag(solving.bend * size * (rate / 25) ** 4)  # second differences shrink with the square of the rate
    usual = np.array([_USUAL.get(name, _SELDOM) for name in model.names])
    noise = np.array([solving.upper if name.startswith(("eye", "brow")) else solving.noise for name in model.names])
    gram = gram + np.diag((noise / usual) ** 2)
    right = (moved * axes).reshape(len(moved), -1) @ basis.T - solving.each * size
    count = len(model.names)
    return minimise(Problem(gram, right, np.zeros(count), np.ones(count), steady if len(moved) > 2 else None), 1e-5)


def _looks(straight: Array, model: LandmarkModel) -> dict[str, Array]:
    """Turns of the eyes and the look shapes; a closed eye looks where the other one does, or ahead."""
    opening = eyes_open(straight)
    wide = opening.mean(axis=1) >= np.quantile(opening.mean(axis=1), 0.25)
    turns, trust = [], []
    for k, side in enumerate(EYES):
        place = _iris(straight, side)
        turns.append(place - np.median(place[wide], axis=0))
        trust.append(np.clip(opening[:, k] / np.median(opening[wide, k]) - 0.3, 1e-6, 0.4))
    both = np.average(turns, axis=0, weights=np.repeat(np.array(trust)[..., None], 2, axis=2)) / np.array(model.gaze)
    yaw, pitch = np.clip(both, -0.7, 0.7).T
    seen = np.clip(np.max(trust, axis=0) / 0.2, 0, 1)
    yaw, pitch = yaw * seen, pitch * seen
    curves: dict[str, Array] = {}
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        curves |= {f"{side.lower()}EyeYaw": yaw, f"{side.lower()}EyePitch": pitch}
        curves[f"eyeLookOut{side}"] = np.clip(outward * yaw / ACROSS, 0, 1)
        curves[f"eyeLookIn{side}"] = np.clip(-outward * yaw / ACROSS, 0, 1)
        curves[f"eyeLookDown{side}"] = np.clip(pitch / UP_DOWN, 0, 1)
        curves[f"eyeLookUp{side}"] = np.clip(-pitch / UP_DOWN, 0, 1)
    return curves


def _iris(points: Array, side: str) -> Array:
    """Where the iris stands from the middle of the corners of the eye, across and up, in widths of the eye ``[frames, 2]``."""
    inner, outer = (points[:, corner] for corner in CORNERS[side])
    width = np.linalg.norm(inner - outer, axis=1, keepdims=True)
    return np.asarray((points[:, IRISES[side]] - (inner + outer) / 2)[:, :2] / width)
