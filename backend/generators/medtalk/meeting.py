"""Lips that meet on p, b and m, and rest in pauses, for certain: a mean over many speakers leaves them a little apart."""

import numpy as np
from numpy.typing import NDArray

from backend.generators.procedural.articulation import contacts
from backend.generators.procedural.line import Array, Line, ease
from backend.generators.procedural.tables import visemes
from backend.motion.metahuman import METAHUMAN, control
from backend.speech.inventory import SILENCE

PAUSE, SETTLING = 0.25, 0.12  # s: silences that count as pauses, and how long lips take to come to rest
_SIDES = "LR"
MEETING = tuple(METAHUMAN.index(control(f"{side}_mouth_lipsTogether{lip}")) for side in _SIDES for lip in "UD")
PARTING = tuple(METAHUMAN.index(control(f"{side}_mouth_{what}")) for side in _SIDES for what in ("upperLipRaise", "lowerLipDepress"))
JAW = tuple(METAHUMAN.index(control(what)) for what in ("C_jaw", "C_jaw_openExtreme"))


def sealed(line: Line) -> Array:
    """How far the lips are to be on each other by frame of the line, 0 to 1: the procedural performer's contacts."""
    seal, _, _ = contacts(line, visemes())
    return seal


def resting(line: Line, felt: NDArray[np.float32]) -> Array:
    """How far the mouth is at rest by frame, 0 to 1: in pauses of a line that is not ``felt [T]``. An emotion may hold them open."""
    rest = np.zeros_like(line.frame_times)
    for phone in line.speech.phones:
        if phone.symbol == SILENCE and phone.duration >= PAUSE:
            rest = np.maximum(rest, ease((line.frame_times - phone.start) / SETTLING) * ease((phone.end - line.frame_times) / SETTLING))
    found: Array = rest * np.clip(1 - felt, 0, 1)
    return found


def meet(values: NDArray[np.float32], seal: Array, rest: Array) -> NDArray[np.float32]:
    """Motion ``[T, 174]`` whose lips come together as ``seal [T]`` says, whatever the jaw does; with ``rest [T]`` the jaw closes too."""
    met, sealed, rested = values.copy(), seal.astype(np.float32)[:, None], rest.astype(np.float32)[:, None]
    met[:, MEETING] = np.maximum(values[:, MEETING], sealed)
    met[:, PARTING] *= 1 - np.maximum(sealed, rested)
    met[:, JAW] *= 1 - rested
    return met
