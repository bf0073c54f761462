"""A head with its detail: the skin once more subdivided, and its wrinkles in the shapes that deepen them."""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face
from backend.face.heads import mien_head
from backend.face.heads.cage import Subdivided, subdivide

Array = NDArray[np.float32]


@cache
def detailed_mien_head() -> Face:
    """Mien's own head with wrinkles, made once."""
    return with_detail(mien_head())


def with_detail(face: Face) -> Face:
    """The face with its skin's quads cut in four (Catmull and Clark 1978) and its detail folded into the shapes.

    It is posed, drawn and exported like any other; vertices keep their numbers, and new ones follow. A
    face without a detail layer comes back as it is.
    """
    detail = face.detail
    if detail is None:
        return face
    quads = face.quads[: detail.quads]
    fine = _subdivided(face, quads)
    vertices = _finer(fine, face.vertices)
    finer_quads = _numbered(fine, quads, len(face.vertices))
    along = _normals(vertices, finer_quads)
    wrinkled = {name: _finer(fine, delta) for name, delta in face.shapes.items()}
    for k, weights in enumerate(detail.drivers):
        rows, moves = detail.component(k)
        for name, weight in weights.items():
            if name in wrinkled:
                wrinkled[name][rows] += weight * moves[:, None] * along[rows]
    return Face(
        name=face.name,
        vertices=vertices,
        quads=np.concatenate([finer_quads, face.quads[detail.quads :]]),
        uvs=np.concatenate([_finer_uvs(face.uvs[: detail.quads]), face.uvs[detail.quads :]]),
        materials=face.materials,
        surface=np.concatenate([np.repeat(face.surface[: detail.quads], 4), face.surface[detail.quads :]]),
        shapes=wrinkled,
        joints=face.joints,
        weights=_finer(fine, face.weights),
        correctives={names: _finer(fine, delta) for names, delta in face.correctives.items()},
    )


def _subdivided(face: Face, quads: NDArray[np.int32]) -> Subdivided:
    """Smooth, but for the inside of the mouth, which would shrink on to the gums: its old vertices stay where they are."""
    from scipy import sparse

    fine = subdivide([tuple(quad) for quad in quads.tolist()], int(quads.max()) + 1)
    count, edges = fine.matrix.shape[1], np.array(list(fine.edges))
    inner = np.zeros(count, bool)
    lined = [i for i, material in enumerate(face.materials) if material.name == "mouth"]
    inner[quads[np.isin(face.surface[: len(quads)], lined)]] = True
    middle = sparse.csr_matrix((np.full(2 * len(edges), 0.5), (np.repeat(np.arange(len(edges)), 2), edges.ravel())), (len(edges), count))
    plain = sparse.vstack([sparse.identity(count), middle, fine.matrix[count + len(edges) :]]).tocsr()
    kept = sparse.diags(np.concatenate([inner, inner[edges].any(axis=1), np.zeros(len(quads), bool)]).astype(float))
    return replace(fine, matrix=(kept @ plain + fine.matrix - kept @ fine.matrix).tocsr())


def _finer(fine: Subdivided, values: Array) -> Array:
    """The values of the old vertices, those of the skin smoothed, then of the new ones."""
    count = fine.matrix.shape[1]
    found = fine.matrix @ values[:count].astype(np.float64)
    return np.asarray(np.concatenate([found[:count], values[count:], found[count:]]), np.float32)


def _numbered(fine: Subdivided, quads: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """The finer quads, their new vertices numbered after all old ones."""
    old = fine.matrix.shape[1]
    numbered: NDArray[np.int32] = np.where(fine.quads < old, fine.quads, fine.quads + count - old).astype(np.int32)
    return numbered


def _finer_uvs(uvs: Array) -> Array:
    middle, edges = uvs.mean(axis=1, keepdims=True), (uvs + np.roll(uvs, -1, axis=1)) / 2
    corners = [np.stack([uvs[:, i], edges[:, i], middle[:, 0], edges[:, i - 1]], axis=1) for i in range(4)]
    return np.asarray(np.stack(corners, axis=1).reshape(-1, 4, 2), np.float32)


def _normals(vertices: Array, quads: NDArray[np.int32]) -> Array:
    across = np.cross(vertices[quads[:, 2]] - vertices[quads[:, 0]], vertices[quads[:, 3]] - vertices[quads[:, 1]])
    summed = np.zeros(vertices.shape, np.float64)
    for corner in range(4):
        np.add.at(summed, quads[:, corner], across)
    return np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12), np.float32)
