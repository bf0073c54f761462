"""Whether a face is alive: blinks, action units that move, smooth movement."""

import numpy as np
from numpy.typing import ArrayLike

from backend.errors import InputError
from backend.generators.procedural.tables import action_units
from backend.motion import Motion
from backend.training.metrics.checks import Floats, numbers
from backend.training.metrics.lips import runs

# The 17 units whose intensity OpenFace (Baltrusaitis et al. 2018) reports, the usual ones in papers. Its AU45, the blink, is AU43 here.
UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 43)

_SHUT, _OPEN = 0.6, 0.3  # of full closure; two, so that a trembling lid is one blink
_LONGEST = 0.8  # s; longer than the blinks of drowsy people (Caffier et al. 2003): closed eyes


def blinks(closure: ArrayLike, rate: float, shut: float = _SHUT, opened: float = _OPEN) -> Floats:
    """Seconds at which lids are furthest down in every blink.

    ``closure [T]`` is 0 with open and 1 with closed eyes. A blink rises to ``shut`` and comes back below ``opened`` within 0.8 s. An
    eye that is closed at the first frame, or still at the last, has not blinked.
    """
    lids = numbers(closure, 1, "the closure of the eyes")
    found = []
    for first, end in runs(lids > opened):
        whole = first > 0 and end < len(lids)
        if whole and lids[first:end].max() >= shut and (end - first) / rate <= _LONGEST:
            found.append((first + int(lids[first:end].argmax())) / rate)
    return np.array(found, np.float64)


def blink_rate(closure: ArrayLike, rate: float, shut: float = _SHUT, opened: float = _OPEN) -> float:
    """Blinks per second.

    "Unified" (section IV-A) counts the same on video without saying how, and takes 0.28 to 0.45 for natural (Sinha et al. 2020).
    """
    count = np.asarray(closure).size
    return len(blinks(closure, rate, shut, opened)) / (count / rate)


def eye_closure(motion: Motion) -> Floats:
    """How far both lids of an ``arkit`` motion are down, ``[T]``: the mean of its two ``eyeBlink`` channels."""
    lids = numbers(motion.pick(("eyeBlinkLeft", "eyeBlinkRight")), 2, "the lids")
    found: Floats = lids.mean(axis=1)
    return found


def activations(motion: Motion) -> Floats:
    """How far each of :data:`UNITS` is active in an ``arkit`` motion, ``[T, 17]``, 1 at full intensity.

    The channels projected on the unit's own (``presets/action_units.toml``): exact where nothing else moves them.

    Raises:
        InputError: the motion is of another rig.
    """
    if motion.rig.name != "arkit":
        raise InputError(f"action units are read from the arkit rig, not from '{motion.rig.name}': convert the motion.")
    found = []
    for unit in UNITS:
        table = action_units()[f"AU{unit}"]
        weights = np.array(list(table.values()))
        found.append(numbers(motion.pick(tuple(table)), 2, "the motion") @ weights / (weights @ weights))
    return np.stack(found, axis=1)


def activation_spread(active: ArrayLike) -> float:
    """AU-std: mean over action units ``[T, A]`` of the standard deviation over time, in the units of the activations.

    "Unified" (section IV-A), which does not say which detector or which units; ours are :func:`activations`. The paper
    marks higher as better. It is best near the reference's own: a face that trembles has a high one.
    """
    return float(numbers(active, 2, "the activations").std(axis=0).mean())


def jerk(values: ArrayLike, rate: float) -> float:
    """Root mean square over everything of the third derivative over time of ``[T, ...]``, in units per second cubed (ours).

    Third differences; NaN for fewer than four frames. It grows with the frame rate where curves have corners: compare at one
    rate only. Lower is smoother, and zero is a statue: read it beside the reference's.
    """
    found = np.asarray(values, np.float64)
    found = numbers(found.reshape(len(found), -1), 2, "the motion")
    return float(np.sqrt(np.mean(np.diff(found, 3, axis=0) ** 2)) * rate**3) if len(found) > 3 else float("nan")


def smoothness(values: ArrayLike, rate: float) -> float:
    """Log dimensionless jerk of a movement ``[T, D]``, higher is smoother (Balasubramanian et al. 2012).

    -ln of the integral of squared jerk, times duration cubed over squared peak speed. Neither amplitude nor tempo changes it. NaN where
    nothing moves. Without jerk it would be infinite.
    """
    found = numbers(values, 2, "the motion")
    if len(found) < 4:
        return float("nan")
    peak = float(np.linalg.norm(np.diff(found, axis=0), axis=1).max()) * rate
    if peak == 0:
        return float("nan")
    integral = float((np.diff(found, 3, axis=0) ** 2).sum()) * rate**5
    duration = (len(found) - 1) / rate
    with np.errstate(divide="ignore"):
        return float(-np.log(integral * duration**3 / peak**2))
