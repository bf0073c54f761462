"""The control cage: which quads there are, by name, and how they are subdivided.

The skin is one regular grid, rows from the neck to the crown, columns from the front midline
round to the back. Rectangles of it are cut out for eyes, mouth and nostrils, and filled with rings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Key = tuple[str | int, ...]

ROWS, COLUMNS = 28, 20
MOUTH_ROWS, MOUTH_COLUMN = (8, 10), 6
EYE_ROWS, EYE_COLUMNS = (16, 20), (3, 10)
NOSTRIL_ROW, NOSTRIL_COLUMN = 12, 1
EYE_RINGS, EYE_COUNT = 6, 22
MOUTH_RINGS, MOUTH_COUNT = 9, 14

# Rings of the eye, from the brow inwards, and of the mouth, from the cheek inwards.
ORBIT, SOCKET, CREASE, LID, EDGE, EDGE_BACK, LID_BACK = range(7)
AROUND, NEAR, BORDER, CREST, CONTACT, INNER, VESTIBULE, BAG, BAG_END, THROAT = range(10)


@dataclass
class Cage:
    """Named vertices and faces of the left half and, mirrored, of the right.

    ``keys[i]`` names vertex i; a key that starts with ``-`` is the mirror of the one without.
    ``surface`` holds the name of each face's material.
    """

    index: dict[Key, int] = field(default_factory=dict)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    surface: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[Key]:
        return list(self.index)

    @property
    def mirror(self) -> NDArray[np.intp]:
        """Index of every vertex's partner on the other side; itself on the midline."""
        return np.array([self.index[mirrored(key)] for key in self.index])

    def add(self, corners: list[Key], surface: str) -> None:
        for face in (corners, [mirrored(key) for key in reversed(corners)]):
            found = list(dict.fromkeys(self.index.setdefault(key, len(self.index)) for key in face))
            self.faces.append(tuple(found))
            self.surface.append(surface)


def mirrored(key: Key) -> Key:
    if on_midline(key):
        return key
    return key[1:] if key[0] == "-" else ("-", *key)


def on_midline(key: Key) -> bool:
    kind, last = key[0], key[-1]
    return kind == "pole" or (kind == "grid" and last in (0, COLUMNS)) or (kind == "mouth" and last in (0, MOUTH_COUNT))


def eye(ring: int, k: int) -> Key:
    """Vertex k of a ring round the left eye: 0 at the inner corner, 11 at the outer, the upper lid between."""
    k %= EYE_COUNT
    if ring != ORBIT:
        return ("eye", ring, k)
    (low, high), (inner, outer) = EYE_ROWS, EYE_COLUMNS
    middle = (low + high) // 2
    loop = [(row, inner) for row in range(middle, high)] + [(high, column) for column in range(inner, outer)]
    loop += [(row, outer) for row in range(high, low, -1)] + [(low, column) for column in range(outer, inner, -1)]
    loop += [(row, inner) for row in range(low, middle)]
    return ("grid", *loop[k])


def mouth(ring: int, k: int) -> Key:
    """Vertex k of a ring round the left half of the mouth: 0 below, 7 at the corner, 14 above."""
    if ring != AROUND:
        return ("mouth", ring, k)
    low, high = MOUTH_ROWS
    loop = [(low, column) for column in range(MOUTH_COLUMN)] + [(row, MOUTH_COLUMN) for row in range(low, high)]
    loop += [(high, column) for column in range(MOUTH_COLUMN, -1, -1)]
    return ("grid", *loop[k])


def nostril(ring: int, k: int) -> Key:
    """Corner k of a ring round the left nostril: back inner, back outer, front outer, front inner."""
    if ring:
        return ("nostril", ring, k % 4)
    row, column = NOSTRIL_ROW, NOSTRIL_COLUMN
    return ("grid", *((row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column))[k % 4])


def build_cage() -> Cage:
    """The whole skin: grid, crown, eyes, mouth down to the throat, nostrils."""
    cage = Cage()
    for row in range(ROWS):
        for column in range(COLUMNS):
            if not _cut_out(row, column):
                corners: list[Key] = [
                    ("grid", row, column),
                    ("grid", row, column + 1),
                    ("grid", row + 1, column + 1),
                    ("grid", row + 1, column),
                ]
                cage.add(corners, "skin")
    for column in range(COLUMNS):
        cage.add([("grid", ROWS, column), ("grid", ROWS, column + 1), ("pole", 0)], "skin")
    _fill_eye(cage)
    _fill_mouth(cage)
    _fill_nostril(cage)
    return cage


def _fill_eye(cage: Cage) -> None:
    for ring in range(EYE_RINGS):
        for k in range(EYE_COUNT):
            corners = [eye(ring, k + 1), eye(ring, k), eye(ring + 1, k), eye(ring + 1, k + 1)]
            cage.add(corners, "lid" if ring == EDGE else "skin")


def _fill_mouth(cage: Cage) -> None:
    for ring in range(MOUTH_RINGS):
        surface = "skin" if ring < BORDER else "lip" if ring < INNER else "mouth"
        for k in range(MOUTH_COUNT):
            cage.add([mouth(ring, k), mouth(ring, k + 1), mouth(ring + 1, k + 1), mouth(ring + 1, k)], surface)
    # The throat is closed by joining its lower half to its upper.
    for k in range(MOUTH_COUNT // 2):
        opposite = MOUTH_COUNT - k
        cage.add([mouth(THROAT, k), mouth(THROAT, k + 1), mouth(THROAT, opposite - 1), mouth(THROAT, opposite)], "mouth")


def _fill_nostril(cage: Cage) -> None:
    for ring in range(2):
        for k in range(4):
            corners = [nostril(ring, k), nostril(ring, k + 1), nostril(ring + 1, k + 1), nostril(ring + 1, k)]
            cage.add(corners, "nostril" if ring else "skin")
    cage.add([nostril(2, k) for k in range(4)], "nostril")


def _cut_out(row: int, column: int) -> bool:
    in_eye = EYE_ROWS[0] <= row < EYE_ROWS[1] and EYE_COLUMNS[0] <= column < EYE_COLUMNS[1]
    in_mouth = MOUTH_ROWS[0] <= row < MOUTH_ROWS[1] and column < MOUTH_COLUMN
    return in_eye or in_mouth or (row, column) == (NOSTRIL_ROW, NOSTRIL_COLUMN)


@dataclass(frozen=True)
class Subdivided:
    """One Catmull-Clark step: ``matrix`` takes values of the coarse vertices to the fine ones.

    ``parent`` is the face each quad came from; ``edges`` names the fine vertex in the middle of each coarse edge.
    """

    matrix: Any
    quads: NDArray[np.int32]
    parent: NDArray[np.int32]
    edges: dict[tuple[int, int], int]

    def line(self, coarse: list[int]) -> list[int]:
        """Fine vertices along a line of coarse ones."""
        fine = [coarse[0]]
        for a, b in pairwise(coarse):
            fine += [self.edges[min(a, b), max(a, b)], b]
        return fine


def subdivide(faces: list[tuple[int, ...]], count: int) -> Subdivided:
    """Catmull and Clark 1978, with smooth boundary curves (Biermann, Levin and Zorin 2000)."""
    sides: dict[tuple[int, int], list[int]] = {}
    for f, face in enumerate(faces):
        for pair in _around(face):
            sides.setdefault(pair, []).append(f)
    ends = np.array(list(sides))
    rim = np.array([len(touching) == 1 for touching in sides.values()])
    of_face = _incidence(list(faces), count).T.tocsr()
    of_edge = _incidence(ends.tolist(), count).T.tocsr()
    centre = sparse.diags([1 / len(face) for face in faces]) @ of_face.T
    middle = 0.5 * of_edge.T
    touching = _incidence(list(sides.values()), len(faces))
    edge_points = sparse.diags(np.where(rim, 1.0, 0.5)) @ middle + sparse.diags(np.where(rim, 0.0, 0.25)) @ touching @ centre
    matrix = sparse.vstack([_kept(of_face, of_edge, rim, centre, middle), edge_points, centre]).tocsr()
    edges = {pair: count + e for e, pair in enumerate(sides)}
    first = count + len(edges)
    quads, parent = [], []
    for f, face in enumerate(faces):
        around = [edges[pair] for pair in _around(face)]
        quads += [(corner, around[i], first + f, around[i - 1]) for i, corner in enumerate(face)]
        parent += [f] * len(face)
    return Subdivided(matrix, np.array(quads, np.int32), np.array(parent, np.int32), edges)


def _around(face: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(min(a, b), max(a, b)) for a, b in zip(face, (*face[1:], face[0]), strict=True)]


def _incidence(rows: Sequence[Sequence[int]], columns: int) -> Any:
    """Matrix ``[len(rows), columns]`` with a one for every member of every row."""
    where = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    members = np.concatenate([np.asarray(row) for row in rows])
    return sparse.csr_matrix((np.ones(len(members)), (where, members)), (len(rows), columns))


def _kept(of_face: Any, of_edge: Any, rim: NDArray[np.bool_], centre: Any, middle: Any) -> Any:
    """Where the coarse vertices themselves move to."""
    valence = np.maximum(np.asarray(of_edge.sum(axis=1)).ravel(), 1)
    touching = np.maximum(np.asarray(of_face.sum(axis=1)).ravel(), 1)
    on_rim = np.asarray(of_edge[:, np.flatnonzero(rim)].sum(axis=1)).ravel() > 0
    faces_part = sparse.diags(np.where(on_rim, 0, 1 / (valence * touching))) @ of_face @ centre
    edges_part = sparse.diags(np.where(on_rim, 0, 2 / valence**2)) @ of_edge @ middle
    own = sparse.diags(np.where(on_rim, 0.5, (valence - 3) / valence))
    rims = sparse.diags(np.where(on_rim, 0.25, 0.0)) @ of_edge @ sparse.diags(rim.astype(float)) @ middle
    return faces_part + edges_part + own + rims
