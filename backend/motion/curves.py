"""Verbs that take a motion and return a motion. All of them work in seconds, never in frames."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d
from scipy.signal import firwin

from backend.errors import InputError
from backend.motion.motion import Motion
from backend.motion.rate import Rate, frame_times, frames_to_cover


def resample(motion: Motion, rate: Rate) -> Motion:
    """The same movement at another frame rate, by time.

    The first frame stays at zero and the last one reaches the old end or just past it. Values
    between frames follow monotone cubics (Fritsch & Carlson 1980), which never overshoot a key:
    a closed mouth stays closed. Before going down in rate, what is faster than the new rate can
    carry is taken out, so that nothing aliases.
    """
    if rate == motion.rate:
        return motion
    values = motion.values.astype(np.float64)
    if rate < motion.rate:
        values = _low_pass(values, float(rate / motion.rate))
    times = np.minimum(frame_times(frames_to_cover(motion.duration, rate), rate), motion.duration)
    if motion.frames == 1:
        return Motion(motion.rig, np.repeat(values, len(times), axis=0).astype(np.float32), rate)
    moved = PchipInterpolator(motion.times, values, axis=0)(times)
    return Motion(motion.rig, moved.astype(np.float32), rate)


def _low_pass(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Keep the lowest ``share`` of the band: a short zero-phase FIR with the ends held."""
    half = int(np.ceil(2 / share))
    taps = firwin(2 * half + 1, min(share, 0.99), window="hamming")
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(taps), axis=0)
    smooth: NDArray[np.float64] = windows @ taps
    return smooth


def smooth(motion: Motion, seconds: float, channels: tuple[str, ...] | None = None) -> Motion:
    """Soften channels with a Gaussian of the given standard deviation in seconds; ends are held."""
    if seconds < 0:
        raise InputError(f"cannot smooth over {seconds} s: give a time of zero or more.")
    if seconds == 0:
        return motion
    columns = [motion.rig.index(name) for name in channels or motion.rig.names]
    values = motion.values.copy()
    values[:, columns] = gaussian_filter1d(values[:, columns], seconds * float(motion.rate), axis=0, mode="nearest")
    return motion.with_values(values)


def blend(first: Motion, second: Motion, weight: float | NDArray[np.float64]) -> Motion:
    """Go from ``first`` (weight 0) to ``second`` (weight 1); the weight may change by frame ``[frames]``.

    Raises:
        InputError: the two differ in rig, rate or length.
    """
    if first.rig != second.rig or first.rate != second.rate or first.frames != second.frames:
        raise InputError("only motions of the same rig, frame rate and length can be blended: resample one of them first.")
    share: NDArray[np.float32] = np.broadcast_to(np.asarray(weight, np.float32), (first.frames,))[:, None]
    mixed: NDArray[np.float32] = first.values * (1 - share) + second.values * share
    return first.with_values(mixed)


def clamp(motion: Motion) -> Motion:
    """Bring every value into its channel's range."""
    low = np.array([channel.low for channel in motion.rig.channels], np.float32)
    high = np.array([channel.high for channel in motion.rig.channels], np.float32)
    kept: NDArray[np.float32] = np.clip(motion.values, low, high)
    return motion.with_values(kept)


def mirror(motion: Motion) -> Motion:
    """Exchange left and right."""
    columns = [motion.rig.index(channel.mirror) for channel in motion.rig.channels]
    signs = np.array([channel.mirror_sign for channel in motion.rig.channels], np.float32)
    exchanged: NDArray[np.float32] = motion.values[:, columns] * signs
    return motion.with_values(exchanged)
