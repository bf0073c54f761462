"""``metahuman`` and ``ctrl_expressions``: the face board's handles and the curves that they drive.

Each half of a handle drives one curve, as far as it is pushed. Otherwise it is with

* the eyes: what both do together and what each does alone adds up as an angle, and drives that eye's curves;
* ``neck_swallow`` and ``mouth_lipSticky``, which run through their curves one after the other: each rises to 1 as the one before
  falls to 0. A swallow at 1 is over, and shows nothing;
* the board's settings, which are carried along under their own names;
* ``head...Cor``: Unreal drives them from the turn of the head, and they stay at zero here.
"""

import numpy as np

from backend.face.metahuman.from_arkit import arkit_to_metahuman, check_rig, within
from backend.face.metahuman.gaze import OWN, eye_angles, handle_of
from backend.face.metahuman.tables import Array, Table, shipped_table
from backend.motion import Motion, clamp
from backend.motion.metahuman import CTRL_EXPRESSIONS, DRIVES, METAHUMAN, PHASES, SETTINGS


def metahuman_to_expressions(motion: Motion) -> Motion:
    """The curves of a performance on the 174 controls. Nothing is lost but which part of a gaze was the shared handle's.

    Raises:
        InputError: the motion is not of the ``metahuman`` rig.
    """
    check_rig(motion, METAHUMAN)
    motion = clamp(motion)
    controls = {name: motion[name].astype(np.float64) for name in METAHUMAN.names}
    controls |= _gaze(motion)
    curves: dict[str, Array] = {name: controls[name] for name in SETTINGS}
    for name, (above, below) in DRIVES.items():
        curves[above] = np.maximum(controls[name], 0.0)
        if below:
            curves[below] = np.maximum(-controls[name], 0.0)
    for name in PHASES:
        curves |= _phases(name, controls[name])
    found = np.zeros((motion.frames, len(CTRL_EXPRESSIONS)))
    found[:, [CTRL_EXPRESSIONS.index(name) for name in curves]] = np.stack(list(curves.values()), axis=1)
    return Motion(CTRL_EXPRESSIONS, within(CTRL_EXPRESSIONS, found), motion.rate)


def expressions_to_metahuman(motion: Motion) -> Motion:
    """The 174 controls that drive given curves.

    Where curves want both halves of a handle at once, it stands at their difference. Gaze lands on each eye's own handle.
    Head correctives have no control and are dropped.

    Raises:
        InputError: the motion is not of the ``ctrl_expressions`` rig.
    """
    check_rig(motion, CTRL_EXPRESSIONS)
    curves = clamp(motion).values.astype(np.float64)
    found = np.zeros((motion.frames, len(METAHUMAN)))
    for name, (above, below) in DRIVES.items():
        found[:, METAHUMAN.index(name)] = curves[:, CTRL_EXPRESSIONS.index(above)]
        if below:
            found[:, METAHUMAN.index(name)] -= curves[:, CTRL_EXPRESSIONS.index(below)]
    for name, peaks in PHASES.items():
        found[:, METAHUMAN.index(name)] = _unphased(curves[:, [CTRL_EXPRESSIONS.index(curve) for curve in peaks]], list(peaks.values()))
    for name in SETTINGS:
        found[:, METAHUMAN.index(name)] = curves[:, CTRL_EXPRESSIONS.index(name)]
    return Motion(METAHUMAN, within(METAHUMAN, found), motion.rate)


def arkit_to_expressions(motion: Motion, table: Table | None = None, rotations: bool | None = None) -> Motion:
    """An ``arkit`` performance as curves, by way of the 174 controls; see :func:`arkit_to_metahuman`."""
    return metahuman_to_expressions(arkit_to_metahuman(motion, table, rotations))


def _gaze(motion: Motion) -> dict[str, Array]:
    """Where each eye's own handle would stand if it did alone what both handles do."""
    board = shipped_table().board
    found: dict[str, Array] = {}
    for side, names in OWN.items():
        handles = handle_of(*eye_angles(motion, side, board), board)
        found |= {name: np.clip(at, -1.0, 1.0) for name, at in zip(names, handles, strict=True)}
    return found


def _phases(name: str, values: Array) -> dict[str, Array]:
    knots = [0.0, *PHASES[name].values()]
    after = [*knots[2:], 1.0]
    found: dict[str, Array] = {}
    for curve, before, at, end in zip(PHASES[name], knots[:-1], knots[1:], after, strict=True):
        ends = ([before, at, end], [0.0, 1.0, 0.0]) if end > at else ([before, at], [0.0, 1.0])
        found[curve] = np.interp(values, *ends)
    return found


def _unphased(curves: Array, peaks: list[float]) -> Array:
    """Where a control stands that drives phases ``[frames, phases]``: between the peaks of those that show.

    What is missing to a full phase is the way from rest, or after the last one falls off, the way to the end.
    """
    missing = np.maximum(1.0 - curves.sum(axis=1), 0.0)
    found: Array = curves @ np.array(peaks) + missing * (curves[:, -1] > curves[:, 0])
    return found
