"""Named regions of the skin as soft masks: fixed on some cage vertices, as even as possible between them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from backend.face.heads import cage as c
from backend.face.heads.cage import Cage, Key
from backend.face.heads.form import umbrella

Mask = NDArray[np.float64]


def build_masks(cage: Cage, refine: Any) -> dict[str, Mask]:
    """Masks ``[fine vertices]``, 0 to 1 and mirrored.

    ``jaw`` follows the lower teeth, ``lower`` tells the lower lip from the upper, ``lips`` is 1 on the
    lips and fades over the skin around them, ``head`` turns with the head, ``upper_lid`` and
    ``lower_lid`` ride on the eyeball.
    """
    coarse = {
        "jaw": _harmonic(cage, _jaw()),
        "lower": _harmonic(cage, _lower()),
        "lips": _harmonic(cage, _lips()),
        "head": _by_row(cage, {0: 0.0, 1: 0.06, 2: 0.26, 3: 0.55, 4: 0.84, 5: 1.0}),
        "upper_lid": _lid(cage, 1),
        "lower_lid": _lid(cage, -1),
        "scalp": _by_row(cage, dict.fromkeys(range(5), 0.0)),
    }
    # Subdividing rounds a mask's peaks off; lids have to follow their margin all the way.
    return {name: np.clip((refine @ mask) * (1.035 if name.endswith("lid") else 1.0), 0, 1) for name, mask in coarse.items()}


def _harmonic(cage: Cage, fixed: dict[Key, float]) -> Mask:
    count = len(cage.index)
    value, held = np.zeros(count), np.zeros(count, bool)
    for key, number in fixed.items():
        for name in (key, c.mirrored(key)):
            value[cage.index[name]], held[cage.index[name]] = number, True
    laplacian = sparse.csr_matrix(umbrella(cage.faces, count))
    free = ~held
    value[free] = spsolve(laplacian[free][:, free].tocsc(), -(laplacian[free][:, held] @ value[held]))
    return (value + value[cage.mirror]) / 2


def _share(k: int) -> float:
    """Share of the jaw's way by vertex of a ring; opened by it, the mouth is an oval and its corner follows both lips."""
    height = float(np.cos(np.pi * k / c.MOUTH_COUNT))
    return 0.5 + 0.5 * height if height > 0 else 0.5 * (1 + height) ** 1.3


def _mouth_rings(first: int) -> dict[Key, float]:
    return {c.mouth(ring, k): _share(k) for ring in range(first, c.MOUTH_RINGS + 1) for k in range(c.MOUTH_COUNT + 1)}


def _rows(rows: range, columns: range, value: float) -> dict[Key, float]:
    return {("grid", row, column): value for row in rows for column in columns}


def _jaw() -> dict[Key, float]:
    fixed = _rows(range(4), range(c.COLUMNS + 1), 0.0)
    fixed |= _rows(range(4, c.ROWS + 1), range(14, c.COLUMNS + 1), 0.0)
    fixed |= _rows(range(12, c.ROWS + 1), range(14), 0.0) | _rows(range(11, 12), range(4), 0.0)
    fixed |= _rows(range(6, 8), range(9), 1.0) | _rows(range(8, 9), range(7), 1.0)
    fixed |= {("grid", 6, 9): 0.97, ("grid", 6, 10): 0.9, ("grid", 6, 11): 0.75, ("grid", 6, 12): 0.5, ("grid", 6, 13): 0.22}
    fixed |= {("grid", 5, column): 0.9 for column in range(9)}
    fixed = {key: value for key, value in fixed.items() if not _inside_holes(key)}
    fixed |= _mouth_rings(c.BORDER)
    # The throat stays with the skull.
    fixed |= {c.mouth(c.THROAT, k): 0.5 * _share(k) for k in range(c.MOUTH_COUNT + 1)}
    return fixed


def _lower() -> dict[Key, float]:
    fixed = _rows(range(8), range(c.COLUMNS + 1), 1.0) | _rows(range(11, c.ROWS + 1), range(c.COLUMNS + 1), 0.0)
    return {key: value for key, value in fixed.items() if not _inside_holes(key)} | _mouth_rings(c.NEAR)


def _lips() -> dict[Key, float]:
    fixed = _rows(range(7), range(c.COLUMNS + 1), 0.0) | _rows(range(13, c.ROWS + 1), range(c.COLUMNS + 1), 0.0)
    fixed |= _rows(range(7, 13), range(10, c.COLUMNS + 1), 0.0) | _rows(range(12, 13), range(4), 0.0)
    fixed = {key: value for key, value in fixed.items() if not _inside_holes(key)}
    for ring in range(c.BORDER, c.MOUTH_RINGS + 1):
        value = {c.VESTIBULE: 0.8, c.BAG: 0.35, c.BAG_END: 0.0, c.THROAT: 0.0}.get(ring, 1.0)
        fixed |= {c.mouth(ring, k): value for k in range(c.MOUTH_COUNT + 1)}
    return fixed


def _inside_holes(key: Key) -> bool:
    row, column = int(key[1]), int(key[2])
    in_eye = c.EYE_ROWS[0] < row < c.EYE_ROWS[1] and c.EYE_COLUMNS[0] < column < c.EYE_COLUMNS[1]
    return in_eye or (c.MOUTH_ROWS[0] < row < c.MOUTH_ROWS[1] and column < c.MOUTH_COLUMN)


def _by_row(cage: Cage, values: dict[int, float]) -> Mask:
    plain = [key[1:] if key[0] == "-" else key for key in cage.index]
    return np.array([values.get(int(key[1]), 1.0) if key[0] == "grid" else 1.0 for key in plain])


# How far each ring follows a lid's margin.
_LID_SHARE = {c.SOCKET: 0.07, c.CREASE: 0.36, c.LID: 0.86, c.EDGE: 1.0, c.EDGE_BACK: 1.0, c.LID_BACK: 1.0}


def _lid(cage: Cage, side: int) -> Mask:
    mask = np.zeros(len(cage.index))
    for ring, share in _LID_SHARE.items():
        for k in range(c.EYE_COUNT):
            above = np.sin(np.pi * (1 - k / (c.EYE_COUNT / 2)))
            corner = abs(above) < 1e-6
            key = c.eye(ring, k)
            for name in (key, c.mirrored(key)):
                mask[cage.index[name]] = share * (0.5 if corner else float(above * side > 0))
    return mask
