"""``metahuman`` to ``arkit``."""

import numpy as np

from backend.face.metahuman.from_arkit import check_rig, within
from backend.face.metahuman.gaze import OWN, eye_angles
from backend.face.metahuman.tables import SHAPES, Array, Reach, Table, shipped_table, split_halves
from backend.motion import Motion, clamp
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import METAHUMAN

_ROUNDS, _CLOSE_ENOUGH = 200, 1e-7


def metahuman_to_arkit(motion: Motion, table: Table | None = None) -> Motion:
    """The nearest that the ``arkit`` rig has to a performance on the 174 controls.

    Shapes are the least-squares fit, between 0 and 1, to the halves of the controls that the table gives them; a control counts by
    the square of what the strongest shape sets it to. To these come the readings of controls that no shape sets. The eyes
    are told twice, as Live Link Face does: by their angles and by the ``eyeLook`` shapes.

    Raises:
        InputError: the motion is not of the ``metahuman`` rig.
    """
    check_rig(motion, METAHUMAN)
    table = table or shipped_table()
    motion = clamp(motion)
    values = motion.values.astype(np.float64)
    halves = split_halves(values)
    weights = np.clip(_fitted(halves, table.halves) + halves @ table.readings.T, 0.0, 1.0)
    weights[:, SHAPES.index("mouthClose")] += _mouth_close(values, weights, table)
    found = np.zeros((motion.frames, len(ARKIT)))
    for side in OWN:
        yaw, pitch = eye_angles(motion, side, table.board)
        _look(weights, side, yaw, pitch, table.shape)
        found[:, ARKIT.index(f"{side}EyeYaw")], found[:, ARKIT.index(f"{side}EyePitch")] = yaw, pitch
    found[:, [ARKIT.index(name) for name in SHAPES]] = weights
    return Motion(ARKIT, within(ARKIT, found), motion.rate)


def _fitted(halves: Array, shapes: Array) -> Array:
    """Weights ``[frames, shapes]`` between 0 and 1 by coordinate descent: exact in one round where no two shapes share a half."""
    counts = shapes.max(axis=0)
    scaled = shapes * counts
    gram: Array = scaled @ scaled.T
    right: Array = (halves * counts) @ scaled.T
    weights = np.zeros_like(right)
    used = np.flatnonzero(np.diag(gram))
    for _ in range(_ROUNDS):
        before = weights.copy()
        for j in used:
            weights[:, j] = np.clip(weights[:, j] + (right[:, j] - weights @ gram[j]) / gram[j, j], 0.0, 1.0)
        if np.abs(weights - before).max() < _CLOSE_ENOUGH or not (gram - np.diag(np.diag(gram))).any():
            break
    return weights


def _mouth_close(values: Array, weights: Array, table: Table) -> Array:
    """``mouthClose`` as ARKit counts it: what the lips take back of the jaw's opening, ``[frames]``."""
    jaw = weights[:, SHAPES.index("jawOpen")]
    together: Array = values[:, [METAHUMAN.index(name) for name in table.closure.controls]].mean(axis=1)
    share = table.closure.share(jaw)
    # Below "open" only a part of mouthClose was let through; the same part is taken out again.
    close: Array = jaw * np.minimum(together / np.maximum(share, 1e-9), 1.0) * (share > 0)
    return close


def _look(weights: Array, side: str, yaw: Array, pitch: Array, shape: Reach) -> None:
    outwards = (yaw if side == "left" else -yaw) / shape.across
    turned = {"Out": outwards, "In": -outwards, "Up": -pitch / shape.up, "Down": pitch / shape.down}
    for way, weight in turned.items():
        weights[:, SHAPES.index(f"eyeLook{way}{side.capitalize()}")] = np.clip(weight, 0.0, 1.0)
