"""From vertices back to weights."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError, InputError
from backend.face.face import Face
from backend.face.solve.basis import Ambiguity, Array, Basis, ambiguity, lay_out
from backend.face.solve.bounded import Problem, minimise, smoothed
from backend.face.solve.combined import Combined, mixture, settle
from backend.face.solve.stance import Stance, plan
from backend.motion import RIGS, Motion, Rate, Rig

Frames = Iterable[NDArray[np.float32] | NDArray[np.float64]]
HeadMotion = Literal["find", "none"] | Motion

_BLOCK = 32  # frames brought into the space of the shapes at a time
_WINDOW = 512  # frames solved at once; what lies further away than _REACH time constants no longer matters
_REACH = 20


@dataclass(frozen=True)
class Settings:
    """How to solve.

    ``smoothness`` is a time in seconds: movement at ``1 / (2 pi smoothness)`` Hz is halved, slower movement kept,
    faster movement taken out, without delay; 0 solves every frame alone. ``ridge`` pulls weights towards zero, as
    a share of each shape's own energy: it decides where shapes are too alike, and steadies noisy vertices
    (about 1e-5 for clean ones, 1e-3 for 0.5 mm of noise). ``tolerance`` is about how far a weight may be from the optimum.
    """

    smoothness: float = 0.005
    ridge: float = 1e-5
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        if not (0 <= self.smoothness < 10 and 0 <= self.ridge < 1 and self.tolerance > 0):
            raise InputError("solving needs a smoothness of 0 to 10 seconds, a ridge from 0 to below 1 and a tolerance above zero.")


@dataclass(frozen=True, eq=False)
class Solution:
    """What :func:`solve` found.

    ``residual [frames]`` is the root mean square distance, in millimetres, between the given vertices and those
    that the motion reproduces, over the vertices that its shapes move. ``shift [frames, 3]`` is how far the head
    went, in the face's unit, apart from turning (about its joint, or the middle of its still vertices where it has none);
    ``anchors`` is how many vertices told so. ``ambiguity`` says which channels to doubt.
    """

    motion: Motion
    residual: NDArray[np.float64]
    shift: NDArray[np.float64]
    anchors: int
    ambiguity: Ambiguity


def solve(
    face: Face,
    frames: Frames,
    rate: Rate,
    settings: Settings | None = None,
    *,
    head: HeadMotion = "find",
    weights: Array | None = None,
    rig: Rig | None = None,
    metre: float = 1.0,
) -> Solution:
    """The motion whose shapes come closest to the vertices: bounded least squares over all frames.

    ``frames`` are vertices ``[V, 3]``, one array after the other or ``[frames, V, 3]``, in the face's own unit, of which
    one metre has ``metre``. They are read once, a few at a time. ``head`` is "find" (the head's turn and shift are read from
    the vertices that no shape moves, taken out and returned), "none" (the head does not move; all vertices count), or a
    motion whose ``headYaw``, ``headPitch`` and ``headRoll`` are known. Joints other than the head, such as eyes, are
    read from the vertices that hang on them alone. ``weights [V]`` count some vertices more than others.

    Raises:
        FaceError: the face has no shape of the rig (``arkit``), no vertices to find its head by, or other vertices than the frames.
        InputError: there is no frame, a vertex is not finite, or the known head motion is too short.
    """
    rig, settings = rig or RIGS["arkit"], settings or Settings()
    stance = plan(face, head, rig)
    basis = lay_out(face, rig, stance.counted, weights)
    right, energy, poses = _projected(face, basis, stance, frames)
    found = _windows(basis, right, rate, settings, rig)
    motion = Motion.from_curves(rig, {name: found[:, i] for i, name in enumerate(basis.channels)}, len(found), rate)
    turned = motion.with_curves({name: poses[:, 3 + i] for i, name in enumerate(stance.channels) if name in rig})
    return Solution(turned, _residual(basis, found, right, energy) / metre, poses[:, :3], stance.anchors, ambiguity(basis, rig, metre))


def _projected(face: Face, basis: Basis, stance: Stance, frames: Frames) -> tuple[Array, Array, Array]:
    """What least squares needs of every frame: its products with shapes and correctives ``[frames, n + k]``, its energy ``[frames]``,
    and its pose.
    """
    sides = (basis.shapes * basis.importance).T
    rest = face.vertices[basis.rows].astype(np.float64)
    parts = []
    for first, block in _blocks(face, frames):
        turn, shift, pose = stance.read(block, first)
        moved = stance.undone(block[:, basis.rows], turn, shift) - rest
        flat = moved.reshape(len(block), -1)
        parts.append((flat @ sides, np.einsum("fi,fi,i->f", flat, flat, basis.importance, optimize=True), pose))
    if not parts:
        raise InputError("there is no frame to solve: give vertices of at least one.")
    right, energy, poses = (np.concatenate(column) for column in zip(*parts, strict=True))
    return right, energy, poses


def _blocks(face: Face, frames: Frames) -> Iterator[tuple[int, Array]]:
    first, waiting = 0, iter(frames)
    while some := list(islice(waiting, _BLOCK)):
        wrong = next((np.shape(frame) for frame in some if np.shape(frame) != face.vertices.shape), None)
        if wrong is not None:
            raise FaceError(
                f"head '{face.name}' has vertices {list(face.vertices.shape)}, but a frame has {list(wrong)}: they must be the same mesh."
            )
        block = np.array(some, np.float64)
        if not np.isfinite(block).all():
            raise InputError(f"frame {first + int(np.argwhere(~np.isfinite(block))[0, 0])} has a vertex that is not finite.")
        yield first, block
        first += len(some)


def _windows(basis: Basis, right: Array, rate: Rate, settings: Settings, rig: Rig) -> Array:
    """Solve window by window; each looks far enough past its ends not to notice them."""
    constant = settings.smoothness * float(rate)
    margin = int(np.ceil(_REACH * constant))
    window = max(_WINDOW, 2 * margin)
    channels = [rig[name] for name in basis.channels]
    low, high = (np.array([getattr(channel, end) for channel in channels], np.float64) for end in ("low", "high"))
    unit = np.mean(np.diag(basis.single))  # so that neither the mesh's size nor its density matters
    gram, right = basis.gram / unit, right / unit
    ridge = settings.ridge * np.diag(np.diag(basis.single / unit))
    bend = constant**4 * gram if constant else None
    if basis.together:
        # What bends is the surface, and with correctives it is no longer the shapes' sum: smooth the surface, then solve each frame alone.
        right, margin = smoothed(right, constant**4), 0
    # Along a faint mixture of shapes the objective curves by the ridge alone: a step so small is a weight off by the tolerance.
    tight = settings.tolerance * max(settings.ridge, 1e-6)
    found = np.zeros((len(right), len(channels)))
    for start in range(0, len(right), window):
        first, aims = max(start - margin, 0), right[max(start - margin, 0) : start + window + margin]
        if basis.together:
            solved = settle(Combined(gram, aims, basis.together, ridge, low, high), settings.tolerance, tight)
        else:
            solved = minimise(Problem(gram + ridge, aims, low, high, bend), tight)
        kept = solved[start - first : start - first + window]
        found[start : start + len(kept)] = kept
    return found


def _residual(basis: Basis, found: Array, right: Array, energy: Array) -> Array:
    """Millimetres ``[frames]`` if the unit is a metre."""
    full = mixture(found, basis.together)
    left = energy + np.sum(full * (full @ basis.gram - 2 * right), axis=1)
    error: Array = 1000 * np.sqrt(np.maximum(left, 0) / (basis.importance.sum() / 3))
    return error
