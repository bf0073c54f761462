"""Measure what MediaPipe sees of each shape of Mien's head, and write ``landmarks.npz``.

    python -m backend.training.curate.calibrate

Two minutes. Each shape at 1 is seen from four sides, under two lights; a shape that means something on an open jaw alone is seen
there, less the jaw. Known poses are taken back exactly, so that the points at rest are a face that looks straight ahead.
"""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from backend.face.heads import mien_head
from backend.face.landmarks.mesh import CORNERS, FIRM, IRISES, Mesh, opened
from backend.face.landmarks.model import ASSET, GAZE, UNSEEN, mirrored
from backend.face.pose import posed, rotation
from backend.face.render import View, render
from backend.files import write_atomically
from backend.motion.arkit import APPLE_52

Array = NDArray[np.float64]

SIZE = 512  # pixels
VIEWS = tuple(
    View((SIZE, SIZE), yaw, pitch, zoom=1.3, key=key) for yaw, pitch, key in ((-12, 0, -38), (12, 0, 38), (0, -8, 38), (0, 8, -38))
)
_ON_OPEN_JAW = {"mouthClose": {"jawOpen": 1.0}}
_TURN = 0.3  # radians an eye is turned by to measure gaze
_FIRM = list(FIRM)


def main(path: Path = ASSET) -> None:
    """Measure, and write the model."""
    with opened(still=True) as mesh:
        rest = _seen(mesh, {})
        unit = float(np.linalg.norm(rest[CORNERS["Left"][1]] - rest[CORNERS["Right"][1]]))
        rest = (rest - rest[_FIRM].mean(axis=0)) / unit
        partner = cKDTree(rest).query(rest * [-1, 1, 1])[1]
        symmetric = (rest + mirrored(rest, partner)) / 2
        moves = {
            name: _move(mesh, name, rest, unit, partner) for name in APPLE_52 if name not in GAZE | UNSEEN and not name.endswith("Right")
        }
        gaze = [_gaze(mesh, channel) for channel in ("leftEyeYaw", "leftEyePitch")]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        rest=symmetric.astype(np.float32),
        partner=partner.astype(np.int16),
        names=np.array(list(moves)),
        moves=np.stack(list(moves.values())).astype(np.float16),
        gaze=np.array(gaze),
    )
    write_atomically(path, content.getvalue())


def _move(mesh: Mesh, name: str, rest: Array, unit: float, partner: NDArray[np.intp]) -> Array:
    """Where a shape takes the skin, the mean of what is seen on the left and, mirrored, on the right."""
    base = _ON_OPEN_JAW.get(name, {})
    before = _straight(_seen(mesh, base), rest, unit) if base else rest
    move: Array = _straight(_seen(mesh, {**base, name: 1.0}), rest, unit) - before
    other = name.replace("Left", "Right")
    across = _straight(_seen(mesh, {**base, other: 1.0}), rest, unit) - before if other != name else move
    mean: Array = (move + mirrored(across, partner))[:468] / 2
    return mean


def _gaze(mesh: Mesh, channel: str) -> float:
    """How far the iris goes a radian, in widths of the eye."""
    axis = 0 if channel.endswith("Yaw") else 1

    def place(turn: float) -> float:
        points = _seen(mesh, {channel: turn})
        corners = points[list(CORNERS["Left"])]
        return float((points[IRISES["Left"]] - corners.mean(axis=0))[axis] / np.linalg.norm(corners[0] - corners[1]))

    return (place(_TURN) - place(-_TURN)) / (2 * _TURN)


def _straight(points: Array, rest: Array, unit: float) -> Array:
    """Set on the firm points of the face at rest: what turns the whole mesh is no expression."""
    from backend.face.solve.rigid import turns

    around = (points - points[_FIRM].mean(axis=0)) / unit
    turned = around @ turns(rest[_FIRM], around[None, _FIRM])[0]
    scale = np.sum(turned[_FIRM] * rest[_FIRM]) / np.sum(rest[_FIRM] ** 2)
    return np.asarray(turned / scale)


def _seen(mesh: Mesh, values: Mapping[str, float], views: Iterable[View] = VIEWS) -> Array:
    """The mean over the views of what MediaPipe sees, each turned back by what is known of its turn."""
    head = mien_head()
    found = []
    for view in views:
        faces = mesh.faces(render(head, posed(head, values), view))
        if not faces:
            raise RuntimeError(f"MediaPipe does not see Mien's head with {dict(values)} at yaw {view.yaw}")
        yaw, pitch, roll = (np.radians([angle]) for angle in (view.yaw, view.pitch, 0.0))
        around = faces[0] - faces[0][_FIRM].mean(axis=0)
        found.append(around @ rotation(yaw, pitch, roll)[0])
    return np.asarray(np.mean(found, axis=0))


if __name__ == "__main__":
    main()
