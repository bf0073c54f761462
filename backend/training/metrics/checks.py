"""What every metric asks of its arguments."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import InputError
from backend.motion import Motion, resample

Floats = NDArray[np.float64]
Set = ArrayLike | None
"""Which vertices or columns count: their numbers, a yes or no for each, or None for all."""

_APART = 0.5  # s; longer than any padding of a frame or a hop, shorter than any sentence


def numbers(values: ArrayLike, dimensions: int, name: str) -> Floats:
    """The values in double precision.

    Raises:
        InputError: they have other dimensions, nothing is in them, or one is not finite.
    """
    found = np.asarray(values, np.float64)
    if found.ndim != dimensions or not found.size:
        raise InputError(f"{name} needs {dimensions} dimensions and at least one value, not the shape {list(found.shape)}.")
    if not np.isfinite(found).all():
        raise InputError(f"{name} holds a value that is not finite.")
    return found


def pair(predicted: ArrayLike, reference: ArrayLike, dimensions: int) -> tuple[Floats, Floats]:
    """Both in double precision.

    Raises:
        InputError: their shapes differ, or :func:`numbers` refuses one.
    """
    a, b = numbers(predicted, dimensions, "the prediction"), numbers(reference, dimensions, "the reference")
    if a.shape != b.shape:
        raise InputError(f"a prediction {list(a.shape)} cannot be measured against a reference {list(b.shape)}: bring them to one shape.")
    return a, b


def chosen(count: int, members: Set, name: str = "the set") -> NDArray[np.intp]:
    """The numbers of the members, ``[N]``.

    Raises:
        InputError: none is chosen, or one does not exist.
    """
    if members is None:
        return np.arange(count)
    found: NDArray[Any] = np.asarray(members)
    if found.dtype == bool:
        if found.shape != (count,):
            raise InputError(f"{name} has {found.size} yes or no for {count} members.")
        found = np.flatnonzero(found)
    if not found.size or found.ndim != 1:
        raise InputError(f"{name} is empty: there is nothing to measure.")
    if not np.issubdtype(found.dtype, np.integer) or found.min() < 0 or found.max() >= count:
        raise InputError(f"{name} points outside its {count} members.")
    return found.astype(np.intp)


def together(predicted: Motion, reference: Motion) -> tuple[Motion, Motion]:
    """The prediction at the reference's frame rate, and both cut to the shorter one.

    Raises:
        InputError: the rigs differ, or one is longer by more than half a second: then they are not the same line.
    """
    if predicted.rig.names != reference.rig.names:
        raise InputError(f"a motion of rig '{predicted.rig.name}' cannot be measured against one of '{reference.rig.name}': convert one.")
    if abs(predicted.duration - reference.duration) > _APART:
        raise InputError(
            f"a prediction of {predicted.duration:.2f} s cannot be measured against a reference of {reference.duration:.2f} s: "
            "they are not the same line."
        )
    predicted = resample(predicted, reference.rate)
    frames = min(predicted.frames, reference.frames)
    return predicted.with_values(predicted.values[:frames]), reference.with_values(reference.values[:frames])
