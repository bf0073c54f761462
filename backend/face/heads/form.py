"""Where the cage's vertices stand: the skull by hand-placed sections, features by landmarks, the rest as smooth as it can be.

Millimetres here; x to the character's left, y up from the pupils, z forward from the ears.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.interpolate import CloughTocher2DInterpolator, CubicSpline
from scipy.sparse.linalg import spsolve

from backend.face.heads import cage as c
from backend.face.heads.cage import Cage, Key

Points = NDArray[np.float64]

EYE = np.array([32.0, 0.0, 67.8])
EYE_RADIUS = 16.0

# Sections of head and neck without features, from the neck's base to the crown; each goes from the front
# midline (first) by the side (fifth) to the back (last).
SECTIONS = np.array(
    [
        [(0, -180, 24), (22, -179, 19), (41, -176, 5), (54, -172, -10), (60, -168, -30), (54, -166, -53), (31, -165, -69), (0, -165, -75)],
        [
            (0, -146, 19),
            (17, -145, 15),
            (31, -143, 4),
            (39.5, -140, -11),
            (43, -138, -31),
            (40, -136, -51),
            (25, -134, -63),
            (0, -134, -67),
        ],
        [(0, -116, 26), (17, -115, 22), (30, -113, 11), (38, -109, -5), (43, -104, -26), (42, -100, -46), (26, -98, -60), (0, -98, -64)],
        [(0, -111, 58), (15, -109.5, 54), (28, -106, 40), (38, -98, 18), (45, -86, -10), (47.5, -79, -41), (31, -74, -62), (0, -72, -68)],
        [
            (0, -107, 86),
            (14.5, -105.2, 82),
            (31.5, -99.5, 64),
            (50.5, -84.5, 34),
            (59.5, -62, -1),
            (57, -56, -41),
            (37, -52, -70),
            (0, -50, -78),
        ],
        [(0, -92, 93), (18, -89, 88), (37.5, -81, 69), (55.5, -67, 41), (64.5, -45, 1), (64, -38, -44), (42, -34, -77), (0, -32, -86)],
        [(0, -67, 96), (22, -65, 91), (44, -60, 73), (60, -49, 45), (68.5, -30, -1), (70, -20, -46), (46, -16, -83), (0, -14, -93)],
        [(0, -46, 97), (24, -45, 91), (47, -42, 75), (64, -33, 47), (72, -14, 0), (74, -3, -47), (49, 0, -87), (0, 2, -98)],
        [(0, -22, 95), (24, -22, 90), (49.5, -21, 76.5), (67, -16, 48), (73.5, 2, 0), (76, 14, -48), (51, 18, -88), (0, 20, -100)],
        [(0, 0, 92), (24, 0, 88), (48, 0, 73), (66, 4, 46), (74.5, 18, 0), (77, 32, -48), (51, 36, -87), (0, 38, -99)],
        [(0, 22, 97), (24, 22, 93), (48, 22, 77), (66, 24, 47), (75, 36, 1), (77, 50, -46), (50, 54, -83), (0, 56, -94)],
        [(0, 50, 96), (24, 50, 92), (46, 50, 77), (64, 52, 48), (73, 60, 3), (73, 70, -40), (46, 74, -73), (0, 76, -83)],
        [(0, 82, 81), (21, 82, 78), (40, 82, 65), (55, 83, 42), (62, 87, 5), (60, 92, -30), (38, 95, -56), (0, 96, -64)],
        [(0, 109, 43), (13, 109, 42), (25, 109, 36), (33, 109.5, 23), (37, 111, 2), (35, 112, -19), (21, 113, -35), (0, 113, -40)],
        [(0, 121, -2)] * 8,
    ],
    float,
)

# Where the grid's columns and rows run on those sections.
COLUMN_AT = (0, 0.21, 0.44, 0.68, 0.95, 1.2, 1.42, 1.65, 1.85, 2.08, 2.35, 2.72, 3.12, 3.55, 4.0, 4.5, 5, 5.5, 6, 6.5, 7)
ROW_AT = (0, 0.45, 0.95, 1.5, 2.15, 3.0, 3.9, 4.5, 5.25, 6.1, 6.72, 7.04, 7.25, 7.45, 7.65, 7.88, 8.27, 8.7, 9.1, 9.5, 9.88)
ROW_AT += (10.3, 10.7, 11.1, 11.5, 11.95, 12.4, 12.85, 13.4)  # type: ignore[assignment]

# Nose, chin and brow, by (row, column) of the grid.
LANDMARKS: dict[tuple[int, int], tuple[float, float, float]] = {
    (6, 0): (0, -107.5, 87),
    (7, 0): (0, -97.5, 96.5),
    (7, 1): (5.5, -97.3, 96.0),
    (11, 0): (0, -46, 99.8),
    (11, 1): (4.6, -46.5, 99.2),
    (11, 2): (10.5, -46.2, 96.8),
    (11, 3): (16.4, -44.8, 92.6),
    (12, 0): (0, -44, 103.5),
    (12, 1): (3.4, -44.4, 102.6),
    (12, 2): (13.4, -43.6, 98.8),
    (12, 3): (17.6, -41.4, 95.4),
    (12, 4): (21.0, -41.6, 91.0),
    (13, 0): (0, -41.4, 112),
    (13, 1): (4.0, -40.9, 110.4),
    (13, 2): (12.0, -39.6, 107),
    (13, 3): (18.6, -36.8, 98.8),
    (13, 4): (21.0, -36.0, 90.2),
    (14, 0): (0, -34.6, 117.2),
    (14, 1): (5.2, -35.0, 115.4),
    (14, 2): (11.0, -35.0, 108.4),
    (14, 3): (16.9, -31.4, 97.6),
    (14, 4): (20.0, -30.0, 90.8),
    (15, 0): (0, -27.0, 114.2),
    (15, 1): (5.0, -27.2, 112.0),
    (15, 2): (9.8, -27.5, 104.0),
    (15, 3): (14.8, -25.8, 94.6),
    (16, 0): (0, -17.0, 107.0),
    (16, 1): (4.4, -17.0, 104.8),
    (16, 2): (8.8, -17.0, 97),
    (17, 0): (0, -7.0, 100.8),
    (17, 1): (4.2, -7.0, 98.8),
    (17, 2): (8.2, -7.0, 92),
    (18, 0): (0, 2.5, 96.4),
    (18, 1): (4.4, 2.5, 95.0),
    (18, 2): (8.4, 2.5, 90.2),
    (19, 0): (0, 11, 95.8),
    (19, 1): (5.0, 11, 95.2),
}
NOSTRIL_DEPTHS = ((0.82, (0.2, 1.2, -0.8)), (0.66, (0.4, 6.5, -3.5)))


@cache
def _skull() -> CubicSpline:
    """Sections as a periodic spline round the head, splined again from neck to crown."""
    back = SECTIONS[:, -2:0:-1] * [-1, 1, 1]
    ring = np.concatenate([SECTIONS, back, SECTIONS[:, :1]], axis=1)
    return CubicSpline(np.arange(ring.shape[1]), ring, axis=1, bc_type="periodic")


def skull(around: NDArray[Any], up: NDArray[Any]) -> Points:
    """Points of the featureless head at pairs of section coordinates."""
    rings = CubicSpline(np.arange(len(SECTIONS)), _skull()(np.atleast_1d(around)), axis=0, bc_type="natural")
    points: Points = np.stack([rings(u)[i] for i, u in enumerate(np.atleast_1d(up))])
    return points


@cache
def _front() -> CloughTocher2DInterpolator:
    around, up = np.meshgrid(np.linspace(-3.3, 3.3, 45), np.linspace(4.1, 12.6, 60))
    points = skull(around.ravel() % 14, up.ravel())
    return CloughTocher2DInterpolator(points[:, :2], points[:, 2])


def depth(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Z of the featureless face before (x, y)."""
    found: NDArray[np.float64] = _front()(x, y)
    return found


def build_form(cage: Cage) -> Points:
    """Positions ``[V, 3]`` of the cage, exactly mirrored."""
    start, fixed = _start(cage)
    for key, place in {**_eyes(), **_mouth(), **_nose()}.items():
        fixed[key] = np.asarray(place, float)
    _follow_rims(cage, start, fixed)
    points = start.copy()
    held = np.zeros(len(points), bool)
    for key, place in fixed.items():
        for name, sign in ((key, 1), (c.mirrored(key), -1)):
            i = cage.index[name]
            points[i] = place * [sign if name != key else 1, 1, 1]
            held[i] = True
    points = _faired(cage, start + _filled(cage, points - start, held))
    return symmetric(points, cage.mirror)


def symmetric(points: Points, mirror: NDArray[np.intp]) -> Points:
    """The mean of the points and of their mirror image."""
    image = points[mirror] * [-1, 1, 1]
    both: Points = (points + image) / 2
    both[mirror == np.arange(len(mirror)), 0] = 0
    return both


def _start(cage: Cage) -> tuple[Points, dict[Key, Points]]:
    start = np.zeros((len(cage.index), 3))
    fixed: dict[Key, Points] = {}
    for key, i in cage.index.items():
        plain = key[1:] if key[0] == "-" else key
        if plain[0] == "grid":
            row, column = int(plain[1]), int(plain[2])
            start[i] = skull(np.array([COLUMN_AT[column]]), np.array([ROW_AT[row]]))[0] * [-1 if key[0] == "-" else 1, 1, 1]
            far = row == 0 or row >= 26 or column >= 13 or (row in (5, 6) and column)
            if far and key[0] != "-":
                fixed[key] = start[i]
        elif plain[0] == "pole":
            start[i] = fixed[key] = SECTIONS[-1, 0]
    return start, fixed


def _follow_rims(cage: Cage, start: Points, fixed: dict[Key, Points]) -> None:
    """Let the rings inside a hole be displaced as its rim is, so that the surface around it runs on smoothly."""
    inner = {c.eye(ring, k): c.eye(0, k) for ring in range(1, c.EYE_RINGS + 1) for k in range(c.EYE_COUNT)}
    inner |= {c.mouth(ring, k): c.mouth(0, k) for ring in range(1, c.MOUTH_RINGS + 1) for k in range(c.MOUTH_COUNT + 1)}
    inner |= {c.nostril(ring, k): c.nostril(0, k) for ring in (1, 2) for k in range(4)}
    for key, rim in inner.items():
        begun = fixed[key] - (fixed[rim] - start[cage.index[rim]])
        start[cage.index[key]] = begun
        start[cage.index[c.mirrored(key)]] = begun * [1 if c.on_midline(key) else -1, 1, 1]


def _filled(cage: Cage, moved: Points, held: NDArray[np.bool_]) -> Points:
    """Displacements of the free vertices that bend the least (discrete thin plate)."""
    laplacian = umbrella(cage.faces, len(held))
    plate = (laplacian.T @ laplacian).tocsr()
    free = ~held
    filled = moved.copy()
    filled[free] = spsolve(plate[free][:, free].tocsc(), -(plate[free][:, held] @ moved[held]))
    return filled


def umbrella(faces: list[tuple[int, ...]], count: int) -> Any:
    """Uniform graph Laplacian, rows normalised: a vertex less the mean of its neighbours."""
    pairs = {(min(a, b), max(a, b)) for face in faces for a, b in zip(face, (*face[1:], face[0]), strict=True)}
    a, b = np.array(sorted(pairs)).T
    linked = sparse.coo_matrix((np.ones(2 * len(a)), (np.concatenate([a, b]), np.concatenate([b, a]))), (count, count)).tocsr()
    return sparse.identity(count) - sparse.diags(1 / np.maximum(np.asarray(linked.sum(axis=1)).ravel(), 1)) @ linked


# Rows and columns of the grid that are faired: forehead, round the eye, cheek, beside the mouth, chin.
LOOSE = (
    (range(19, 26), range(13)),
    (range(16, 21), range(3, 13)),
    (range(11, 16), range(5, 13)),
    (range(8, 11), range(4, 13)),
    (range(7, 8), range(2, 13)),
)


def _faired(cage: Cage, points: Points) -> Points:
    """Even out the grid around and above the eyes, where the rings' rims are held and the rest is not."""
    loose = np.zeros(len(points), bool)
    for key, i in cage.index.items():
        plain = key[1:] if key[0] == "-" else key
        if plain[0] == "grid":
            row, column = int(plain[1]), int(plain[2])
            loose[i] = any(row in rows and column in columns for rows, columns in LOOSE)
    laplacian = umbrella(cage.faces, len(points))
    faired = points
    for _ in range(3):
        faired = faired - np.where(loose, 0.4, 0.0)[:, None] * (laplacian @ faired)
    return np.asarray(faired)


# Rings round the eye: reach inwards to the nose, outwards, up and down, and how pointed the corners are.
EYE_SHAPES = {
    c.ORBIT: (20.0, 24.0, 18.5, 18.5, 1.0),
    c.SOCKET: (18.6, 19.6, 14.4, 13.8, 1.0),
    c.CREASE: (17.0, 16.9, 11.0, 10.0, 1.0),
    c.LID: (16.1, 15.6, 8.5, 7.7, 1.05),
    c.EDGE: (15.5, 14.8, 6.15, 5.9, 1.08),
    c.EDGE_BACK: (15.1, 14.3, 5.85, 5.6, 1.08),
    c.LID_BACK: (14.9, 14.1, 10.0, 9.4, 1.0),
}
# How far in front of the eyeball each ring lies.
LID_LIFT = {c.CREASE: 1.9, c.LID: 1.9, c.EDGE: 1.65, c.EDGE_BACK: 0.45, c.LID_BACK: 0.45}
TILT = 0.07  # the outer corner stands higher


def eye_outline(ring: int, k: NDArray[Any]) -> Points:
    """Offsets (x, y) from the pupil of a ring's vertices."""
    inner, outer, up, down, power = EYE_SHAPES[ring]
    angle = np.pi * (1 - np.asarray(k) / (c.EYE_COUNT / 2))
    across, above = np.cos(angle), np.sin(angle)
    x = np.where(across < 0, inner, outer) * across
    y = np.where(above > 0, up, down) * np.sign(above) * np.abs(above) ** power
    # The upper lid is highest a little towards the nose, the lower lid lowest a little away from it.
    return np.stack([x - 0.9 * above * (ring >= c.LID), y + TILT * x], axis=-1)


def _eyes() -> dict[Key, Points]:
    k = np.arange(c.EYE_COUNT)
    above = np.sin(np.pi * (1 - k / (c.EYE_COUNT / 2)))
    across = np.cos(np.pi * (1 - k / (c.EYE_COUNT / 2)))
    rings = {}
    for ring in range(c.EYE_RINGS + 1):
        flat = eye_outline(ring, k) + EYE[:2]
        if ring >= c.CREASE:
            z = _on_ball(flat, LID_LIFT[ring])
            if ring == c.CREASE:
                z -= 1.5 * np.clip(above, 0, 1)
        else:
            # The socket lies back from the brow towards the nose, and a little below the eye.
            back = np.where(across < 0, 3.2 * (1 - np.clip(above, 0, 1)), 0.5) * across**2 + 1.2 * np.clip(-above, 0, 1)
            face = depth(flat[:, 0], flat[:, 1]) - back
            z = face if ring == c.ORBIT else 0.5 * face + 0.5 * _on_ball(flat, 2.6) + 0.6 * np.clip(above, 0, 1)
        rings[ring] = np.column_stack([flat, z])
    return {c.eye(ring, int(i)): rings[ring][i] for ring in rings for i in k}


def _on_ball(flat: Points, lift: float) -> NDArray[np.float64]:
    away = ((flat - EYE[:2]) ** 2).sum(axis=1)
    z: NDArray[np.float64] = EYE[2] + np.sqrt(np.maximum((EYE_RADIUS + lift) ** 2 - away, 4.5**2))
    return z


STOMION = -65.5  # height of the line where the lips meet
# Rings of the mouth: half width, height above and depth there, height below and depth there; depth at the corner.
MOUTH_SHAPES = {
    c.AROUND: (34.0, 13.4, 98.6, -18.5, 92.0, 81.0),
    c.NEAR: (28.6, 9.8, 99.4, -11.0, 95.0, 85.0),
    c.BORDER: (25.4, 7.3, 101.2, -8.9, 98.4, 86.6),
    c.CREST: (24.6, 3.6, 103.4, -4.8, 102.4, 86.6),
    c.CONTACT: (24.0, -0.65, 100.4, 0.65, 99.8, 85.8),
    c.INNER: (23.6, 1.0, 95.6, -1.0, 95.2, 83.5),
    c.VESTIBULE: (26.0, 10.0, 94.2, -10.0, 93.2, 80.0),
    c.BAG: (33.0, 19.0, 89.5, -24.0, 87.0, 68.0),
    c.BAG_END: (34.0, 23.0, 31.0, -30.0, 31.0, 33.0),
    c.THROAT: (14.0, 10.0, 20.0, -16.0, 20.0, 20.0),
}


def mouth_outline(ring: int, k: NDArray[Any]) -> Points:
    """Points of a ring of the left half of the mouth."""
    half, up, up_z, down, down_z, corner_z = MOUTH_SHAPES[ring]
    angle = np.pi * np.asarray(k) / c.MOUTH_COUNT  # 0 below, pi/2 at the corner, pi above
    wide = np.sin(angle)
    across = np.clip(wide, 0, 1) ** (0.92 if ring in (c.BORDER, c.CREST, c.CONTACT, c.INNER) else 1.0)
    height = np.abs(np.cos(angle))
    above = np.cos(angle) < 0
    square = {c.AROUND: 0.6, c.NEAR: 0.8, c.BAG: 0.6, c.BAG_END: 0.6}.get(ring, 1.0)
    y = np.where(above, up, down) * height ** (square * np.where(above, 1.05, 0.95))
    z = corner_z + (np.where(above, up_z, down_z) - corner_z) * (1 - across**2.1)
    x = half * across
    if ring in (c.BORDER, c.NEAR, c.CREST):
        bow = {c.NEAR: 0.6, c.BORDER: 1.0, c.CREST: 0.45}[ring]
        y += bow * np.where(above, 1.0 * np.exp(-(((x - 5.5) / 3.6) ** 2)) - 1.0 * np.exp(-((x / 3.0) ** 2)), 0)
    # The lips' line dips under the bow, rises, and turns up a touch at the corner.
    line = STOMION - 0.7 * np.exp(-((x / 6) ** 2)) + 0.5 * np.exp(-(((x - 13) / 6) ** 2)) + 0.8 * (x / 25) ** 4 * (ring <= c.VESTIBULE)
    return np.stack([x, y + line, z], axis=-1)


def _mouth() -> dict[Key, Points]:
    k = np.arange(c.MOUTH_COUNT + 1)
    rings = {ring: mouth_outline(ring, k) for ring in range(c.MOUTH_RINGS + 1)}
    for outline in rings.values():
        outline[[0, -1], 0] = 0
    return {c.mouth(ring, int(i)): rings[ring][i] for ring in rings for i in k}


def _nose() -> dict[Key, Points]:
    found: dict[Key, Points] = {("grid", *at): np.asarray(place, float) for at, place in LANDMARKS.items()}
    rim = np.array([found[c.nostril(0, k)] for k in range(4)])
    for ring, (share, shift) in enumerate(NOSTRIL_DEPTHS, start=1):
        inside = rim.mean(axis=0) + share * (rim - rim.mean(axis=0)) + shift
        found.update({c.nostril(ring, k): inside[k] for k in range(4)})
    return found
