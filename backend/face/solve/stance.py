"""Where the head and the eyes of a posed face are, and how to bring it back to where its shapes apply."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError, InputError
from backend.face.face import Face, Joint
from backend.face.pose import rotation
from backend.face.solve.rigid import Array, angles, spread, turns
from backend.motion import Motion, Rig

_HEAD = ("headYaw", "headPitch", "headRoll")
_STILL = 1e-3  # of the largest movement: a few hundredths of a millimetre
_FEW = 12


@dataclass(frozen=True, eq=False)
class Stance:
    """How one face stands in a frame.

    ``counted [V]`` are the vertices that shapes alone move once the head is brought back. ``still`` are the rows by which the
    head is found; empty where it is known not to move. ``channels`` are those of the angles that :meth:`read` returns.
    """

    face: Face
    counted: NDArray[np.bool_]
    still: NDArray[np.intp]
    pivot: Array
    eyes: tuple[tuple[Joint, NDArray[np.intp]], ...]
    channels: tuple[str, ...]
    known: Array | None  # rotations [frames, 3, 3] of the head

    @property
    def anchors(self) -> int:
        return len(self.still)

    def read(self, block: Array, first: int) -> tuple[Array, Array, Array]:
        """Of vertices ``[frames, V, 3]``, ``first`` being the number of the first: the head's turn ``[frames, 3, 3]`` and shift
        ``[frames, 3]``, which take rest vertices to where they are; and shift of the pivot and angles ``[frames, 3 + channels]``.
        """
        turn, shift = self._head(block, first)
        found = [shift + (turn @ self.pivot) - self.pivot]
        found += [angles(turn)] if len(self.still) else []
        for joint, rows in self.eyes:
            rest = self.face.vertices[rows].astype(np.float64) - np.asarray(joint.position)
            found.append(angles(turns(rest, self.undone(block[:, rows], turn, shift) - np.asarray(joint.position))))
        return turn, shift, np.concatenate(found, axis=1)

    def _head(self, block: Array, first: int) -> tuple[Array, Array]:
        if not len(self.still):
            return np.repeat(np.eye(3)[None], len(block), axis=0), np.zeros((len(block), 3))
        rest, moved = self.face.vertices[self.still].astype(np.float64), block[:, self.still]
        middle, away = rest.mean(axis=0), moved.mean(axis=1)
        if self.known is None:
            turn = turns(rest - middle, moved - away[:, None])
        else:
            turn = self.known[first : first + len(block)]
            if len(turn) < len(block):
                raise InputError(f"the known head motion ends after {len(self.known)} frames, before the vertices do.")
        return turn, away - turn @ middle

    def undone(self, points: Array, turn: Array, shift: Array) -> Array:
        """Points ``[frames, n, 3]`` with the head back at rest."""
        if not len(self.still):
            return points
        back: Array = (points - shift[:, None]) @ turn
        return back


def plan(face: Face, head: str | Motion, rig: Rig) -> Stance:
    """Find the vertices that tell how a face stands.

    Raises:
        FaceError: too few vertices keep still to find the head by.
        InputError: ``head`` is none of what :func:`backend.face.solve.solve` takes.
    """
    if not isinstance(head, Motion) and head not in ("find", "none"):
        raise InputError(f"head motion '{head}' is unknown: choose 'find', 'none' or give a motion.")
    root, others = _joints(face, rig)
    eyes = [(joint, np.flatnonzero(face.weights[:, j] >= 1)) for j, joint in others]
    turned = np.any([face.weights[:, j] > 0 for j, _ in others], axis=0) if others else np.zeros(len(face.vertices), np.bool_)
    counted = ~turned
    moved = _movement(face, rig)
    eyes = [(joint, rows[moved[rows] <= _STILL * moved.max()]) for joint, rows in eyes]
    seen = tuple((joint, rows) for joint, rows in eyes if len(rows) >= _FEW)
    still, pivot = np.zeros(0, np.intp), np.zeros(3)
    if isinstance(head, Motion) or head == "find":
        counted = counted if root is None else counted & (face.weights[:, root] >= 1)
        still = _still(face, moved, counted)
        pivot = face.vertices[still].mean(axis=0).astype(np.float64) if root is None else np.asarray(face.joints[root].position)
    known = rotation(*(head[name].astype(np.float64) for name in _HEAD)) if isinstance(head, Motion) else None
    channels = _rotations(seen, bool(len(still)))
    return Stance(face, counted, still, pivot, seen, channels, known)


def _joints(face: Face, rig: Rig) -> tuple[int | None, list[tuple[int, Joint]]]:
    """The head's joint, and the others that the rig turns."""
    driven = [(j, joint) for j, joint in enumerate(face.joints) if joint.channels and all(name in rig for name in joint.channels)]
    head = next((j for j, joint in driven if _HEAD[0] in joint.channels), None)
    return head, [(j, joint) for j, joint in driven if j != head]


def _movement(face: Face, rig: Rig) -> Array:
    """The furthest that any one shape or corrective moves each vertex, ``[V]``."""
    moved = np.zeros(len(face.vertices))
    for names, delta in (*(((name,), delta) for name, delta in face.shapes.items()), *face.correctives.items()):
        if all(name in rig for name in names):
            moved = np.maximum(moved, np.linalg.norm(delta, axis=1))
    return moved


def _still(face: Face, moved: Array, counted: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Vertices that no shape moves; where those are few or lie in a line, the calmest tenth."""
    rows = np.flatnonzero(counted & (moved <= _STILL * moved.max(initial=0.0)))
    if len(rows) < _FEW or spread(face.vertices[rows].astype(np.float64)) < 0.05:
        free = np.flatnonzero(counted)
        rows = free[np.argsort(moved[free], kind="stable")[: max(len(free) // 10, _FEW)]]
    if len(rows) < 3 or spread(face.vertices[rows].astype(np.float64)) < 0.05:
        raise FaceError(f"head '{face.name}' has too few vertices that keep still to find its motion by: solve with head motion 'none'.")
    return np.sort(rows)


def _rotations(eyes: Sequence[tuple[Joint, NDArray[np.intp]]], head: bool) -> tuple[str, ...]:
    """Channels of the angles in the order yaw, pitch, roll of the head and each joint; empty where a joint has no such channel."""
    axes = [next((name for name in joint.channels if name.endswith(axis)), "") for joint, _ in eyes for axis in ("Yaw", "Pitch", "Roll")]
    return (*(_HEAD if head else ()), *axes)
