"""Angles of the eyes, in radians, and the handles on the face board that turn them.

Angles are those of the ``arkit`` rig: yaw to the character's left, pitch **down**. A handle's end stands for
``Reach.across`` to either side, ``Reach.up`` above zero and ``Reach.down`` below.
"""

import numpy as np

from backend.face.metahuman.tables import Array, Reach
from backend.motion import Motion
from backend.motion.metahuman import control

BOTH = (control("C_eye.x"), control("C_eye"))
OWN = {side: (control(f"{side[0].upper()}_eye.x"), control(f"{side[0].upper()}_eye")) for side in ("left", "right")}


def handle_of(yaw: Array, pitch: Array, board: Reach) -> tuple[Array, Array]:
    """Where a handle stands for an eye turned so: sideways and upwards, each ``[frames]``, not cut off at the ends."""
    return yaw / board.across, np.where(pitch < 0, -pitch / board.up, -pitch / board.down)


def angles_of(across: Array, upwards: Array, board: Reach) -> tuple[Array, Array]:
    """Yaw and pitch of an eye whose handle stands so, each ``[frames]``."""
    return across * board.across, -upwards * np.where(upwards > 0, board.up, board.down)


def eye_angles(motion: Motion, side: str, board: Reach) -> tuple[Array, Array]:
    """Yaw and pitch of one eye of a ``metahuman`` motion: what both eyes do together and what it does alone, added up."""
    handles = [motion[name].astype(np.float64) for name in (*BOTH, *OWN[side])]
    together, alone = angles_of(handles[0], handles[1], board), angles_of(handles[2], handles[3], board)
    return together[0] + alone[0], together[1] + alone[1]
