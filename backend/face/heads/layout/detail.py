"""The detail layer: 128 displacements along the normals of the head's skin, once more subdivided.

First come wrinkles, a name each ("crow's foot 3 left"): the lines of the head's own detail, whole, with the channels that deepen
them. The rest, "smooth 1" and so on, is what lines cannot say, from broad to fine: harmonics of the face (eigenfunctions
of its Laplacian; Vallet and Levy 2008), zero round its rim, which nothing drives; they are for fitting scans and for learning.
A coefficient of 1 is a wrinkle at its full depth, or 0.3 mm root mean square of a harmonic.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from backend.errors import FlameError
from backend.face.face import Face
from backend.face.flame import FlameModel
from backend.face.heads import mien_head
from backend.face.heads.cage import subdivide
from backend.face.heads.layout import extras
from backend.motion.motion import Motion

COMPONENTS = 128
Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DetailLayer:
    """``fields [128, V']`` in metres along the normals, on the subdivided head; ``drivers`` are the channels that deepen each, by weight.

    ``matrix [V', V]`` subdivides: the V old vertices keep their numbers and new ones follow. ``quads [F, 4]`` are all faces of the
    subdivided head, those of the skin first.
    """

    names: tuple[str, ...]
    fields: Array
    drivers: tuple[Mapping[str, float], ...]
    matrix: Any
    quads: NDArray[np.int32]


@cache
def detail_layer() -> DetailLayer:
    """The layer of Mien's head, put together once.

    Raises:
        FlameError: the stored harmonics belong to another head.
    """
    face = mien_head()
    matrix, quads = _subdivision(face)
    lines = _lines(face, matrix.shape[0])
    smooth = _harmonics(face, COMPONENTS - len(lines)) @ matrix.T
    return DetailLayer(
        names=(*lines, *(f"smooth {k + 1}" for k in range(len(smooth)))),
        fields=np.concatenate([[field for field, _ in lines.values()], smooth]).astype(np.float32),
        drivers=(*(drivers for _, drivers in lines.values()), *({} for _ in smooth)),
        matrix=matrix,
        quads=quads,
    )


def detail(model: FlameModel, coefficients: ArrayLike) -> Array:
    """Displacement ``[V']`` in metres along the normals of the subdivided head, for coefficients ``[<=128]``; those left out are zero.

    Raises:
        FlameError: the model is not Mien's head, or there are more coefficients than components.
    """
    layer, asked = _layer_of(model), np.asarray(coefficients, np.float32)
    if asked.ndim != 1 or len(asked) > COMPONENTS:
        raise FlameError(f"detail takes up to {COMPONENTS} coefficients in a row, not {list(asked.shape)}.")
    moved: Array = asked @ layer.fields[: len(asked)]
    return moved


def refined(model: FlameModel, vertices: NDArray[Any]) -> Array:
    """Posed vertices ``[V, 3]``, the skin once more subdivided (Catmull and Clark 1978): ``[V', 3]``.

    Raises:
        FlameError: the model is not Mien's head.
    """
    return np.asarray(_layer_of(model).matrix @ vertices, np.float32)


def wrinkled(model: FlameModel, vertices: NDArray[Any], coefficients: ArrayLike) -> Array:
    """Posed vertices ``[V, 3]``, subdivided and displaced: ``[V', 3]`` in metres, to be drawn with the layer's ``quads``.

    Raises:
        FlameError: the model is not Mien's head, or there are more coefficients than components.
    """
    moved, fine = detail(model, coefficients), refined(model, vertices)
    displaced: Array = fine + moved[:, None] * _normals(fine, _layer_of(model).quads)
    return displaced


def driven(motion: Motion) -> Array:
    """Coefficients ``[frames, 128]`` of the wrinkles that go with an ``arkit`` motion; harmonics rest."""
    found = np.zeros((motion.frames, COMPONENTS), np.float32)
    for k, drivers in enumerate(detail_layer().drivers):
        for channel, weight in drivers.items():
            if channel in motion.rig:
                found[:, k] += weight * motion[channel]
    return found


def _layer_of(model: FlameModel) -> DetailLayer:
    layer = detail_layer()
    if len(model.template) != layer.matrix.shape[1]:
        raise FlameError(f"the detail layer belongs to Mien's head: model '{model.name}' has {len(model.template)} vertices.")
    return layer


def _lines(face: Face, count: int) -> dict[str, tuple[Array, Mapping[str, float]]]:
    """The head's wrinkles by name, segments of a line put together; what drives one drives all."""
    found: dict[str, tuple[Array, Mapping[str, float]]] = {}
    for k, name in enumerate(face.detail.names if face.detail else ()):
        rows, moves = face.detail.component(k) if face.detail else ((), ())
        whole = re.sub(r" [a-z](?= (left|right)$)", "", name)
        field = found[whole][0] if whole in found else np.zeros(count, np.float32)
        field[rows] += moves
        found[whole] = (field, face.detail.drivers[k] if face.detail else {})
    return found


def _harmonics(face: Face, count: int) -> NDArray[np.float64]:
    """The first of the stored harmonics on the head's own vertices, ``[count, V]`` in metres."""
    rows, moves = extras()["rows"], extras()["moves"]
    if count > len(moves) or rows.max() >= len(face.vertices):
        raise FlameError("the harmonics are of another head: run python -m backend.face.heads.layout.build.")
    found = np.zeros((count, len(face.vertices)))
    # Whole micrometres.
    found[:, rows] = moves[:count] / 1e6
    return found


def _subdivision(face: Face) -> tuple[Any, NDArray[np.int32]]:
    """Matrix ``[V', V]`` and quads: the skin cut in four and smoothed, but for the inside of the mouth, which would shrink on to the
    gums and keeps its old vertices where they are; all else as it was.
    """
    own = face.quads[: face.detail.quads] if face.detail else face.quads
    count, skin = len(face.vertices), int(own.max()) + 1
    fine = subdivide([tuple(quad) for quad in own.tolist()], skin)
    edges = np.array(list(fine.edges))
    inner = np.zeros(skin, bool)
    lined = [i for i, material in enumerate(face.materials) if material.name == "mouth"]
    inner[own[np.isin(face.surface[: len(own)], lined)]] = True
    kept = sparse.diags(np.concatenate([inner, inner[edges].any(axis=1), np.zeros(len(own), bool)]).astype(float))
    middle = sparse.csr_matrix((np.full(2 * len(edges), 0.5), (np.repeat(np.arange(len(edges)), 2), edges.ravel())), (len(edges), skin))
    plain = sparse.vstack([sparse.identity(skin), middle, fine.matrix[skin + len(edges) :]])
    smooth = (kept @ plain + fine.matrix - kept @ fine.matrix).tocsr()
    others = sparse.identity(count - skin)
    old = sparse.block_diag([smooth[:skin], others])
    new = sparse.hstack([smooth[skin:], sparse.csr_matrix((smooth.shape[0] - skin, count - skin))])
    quads = np.where(fine.quads < skin, fine.quads, fine.quads + count - skin)
    return sparse.vstack([old, new]).tocsr().astype(np.float64), np.concatenate([quads, face.quads[len(own) :]]).astype(np.int32)


def _normals(vertices: Array, quads: NDArray[np.int32]) -> Array:
    across = np.cross(vertices[quads[:, 2]] - vertices[quads[:, 0]], vertices[quads[:, 3]] - vertices[quads[:, 1]])
    summed = np.stack([np.bincount(quads.ravel(), np.repeat(across[:, axis], 4), len(vertices)) for axis in range(3)], axis=1)
    return np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12), np.float32)
