"""How one action unit comes, stays and goes: onset, apex, offset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Seconds for a whole onset. Viewers find 240 to 3040 ms realistic, by emotion (Hoffmann et al. 2010), and read faces best
# that rise in 200 to 900 ms (Recio, Schacht & Sommer 2013). A startled brow, the fastest of all, is allowed 170 ms, at which no
# channel is faster than in captures (tests).
ONSET = (0.17, 3.04)
# Seconds that a felt expression stays (Ekman & Friesen 1982: two thirds of a second to four seconds, whole smiles).
HELD = (0.5, 4.0)
# From first to last sight, and from first sight to the top (Ekman & Friesen 1969: 1/25 s and more; Yan et al. 2013: at most
# half a second in all and 260 ms to the top).
MICRO, MICRO_ONSET = (0.04, 0.5), 0.26

# Seconds after the first movement at which a unit sets in, at a medium tempo. Signals of danger come first: lids (5) and nose
# (9); what tells fear from surprise and disgust from anger follows (Jack, Garrod & Schyns 2014). Amounts ours.
_LAG = {
    "AU1": 0.03, "AU2": 0.04, "AU4": 0.03, "AU5": 0.0, "AU6": 0.09, "AU7": 0.02, "AU9": 0.0, "AU10": 0.09, "AU12": 0.04,
    "AU14": 0.1, "AU15": 0.11, "AU16": 0.1, "AU17": 0.13, "AU18": 0.08, "AU20": 0.08, "AU22": 0.06, "AU23": 0.08, "AU24": 0.09,
    "AU25": 0.04, "AU26": 0.05, "AU27": 0.06, "AU28": 0.12, "AU29": 0.14, "AU34": 0.12, "AU43": 0.05,
}  # fmt: skip
# Factor on the length of the onset. Lids and brows are light; jaw and chin carry mass. Ours.
_PACE = {"AU5": 0.75, "AU1": 0.9, "AU2": 0.9, "AU9": 0.85, "AU7": 0.9, "AU26": 1.1, "AU27": 1.15, "AU29": 1.3, "AU17": 1.2, "AU43": 1.3}
UPPER = frozenset({"AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU43"})
# Eyes let go before the mouth does. Ours.
_LEAVES = dict.fromkeys(UPPER, -0.06)


@dataclass(frozen=True, slots=True)
class Move:
    """One action unit on its way: to ``height`` from ``start`` within ``onset`` seconds, and back from ``leave`` within ``offset``.

    ``unit`` may end in L or R. ``lean`` is how much more the left side shows than the mean of both, -1 to 1. ``dip`` is the share
    that is lost in the middle of the apex, for expressions that swell twice.
    """

    unit: str
    height: float
    start: float
    onset: float
    leave: float
    offset: float
    lean: float = 0.0
    dip: float = 0.0

    def at(self, times: Array) -> Array:
        """The unit's intensity at each second, of the same shape."""
        rise = smooth((times - self.start) / self.onset)
        fall = smooth((times - self.leave) / self.offset) if self.offset > 0 else np.zeros_like(times)
        top, held = self.start + self.onset, max(self.leave - self.start - self.onset, 1e-6)
        through = np.clip((times - top) / held, 0, 1)
        swell = 1 - self.dip * np.sin(np.pi * through) ** 2
        return np.asarray(self.height * rise * (1 - fall) * swell, np.float64)


def smooth(x: Array) -> Array:
    """From 0 to 1 as x does, by least jerk (Flash & Hogan 1985): its top speed is 1.875 times the mean.

    With a length of its own whatever its height, speed grows in proportion to height, as it does in smiles (Schmidt, Cohn &
    Tian 2003).
    """
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x * x), np.float64)


def lag(unit: str) -> float:
    """Seconds by which a unit sets in after the first one."""
    return _LAG[unit.rstrip("LR")]


def pace(unit: str) -> float:
    """Factor on the length of a unit's onset and offset."""
    return _PACE.get(unit.rstrip("LR"), 1.0)


def leaves(unit: str) -> float:
    """Seconds by which a unit lets go later than the rest."""
    return _LEAVES.get(unit.rstrip("LR"), 0.0)
