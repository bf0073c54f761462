"""How emotions sit in a space of embeddings or of expression coefficients. No network is here: the vectors are handed in."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import InputError
from backend.training.metrics.checks import Floats, numbers, pair


def calinski_harabasz(points: ArrayLike, labels: ArrayLike) -> float:
    """Dispersion between clusters over dispersion within, each by its degrees of freedom (Caliński & Harabasz 1974).

    ``points [N, D]``, ``labels [N]``. Infinite where every cluster is one point in space.

    Raises:
        InputError: fewer than two labels, or as many labels as points.
    """
    found, names = numbers(points, 2, "the set of points"), np.asarray(labels)
    if names.shape != (len(found),):
        raise InputError(f"{len(found)} points need as many labels, not {list(names.shape)}.")
    kinds, member = np.unique(names, return_inverse=True)
    k, n = len(kinds), len(found)
    if not 2 <= k < n:
        raise InputError(f"clusters of {n} points need 2 to {n - 1} labels, not {k}.")
    counts = np.bincount(member).astype(np.float64)
    centres = np.stack([found[member == i].mean(axis=0) for i in range(k)])
    between = float((counts[:, None] * (centres - found.mean(axis=0)) ** 2).sum())
    within = float(((found - centres[member]) ** 2).sum())
    if within == 0:
        return np.inf if between > 0 else 1.0
    return between * (n - k) / (within * (k - 1))


def delta_ch(predicted: ArrayLike, reference: ArrayLike, labels: ArrayLike, relative: bool = True) -> float:
    """ΔCH of EditEmoTalk (section 4.2): how far the index of predicted expression coefficients is from the reference's.

    Both ``[N, D]`` with the same ``labels [N]``. The paper gives no formula. ``relative`` divides by the reference's
    index. That is our reading of its tables, where methods with hardly any clusters gather just below one: the
    value that a relative difference takes for an index near zero.
    """
    a, b = pair(predicted, reference, 2)
    wanted = calinski_harabasz(b, labels)
    if not np.isfinite(wanted) or wanted == 0:
        raise InputError("the reference's clusters are points, or all the same: nothing can be measured against them.")
    difference = abs(calinski_harabasz(a, labels) - wanted)
    return difference / wanted if relative else difference


def cosine_similarity(predicted: ArrayLike, reference: ArrayLike) -> float:
    """Mean over rows ``[N, D]`` of the cosine between two embeddings, -1 to 1.

    Emo-sim ("Unified", section IV-A) on embeddings of an emotion classifier, a row per frame or clip: the paper does not say which.
    CSIM as identity consistency (ours) on shape coefficients. 3DXTalker's CSIM is something else, a copula-based
    similarity of rendered images (Ghazouali et al. 2024).
    """
    a, b = pair(predicted, reference, 2)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    if not (lengths > 0).all():
        raise InputError("an embedding is zero and has no direction.")
    return float(((a * b).sum(axis=1) / lengths).mean())


def identity_consistency(shapes: ArrayLike) -> float:
    """CSIM over time (ours): mean cosine between the shape coefficients ``[T, D]`` of every frame and the first frame's."""
    found = numbers(shapes, 2, "the shape coefficients")
    return cosine_similarity(found, np.broadcast_to(found[0], found.shape))


def frechet_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Squared Fréchet distance between normal distributions fitted to two sets of embeddings ``[N, D]`` and ``[M, D]``.

    Emo-FID (3DXTalker, appendix B.3, after DEEPTalk) where the embeddings are an emotion classifier's; Dowson & Landau
    (1982), Heusel et al. (2017). In squared units of the embedding. Biased upwards for few samples: have more than
    dimensions, and the same number on both sides of every comparison.
    """
    first, second = numbers(a, 2, "the first set"), numbers(b, 2, "the second set")
    if first.shape[1] != second.shape[1] or min(len(first), len(second)) < 2:
        raise InputError(f"sets {list(first.shape)} and {list(second.shape)} need the same width, and two rows or more.")
    shift = first.mean(axis=0) - second.mean(axis=0)
    one, two = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (first, second))
    root = _root(one)
    both = np.sqrt(np.clip(np.linalg.eigvalsh(root @ two @ root), 0, None)).sum()
    return float(max(shift @ shift + np.trace(one) + np.trace(two) - 2 * both, 0.0))


def _root(matrix: NDArray[Any]) -> Floats:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    found: Floats = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return found
