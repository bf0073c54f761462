"""Speaking with whole mouths: what visemes come closest to the mouth that single channels describe."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from backend.face.solve.bounded import Problem, minimise
from backend.motion import Motion

Pose = tuple[tuple[str, float], ...]

# One viseme that fits is better than two that mix to the same (Tibshirani 1996); near twins share instead of taking turns.
_SPARSE, _RIDGE = 0.03, 1e-3
# How far the jaw is open shows more than anything else that a mouth does.
_JAW = 2.0


def speak(visemes: Mapping[str, Pose], motion: Motion) -> dict[str, NDArray[np.float32]]:
    """Weights ``[frames]``, 0 to 1, of every viseme.

    Sparse bounded least squares, frame by frame, over the channels that the visemes' poses name. ``mouthClose`` counts as
    a jaw that is less open, for no viseme closes the lips over an open jaw.
    """
    channels = list(dict.fromkeys(channel for pose in visemes.values() for channel, _ in pose))
    spoken = [shape for shape, pose in visemes.items() if pose]
    found = {shape: np.zeros(motion.frames, np.float32) for shape in visemes}
    if not spoken:
        return found
    poses = np.array([[dict(visemes[shape]).get(channel, 0.0) for channel in channels] for shape in spoken])
    aims = motion.pick(tuple(channels)).astype(np.float64)
    if "jawOpen" in channels:
        jaw = channels.index("jawOpen")
        if "mouthClose" in motion.rig and "mouthClose" not in channels:
            aims[:, jaw] = np.maximum(aims[:, jaw] - motion["mouthClose"], 0)
        poses[:, jaw], aims[:, jaw] = poses[:, jaw] * _JAW, aims[:, jaw] * _JAW
    gram = poses @ poses.T
    unit = float(np.mean(np.diag(gram)))
    gram += _RIDGE * unit * np.eye(len(gram))
    low, high = np.zeros(len(spoken)), np.ones(len(spoken))
    for start in range(0, motion.frames, 512):
        weights = minimise(Problem(gram, aims[start : start + 512] @ poses.T - _SPARSE * unit, low, high), 1e-6)
        for shape, curve in zip(spoken, weights.T, strict=True):
            found[shape][start : start + 512] = curve
    return found
