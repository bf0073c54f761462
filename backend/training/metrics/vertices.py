"""Distances between two moving meshes.

Vertices are ``[T, V, 3]`` of one topology, in any unit; what comes back is in that unit (Mien's faces are in
metres, the papers write millimetres), or in its square where the name says so. ``members`` are the vertices
that count (see ``checks.Set``). Every frame of a clip counts the same. Turns of the head should be
taken out of both first: the papers measure faces that look ahead.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from backend.errors import InputError
from backend.training.metrics.checks import Floats, Set, chosen, numbers, pair

Dynamics = Literal["squared", "l2", "speed"]

_BLOCK = 128  # frames; double precision of a whole clip of a whole head would not fit everywhere


def distances(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> Floats:
    """Euclidean distance of every counted vertex in every frame, ``[T, N]``.

    Raises:
        InputError: shapes differ, a value is not finite, or the set is empty.
    """
    a, b = np.asarray(predicted), np.asarray(reference)
    if a.shape != b.shape or a.ndim != 3 or not a.size:
        raise InputError(f"vertices {list(a.shape)} and {list(b.shape)} need one shape [frames, vertices, 3].")
    rows = chosen(a.shape[1], members, "the set of vertices")
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(a), _BLOCK)]
    return np.concatenate([np.linalg.norm(np.subtract(*pair(a[block][:, rows], b[block][:, rows], 3)), axis=2) for block in blocks])


def mean_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """Mean over frames and vertices of the distance.

    VE of EditEmoTalk (section 4.2) and MVE of 3DXTalker (appendix B.3) over the whole head; LVE of 3DXTalker over
    the lips; UFVE of 3DXTalker over forehead, eye region and nose.
    """
    return float(distances(predicted, reference, members).mean())


def max_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """Mean over frames of the largest distance of the frame.

    MVE (whole head), LVE (mouth region) and UVE (eyes and forehead) of EmoVOCA (section 4.1), which says "maximum L2"
    and leaves open what is done over frames: the mean, as all code that this metric comes from does. LVE of
    EditEmoTalk, too: it cites MeshTalk and writes millimetres.
    """
    return float(distances(predicted, reference, members).max(axis=1).mean())


def max_squared_error(predicted: ArrayLike, reference: ArrayLike, members: Set = None) -> float:
    """Mean over frames of the largest squared distance of the frame, in squared units.

    LVE as the published code of CodeTalker (Xing et al. 2023), FaceDiffuser and ScanTalk computes it.
    """
    return float((distances(predicted, reference, members).max(axis=1) ** 2).mean())


def dynamics(vertices: ArrayLike, template: ArrayLike, members: Set = None, kind: Dynamics = "l2", rate: float = 1.0) -> Floats:
    """How much each vertex moves, ``[N]``: the standard deviation over time of its displacement.

    ``l2`` takes the length of the displacement from ``template [V, 3]`` (CodeTalker's equation),
    ``squared`` its square (CodeTalker's code; squared units), ``speed`` the length of its velocity at ``rate`` frames
    per second (units per second; EditEmoTalk's words "comparing vertex velocities").
    """
    whole, rest = np.asarray(vertices), np.asarray(template)
    if whole.ndim != 3 or rest.shape != whole.shape[1:]:
        raise InputError(f"vertices {list(whole.shape)} and their template {list(rest.shape)} do not belong together.")
    rows = chosen(whole.shape[1], members, "the set of vertices")
    moving = numbers(whole[:, rows], 3, "the motion")
    if kind == "speed":
        if len(moving) < 2:
            raise InputError("one frame has no speed.")
        lengths = np.linalg.norm(np.diff(moving, axis=0), axis=2) * rate
    else:
        lengths = np.linalg.norm(moving - numbers(rest[rows], 2, "the template"), axis=2)
    found: Floats = (lengths**2 if kind == "squared" else lengths).std(axis=0)
    return found


def fdd(
    predicted: ArrayLike,
    reference: ArrayLike,
    template: ArrayLike,
    members: Set = None,
    kind: Dynamics = "l2",
    rate: float = 1.0,
    absolute: bool = False,
) -> float:
    """Upper-face dynamics deviation: mean over vertices of the reference's :func:`dynamics` less the prediction's.

    Above zero the prediction moves too little. ``absolute`` drops the sign of the clip's mean, as FaceDiffuser's
    code (Stan et al. 2023) does: deviations of vertices within a clip still cancel.

    CodeTalker (Xing et al. 2023), as EditEmoTalk (FDD, section 4.2) and 3DXTalker (UFDD, appendix B.3) cite it. EditEmoTalk
    writes 1e-5 mm/s, which none of the three kinds gives; 3DXTalker's numbers have no sign.
    """
    difference = float((dynamics(reference, template, members, kind, rate) - dynamics(predicted, template, members, kind, rate)).mean())
    return abs(difference) if absolute else difference


def landmark_distance(predicted: ArrayLike, reference: ArrayLike, centred: bool = True) -> float:
    """LMD: mean over frames and landmarks ``[T, L, 2 or 3]`` of their distance.

    "Unified" (section IV-A) over the mouth's landmarks, after Chen et al. (2019). As there, ``centred`` first moves each
    prediction so that its landmarks' mean over the whole clip is the reference's; a difference in place is no error, a
    difference in movement is. Published figures are pixels of 2-D landmarks; the unit here is the input's.
    """
    a, b = pair(predicted, reference, 3)
    if centred:
        a = a + (b.mean(axis=(0, 1)) - a.mean(axis=(0, 1)))
    return float(np.linalg.norm(a - b, axis=2).mean())


def opening_deviation(predicted: ArrayLike, reference: ArrayLike) -> float:
    """MOD: mean over frames of the absolute difference between two mouth openings ``[T]``.

    EditEmoTalk (section 4.2) names it and defines no opening; ours is ``lips.openings``.
    """
    a, b = pair(predicted, reference, 1)
    return float(np.abs(a - b).mean())


def diversity(samples: ArrayLike) -> float:
    """Mean distance between two samples ``[S, T, ..., D]`` of the same line (seeds or styles), in the input's unit.

    Over every pair of samples the length of their difference along the last axis, averaged over the rest: vertices
    ``[S, T, V, 3]`` as in FaceDiffuser's code (Stan et al. 2023); of channels ``[S, T, C]``, the length of the
    channels' vector. Zero says that the seed does nothing.
    """
    found = np.asarray(samples, np.float64)
    if found.ndim < 3 or len(found) < 2:
        raise InputError(f"diversity needs two samples or more of shape [frames, ..., values], not {list(found.shape)}.")
    if not np.isfinite(found).all():
        raise InputError("a sample holds a value that is not finite.")
    pairs = [np.linalg.norm(found[i] - found[j], axis=-1).mean() for i in range(len(found)) for j in range(i)]
    return float(np.mean(pairs))
