"""A face in motion: blend shapes, then joints."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face, Joint
from backend.motion.motion import Motion

# Enough frames for one matrix product to pay, few enough to stay in cache and flat in memory.
_CHUNK = 16

Array = NDArray[np.float32]


def pose(face: Face, motion: Motion) -> Iterator[Array]:
    """Vertices ``[V, 3]`` of every frame, in the face's own unit.

    Channels of the motion that the face does not have are left out, and shapes or joints that
    the motion does not drive stay at rest. Correctives come in with the product of their channels.
    Memory does not grow with the length of the motion.
    """
    posing = _Posing(face, motion.rig.names)
    for start in range(0, motion.frames, _CHUNK):
        yield from posing.at(motion.values[start : start + _CHUNK])


def posed(face: Face, channel_values: Mapping[str, float]) -> Array:
    """Vertices ``[V, 3]`` with the named channels at the given values, the others at rest."""
    values = np.array([list(channel_values.values())], np.float32)
    vertices: Array = _Posing(face, tuple(channel_values)).at(values)[0]
    return vertices


def together(values: Array) -> Array:
    """Weights ``[frames]`` of a corrective whose channels have ``values [frames, channels]``: their product.

    A negative value counts as rest.
    """
    product: Array = np.clip(values, 0, None).prod(axis=1)
    return product


def corrective_curves(face: Face, motion: Motion) -> dict[str, Array]:
    """The weights ``[frames]`` of every corrective that the motion has the channels of, by the names that exported files give them."""
    driven = [names for names in face.correctives if all(name in motion.rig for name in names)]
    return {"_".join(names): together(np.stack([motion[name] for name in names], axis=1)) for names in driven}


def rotation(yaw: NDArray[np.float64], pitch: NDArray[np.float64], roll: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrices ``[frames, 3, 3]`` of Ry(yaw) Rx(pitch) Rz(roll), angles ``[frames]`` in radians (the ``arkit`` rig's convention)."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.stack([yaw, pitch, roll])) for f in (np.cos, np.sin))
    rows = [
        [cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp],
        [cp * sr, cp * cr, -sp],
        [cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


class _Posing:
    """The parts of a face that a set of channels moves, laid out for one matrix product."""

    def __init__(self, face: Face, names: tuple[str, ...]) -> None:
        self.face = face
        self.columns = {name: i for i, name in enumerate(names)}
        self.driven = [name for name in names if name in face.shapes]
        self.together = [those for those in face.correctives if all(name in self.columns for name in those)]
        deltas = [face.shapes[name] for name in self.driven] + [face.correctives[those] for those in self.together]
        rows = np.flatnonzero(np.any([np.any(delta != 0, axis=1) for delta in deltas], axis=0)) if deltas else np.zeros(0, np.intp)
        self.rows = rows
        self.deltas = np.array([delta[rows].ravel() for delta in deltas], np.float32).reshape(len(deltas), 3 * len(rows))
        self.bound = [np.flatnonzero(face.weights[:, j]) for j in range(len(face.joints))]

    def at(self, values: Array) -> Array:
        shaped = np.repeat(self.face.vertices[None].astype(np.float32), len(values), axis=0)
        weights = self._weights(values)
        used = np.flatnonzero(np.any(weights != 0, axis=0))
        if len(used):
            shaped[:, self.rows] += (weights[:, used] @ self.deltas[used]).reshape(len(values), -1, 3)
        return self._skinned(shaped, values)

    def _weights(self, values: Array) -> Array:
        """Of shapes, then of correctives, ``[frames, shapes + correctives]``."""
        alone = values[:, [self.columns[name] for name in self.driven]]
        pairs = [together(values[:, [self.columns[name] for name in those]]) for those in self.together]
        return np.column_stack([alone, *pairs]).astype(np.float32)

    def _skinned(self, shaped: Array, values: Array) -> Array:
        moved = self._joints(values)
        if not moved:
            return shaped
        posed = shaped.copy()
        for j, (turn, shift) in moved.items():
            rows = self.bound[j]
            part = shaped[:, rows]
            away = part @ (turn - np.eye(3)).transpose(0, 2, 1).astype(np.float32) + shift[:, None].astype(np.float32)
            posed[:, rows] += away * self.face.weights[rows, j, None]
        return posed

    def _joints(self, values: Array) -> dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Turn ``[frames, 3, 3]`` and shift ``[frames, 3]`` of each joint that leaves its rest."""
        worlds: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        for joint in _parents_first(self.face.joints):
            turn, shift = self._local(joint, values)
            if joint.parent is not None:
                outer_turn, outer_shift = worlds[joint.parent]
                turn, shift = outer_turn @ turn, np.einsum("fij,fj->fi", outer_turn, shift) + outer_shift
            worlds[joint.name] = turn, shift
        rest = np.eye(3)
        numbered = {j: worlds[joint.name] for j, joint in enumerate(self.face.joints)}
        return {j: (turn, shift) for j, (turn, shift) in numbered.items() if np.any(turn != rest) or np.any(shift)}

    def _local(self, joint: Joint, values: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        angles = np.zeros((3, len(values)), np.float64)
        for axis, ending in enumerate(("Yaw", "Pitch", "Roll")):
            for name in joint.channels:
                if name.endswith(ending) and name in self.columns:
                    angles[axis] += values[:, self.columns[name]]
        turn = rotation(*angles)
        return turn, np.asarray(joint.position) - turn @ np.asarray(joint.position)


def _parents_first(joints: tuple[Joint, ...]) -> list[Joint]:
    waiting, done = list(joints), list[Joint]()
    while waiting:
        ready = [joint for joint in waiting if joint.parent is None or any(joint.parent == other.name for other in done)]
        if not ready:
            raise ValueError(f"joints {[joint.name for joint in waiting]} hang from no root")
        done += ready
        waiting = [joint for joint in waiting if joint not in ready]
    return done
