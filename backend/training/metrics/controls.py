"""Errors of rig channels, after MEDTalk.

Values are ``[T, C]`` of one rig, in the rig's units (weights or radians); ``members`` are the columns that count. The
paper names the sets S_lip, S_emo, S_up and S_int and lists none of them: ``sets.channel_set`` has ours.
"""

import numpy as np
from numpy.typing import ArrayLike

from backend.training.metrics.checks import Floats, Set, chosen, numbers, pair


def mean_absolute_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """MLE over S_lip (equation 15), MEE over S_emo (equation 16): mean over frames and channels of the absolute difference.

    The equations write an L1 norm, the text says "average"; the mean makes sets of different sizes comparable. Times the number of
    channels it is the norm of a frame, averaged over frames.
    """
    a, b = pair(predicted, reference, 2)
    columns = chosen(a.shape[1], members, "the set of channels")
    return float(np.abs(a[:, columns] - b[:, columns]).mean())


def channel_vector_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """Mean over frames of the Euclidean length of the difference.

    What FaceDiffuser (Stan et al. 2023) calls LVE when it measures blend shapes.
    """
    a, b = pair(predicted, reference, 2)
    columns = chosen(a.shape[1], members, "the set of channels")
    return float(np.linalg.norm(a[:, columns] - b[:, columns], axis=1).mean())


def intensity(values: ArrayLike, members: Set = None) -> Floats:
    """How strong the emotion of every frame is, ``[T]``: the sum of absolute values over S_int (MEDTalk, equation 8)."""
    found = numbers(values, 2, "the motion")
    strong: Floats = np.abs(found[:, chosen(found.shape[1], members, "the set of channels")]).sum(axis=1)
    return strong


def intensity_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """EIE (MEDTalk, equation 17): mean over frames of the absolute difference between the two :func:`intensity`."""
    a, b = pair(predicted, reference, 2)
    return float(np.abs(intensity(a, members) - intensity(b, members)).mean())


def rig_deviation(predicted: ArrayLike, reference: ArrayLike, members: Set = None, absolute: bool = False) -> float:
    """FRD (MEDTalk, equation 18): mean over S_up of the reference's standard deviation over time less the prediction's.

    Above zero the prediction moves too little. The equation is signed, and channels cancel each other. ``absolute`` (ours) takes
    the difference of each channel without its sign, so that nothing cancels.
    """
    a, b = pair(predicted, reference, 2)
    columns = chosen(a.shape[1], members, "the set of channels")
    difference = b[:, columns].std(axis=0) - a[:, columns].std(axis=0)
    return float((np.abs(difference) if absolute else difference).mean())
