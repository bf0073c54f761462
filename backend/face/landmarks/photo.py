"""From the points of a single picture to ARKit weights, without knowing the person's face at rest.

What differs from the mean face is somebody's anatomy plus what they show. Both are taken for normal: faces at rest as MediaPipe sees Mien's
people (``people.npz``: 220 of them), weights as acted expressions have them together, with noise on every point. The likeliest weights
between 0 and 1 are then bounded least squares in the metric of noise and anatomy: a small mouth is not taken for a pucker as long as
mouths differ by that much. So a weak expression is read as weaker than it is, since part of it could be the face.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.face.landmarks.model import landmark_model
from backend.face.landmarks.pose import head_pose
from backend.face.solve.bounded import Problem, minimise
from backend.motion.arkit import APPLE_52

ASSET = Path(__file__).with_name("people.npz")
NOISE = 0.03  # of a point, in distances between the eyes' outer corners: MediaPipe's error, and what the linear models leave
# What real faces show beside Mien's while they show nothing, so that ICT-FaceKit's mean head and a photograph of a calm face, which read as
# 0.34 and 0.27 without it, read as 0.2: their lower lids stand higher and their brows lower. The standard deviation is ours.
CALM = {"eyeSquint": (0.50, 0.12), "browDown": (0.40, 0.12)}
OWN = 0.06  # standard deviation of each weight by itself, beside what it shares with others

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class People:
    """Faces at rest: their ``mean [1404]`` and principal ``axes [n, 1404]``, each as long as its standard deviation.

    ``usual [shapes]`` and ``together [shapes, shapes]`` are mean and covariance of weights in faces that show something or nothing,
    for the shapes of ``landmark_model()``.
    """

    mean: Array
    axes: Array
    usual: Array
    together: Array


@cache
def miens() -> People:
    """Mien's people as they were measured, by ``python -m backend.training.curate.people``."""
    with np.load(ASSET, allow_pickle=False) as stored:
        return People(*(stored[name].astype(np.float64) for name in ("mean", "axes", "usual", "together")))


@cache
def people() -> People:
    """The same with lids and brows as real people have them at rest."""
    known, model = miens(), landmark_model()
    both = {stem: np.sum([model.moves[model.names.index(f"{stem}{side}")] for side in ("Left", "Right")], axis=0).ravel() for stem in CALM}
    mean = known.mean + np.sum([usual * both[stem] for stem, (usual, _) in CALM.items()], axis=0)
    axes = np.array([spread * both[stem] for stem, (_, spread) in CALM.items()])
    return replace(known, mean=mean, axes=np.concatenate([known.axes, axes]))


def shown(points: Array, known: People | None = None) -> tuple[NDArray[np.float32], Array]:
    """Weights of ``APPLE_52`` ``[faces, 52]`` of points ``[faces, 478, 3]`` in pixels, and yaw, pitch and roll ``[faces, 3]`` in radians.

    Tongue and gaze are zero: the one is not seen, the other is where somebody looks and not what they feel. ``known`` are the people
    whom they could be, by default :func:`people`.
    """
    poses, straight = head_pose(points)
    return explained(straight, known), poses


def explained(straight: Array, known: People | None = None) -> NDArray[np.float32]:
    """The likeliest weights ``[faces, 52]`` of points put straight ``[faces, 478, 3]``."""
    known = known or people()
    names, metric = landmark_model().names, _metric(known)
    apart = straight[:, :468].reshape(len(straight), -1) - known.mean
    right = apart @ metric.basis.T + metric.prior @ known.usual
    count = len(names)
    found = minimise(Problem(metric.gram, right, np.zeros(count), np.ones(count)), 1e-5)
    weights = np.zeros((len(straight), len(APPLE_52)), np.float32)
    weights[:, [APPLE_52.index(name) for name in names]] = found
    return np.clip(weights, 0, 1)


@dataclass(frozen=True, eq=False)
class _Metric:
    """The normal equations: the inverse covariance of points applied to the moves, and that of the weights."""

    basis: Array
    gram: Array
    prior: Array


@cache
def _metric(known: People) -> _Metric:
    """By Woodbury's identity, for the axes of anatomy are far fewer than coordinates."""
    moves = landmark_model().moves.reshape(len(known.usual), -1)
    axes = known.axes
    inner = np.linalg.inv(NOISE**2 * np.eye(len(axes)) + axes @ axes.T)
    basis = (moves - (moves @ axes.T) @ inner @ axes) / NOISE**2
    prior = np.linalg.inv(known.together + OWN**2 * np.eye(len(moves)))
    return _Metric(basis, basis @ moves.T + prior, prior)
