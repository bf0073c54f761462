"""``arkit`` to ``metahuman``."""

import numpy as np

from backend.errors import InputError
from backend.face.metahuman.gaze import OWN, handle_of
from backend.face.metahuman.tables import SHAPES, Array, Reach, Table, shipped_table
from backend.motion import Motion, Rig
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import METAHUMAN


def arkit_to_metahuman(motion: Motion, table: Table | None = None, rotations: bool | None = None) -> Motion:
    """The same performance on the 174 controls.

    Shapes add up through the table and are cut off at the ends of the handles. ``mouthClose`` counts relative to
    ``jawOpen``, so that part is neither linear in the jaw nor monotone. The eyes turn by ``leftEyeYaw`` and its like where the
    motion has them, otherwise by the ``eyeLook`` shapes; ``rotations`` says which, where the motion should not be asked, as for one
    piece of a longer one. Either way it lands on each eye's own handle and leaves the shared one to the artist.

    Lost, for want of a control: the turn of the head, the roll of the eyes, ``mouthClose`` beyond ``jawOpen``.

    Raises:
        InputError: the motion is not of the ``arkit`` rig.
    """
    check_rig(motion, ARKIT)
    table = table or shipped_table()
    weights = np.clip(motion.pick(SHAPES).astype(np.float64), 0.0, 1.0)
    values: Array = weights @ table.signed
    values[:, [METAHUMAN.index(name) for name in table.closure.controls]] += _lips_together(weights, table)[:, None]
    turned = rotations if rotations is not None else _eyes_turn(motion)
    for side, names in OWN.items():
        yaw, pitch = (
            (motion[f"{side}Eye{axis}"].astype(np.float64) for axis in ("Yaw", "Pitch")) if turned else _looked(weights, side, table.shape)
        )
        for name, handle in zip(names, handle_of(yaw, pitch, table.board), strict=True):
            values[:, METAHUMAN.index(name)] += handle
    return Motion(METAHUMAN, within(METAHUMAN, values), motion.rate)


def within(rig: Rig, values: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Values ``[frames, channels]`` cut off at the ends of their channels."""
    low, high = (np.array([getattr(channel, end) for channel in rig.channels]) for end in ("low", "high"))
    return np.clip(values, low, high).astype(np.float32)


def check_rig(motion: Motion, rig: Rig) -> None:
    if motion.rig != rig:
        raise InputError(f"the motion is of rig '{motion.rig.name}', and only one of rig '{rig.name}' can be converted here.")


def _lips_together(weights: Array, table: Table) -> Array:
    """The share of the jaw's opening that the lips take back, ``[frames]``, 0 to 1."""
    close, jaw = (weights[:, SHAPES.index(name)] for name in ("mouthClose", "jawOpen"))
    share: Array = np.clip(close / np.maximum(jaw, table.closure.shut or 1e-9), 0.0, 1.0) * table.closure.share(jaw)
    return share


def _eyes_turn(motion: Motion) -> bool:
    return bool(motion.pick(tuple(f"{side}Eye{axis}" for side in OWN for axis in ("Yaw", "Pitch"))).any())


def _looked(weights: Array, side: str, shape: Reach) -> tuple[Array, Array]:
    """Yaw and pitch in radians that an eye's ``eyeLook`` shapes stand for."""
    out, in_, up, down = (weights[:, SHAPES.index(f"eyeLook{way}{side.capitalize()}")] for way in ("Out", "In", "Up", "Down"))
    outwards = (out - in_) * shape.across
    return (outwards if side == "left" else -outwards), down * shape.down - up * shape.up
