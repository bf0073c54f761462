"""Texture coordinates without overlaps: the skin cut open at the back, every other part in a cell of its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from backend.face.heads import cage as c
from backend.face.heads.cage import Cage
from backend.face.heads.parts import Part

Flat = NDArray[np.float64]

_SKIN = (0.005, 0.005, 0.69, 0.99)  # left, bottom, width, height
_HAIR = (0.705, 0.72, 0.29, 0.275)
# Left sides of parts, from the bottom up: height of the row of cells; right sides stand beside them.
_ROWS = {"caruncles": 0.03, "lashes": 0.05, "brows": 0.06, "lower teeth": 0.09, "upper teeth": 0.09, "tongue": 0.11}
_ROWS |= {"ears": 0.14, "eyes": 0.14}
_COLUMN, _GAP = 0.14, 0.008
_RINGS = {"eyes": 28, "ears": 30, "caruncles": 6}  # vertices round the parts that are made of rings


def unwrap(cage: Cage, parts: list[Part], hair_on: Any) -> NDArray[np.float32]:
    """UVs ``[F, 4, 2]`` of all parts in a row, the skin first; ``hair_on`` binds the hair to the skin's vertices."""
    skin = _skin(cage)
    found = [_into(skin, _SKIN)]
    bottoms = dict(zip(_ROWS, np.cumsum([0.005, *_ROWS.values()]), strict=False))
    for part in parts[1:]:
        if part.name == "hair":
            found.append(_into(_like_skin(part, parts[0], skin, hair_on), _HAIR))
            continue
        left = _rings(part, _RINGS[part.name]) if part.name in _RINGS else _grid(part)
        size = _COLUMN - _GAP, _ROWS[part.name] - _GAP
        for flat, start in ((left, 0.705), (_other_side(left, part), 0.705 + _COLUMN + _GAP)):
            found.append(_into(_face_up(flat), (start, bottoms[part.name], *size)))
    return np.concatenate(found).astype(np.float32)


def _into(uvs: Flat, cell: tuple[float, float, float, float]) -> Flat:
    placed: Flat = uvs * cell[2:] + np.asarray(cell[:2])
    return placed


def _skin(cage: Cage) -> Flat:
    """The cage laid out flat, every free vertex in the middle of its neighbours (Tutte 1963): nothing can overlap."""
    faces, flat = _laid_out(cage)
    found = []
    for face in faces:
        corners = flat[list(face)]
        edges, middle = (corners + np.roll(corners, -1, axis=0)) / 2, corners.mean(axis=0)
        found += [(corner, edges[i], middle, edges[i - 1]) for i, corner in enumerate(corners)]
    return np.array(found)


def _laid_out(cage: Cage) -> tuple[list[tuple[int, ...]], Flat]:
    """Faces with the back midline's vertices doubled, and where their vertices lie in the unit square."""
    count, index = len(cage.index), cage.index
    doubled = {index["grid", row, c.COLUMNS]: count + row for row in range(c.ROWS + 1)}
    # The cage adds every face of the left half right before its mirror image.
    faces = [face if f % 2 == 0 else tuple(doubled.get(v, v) for v in face) for f, face in enumerate(cage.faces)]
    fixed = {index["pole", 0]: (0.5, 1.0)}
    for row in range(c.ROWS + 1):
        fixed[index["grid", row, c.COLUMNS]] = (1.0, row / c.ROWS)
        fixed[count + row] = (0.0, row / c.ROWS)
    for column in range(c.COLUMNS):
        key = ("grid", 0, column)
        fixed[index[key]] = (0.5 + 0.5 * column / c.COLUMNS, 0.0)
        fixed[index[c.mirrored(key)]] = (0.5 - 0.5 * column / c.COLUMNS, 0.0)
    return faces, _tutte(faces, count + len(doubled), fixed)


def _tutte(faces: list[tuple[int, ...]], count: int, fixed: dict[int, tuple[float, float]]) -> Flat:
    pairs = np.array(sorted({(min(a, b), max(a, b)) for face in faces for a, b in zip(face, (*face[1:], face[0]), strict=True)}))
    both = np.concatenate([pairs, pairs[:, ::-1]])
    linked = sparse.csr_matrix((np.ones(len(both)), both.T), (count, count))
    balance = sparse.diags(np.asarray(linked.sum(axis=1)).ravel()) - linked
    held = np.array(sorted(fixed))
    free = np.setdiff1d(np.arange(count), held)
    flat = np.zeros((count, 2))
    flat[held] = [fixed[v] for v in held]
    flat[free] = spsolve(balance[free][:, free].tocsc(), -(balance[free][:, held] @ flat[held]))
    return flat


def _like_skin(part: Part, skin: Part, uvs: Flat, bound: Any) -> Flat:
    """The hair's faces are some of the skin's."""
    under = np.asarray(bound.argmax(axis=1)).ravel()
    where = {frozenset(face): f for f, face in enumerate(skin.quads.tolist())}
    found = np.zeros((len(part.quads), 4, 2))
    for i, face in enumerate(under[part.quads].tolist()):
        f = where[frozenset(face)]
        place = {v: k for k, v in enumerate(skin.quads[f].tolist())}
        found[i] = [uvs[f, place[v]] for v in face]
    return found


def _left(part: Part) -> NDArray[np.int32]:
    return part.quads[: len(part.quads) // 2]


def _grid(part: Part) -> Flat:
    """Left half of a part that is a grid of vertices, by their row and column."""
    quads = _left(part)
    columns = int(np.sort(quads[0])[2])
    rows = int(quads.max()) // columns + 1
    flat: Flat = np.stack([quads % columns / (columns - 1), quads // columns / (rows - 1)], axis=-1)
    return flat


def _rings(part: Part, around: int) -> Flat:
    """Left half of a part that is made of rings about one or two poles: a disc, its first ring inside if a pole is in front of it."""
    quads = _left(part)
    total = int(quads.max()) + 1
    rings = total // around
    inner_first = total % around == 2
    ring, angle = quads // around, 2 * np.pi * (quads % around) / around
    reach = (ring + 1) / (rings + 1) if inner_first else 1 - ring / rings
    front, back = rings * around, rings * around + 1
    reach = np.where(quads == front, 0.0, reach)
    if inner_first:
        reach = np.where(quads == back, 1.0, reach)
        # A pole at the rim of the disc lies between the two others of its triangle.
        ends = np.exp(1j * angle[:, :2]).sum(axis=1)
        angle = np.where(quads == back, np.angle(ends)[:, None], angle)
    flat: Flat = 0.5 + 0.5 * np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    return flat


def _face_up(flat: Flat) -> Flat:
    """Turned over if it lies on its face, so that every part winds counter-clockwise, as the mesh does seen from outside."""
    one, other = flat[:, 2] - flat[:, 0], flat[:, 3] - flat[:, 1]
    area = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum()
    return flat if area > 0 else flat * [-1, 1] + [1, 0]


def _other_side(left: Flat, part: Part) -> Flat:
    """Corners in the order in which :func:`both_sides` winds the mirror image."""
    turned, triangle = left[:, ::-1], (_left(part)[:, 2] == _left(part)[:, 3])[:, None, None]
    other: Flat = np.where(triangle, turned[:, [1, 2, 3, 3]], turned)
    return other
