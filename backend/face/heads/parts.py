"""Everything of the head that is not skin: eyes, teeth, gums, tongue, ears, and what grows on the skin.

Millimetres, as in :mod:`backend.face.heads.form`. Parts are made for the left and mirrored.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.heads.form import EYE, EYE_RADIUS, Points


@dataclass(frozen=True)
class Part:
    """A mesh: vertices ``[V, 3]``, quads ``[F, 4]``, a material's name per face, and each vertex's mirror partner."""

    name: str
    vertices: Points
    quads: NDArray[np.int32]
    surface: tuple[str, ...]
    mirror: NDArray[np.intp]


def both_sides(name: str, vertices: Points, quads: NDArray[np.int32], surface: list[str]) -> Part:
    """Add the mirror image of a left half; vertices on the midline are shared."""
    count = len(vertices)
    middle = np.abs(vertices[:, 0]) < 1e-9
    partner = np.where(middle, np.arange(count), count + np.cumsum(~middle) - 1)
    image = vertices[~middle] * [-1, 1, 1]
    flipped = partner[quads][:, ::-1]
    # A triangle repeats its last corner; turned round, it would repeat its first.
    flipped = np.where((quads[:, 2] == quads[:, 3])[:, None], flipped[:, [1, 2, 3, 3]], flipped)
    mirror = np.concatenate([partner, np.flatnonzero(~middle)])
    return Part(name, np.concatenate([vertices, image]), np.concatenate([quads, flipped]).astype(np.int32), tuple(surface * 2), mirror)


def grid_quads(rows: int, columns: int, closed: bool = False) -> NDArray[np.int32]:
    """Quads of a grid of vertices [rows, columns], wound row × column; ``closed`` joins the last column to the first."""
    r, k = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    after = (k + 1) % columns
    quads = np.stack([r * columns + k, (r + 1) * columns + k, (r + 1) * columns + after, r * columns + after], axis=-1)
    return np.asarray(quads.reshape(-1, 4), np.int32)


# Rings of the eyeball from the pupil's middle back, in degrees from the line of sight, and what begins there.
EYE_BANDS = (
    ((6.0, 11.2), "pupil"),
    ((11.7, 14.2), "iris inner"),
    ((17.0, 20.3, 23.2), "iris"),
    ((25.2, 26.2), "limbus"),
    ((27.6, 35, 46, 62, 84, 112, 146), "sclera"),
)


def eyeball() -> Part:
    count = 28
    angles = np.radians([a for band, _ in EYE_BANDS for a in band])
    around = 2 * np.pi * np.arange(count) / count
    ring = np.stack([np.cos(around), np.sin(around)], axis=-1)
    flat = np.sin(angles)[:, None, None] * ring
    points = np.concatenate([flat, np.broadcast_to(np.cos(angles)[:, None, None], (*flat.shape[:2], 1))], axis=-1).reshape(-1, 3)
    points = np.concatenate([points, [[0, 0, 1], [0, 0, -1]]])
    quads = grid_quads(len(angles), count, closed=True)
    names = [name for band, name in EYE_BANDS for _ in band]
    surface = [name for name in names[1:] for _ in range(count)]
    front, back, last = len(points) - 2, len(points) - 1, (len(angles) - 1) * count
    k = np.arange(count)
    cap = np.column_stack([k, (k + 1) % count, np.full(count, front), np.full(count, front)])
    rear = np.column_stack([last + (k + 1) % count, last + k, np.full(count, back), np.full(count, back)])
    surface += ["pupil"] * count + ["sclera"] * count
    return both_sides("eyes", EYE + EYE_RADIUS * points, np.concatenate([quads, cap, rear]), surface)


# The pink knob in the inner corner of the left eye: where it is, and how far it reaches along x, y and z.
CARUNCLE_AT, CARUNCLE_REACH = np.array([18.0, -0.9, 75.4]), np.array([1.9, 1.35, 1.5])


def caruncle() -> Part:
    """Half an egg that looks forward."""
    count, angles = 6, np.radians([90.0, 62.0, 32.0])
    around = 2 * np.pi * np.arange(count) / count
    ring = np.stack([np.cos(around), np.sin(around), np.zeros(count)], axis=-1)
    points = [np.sin(angle) * ring + [0, 0, np.cos(angle)] for angle in angles]
    points = CARUNCLE_AT + CARUNCLE_REACH * np.concatenate([*points, [[0.0, 0.0, 1.0]]])
    quads = grid_quads(len(angles), count, closed=True)[:, ::-1]
    k, first = np.arange(count), (len(angles) - 1) * count
    cap = np.column_stack([first + k, first + (k + 1) % count, np.full(count, 3 * count), np.full(count, 3 * count)])
    return both_sides("caruncles", points, np.concatenate([quads, cap]), ["caruncle"] * (len(quads) + count))


# Crown widths of one half of the arch, from the midline (Ash and Nelson, Wheeler's Dental Anatomy), rounded.
UPPER_WIDTHS = (8.6, 6.6, 7.6, 7.0, 6.6, 10.0, 9.0)
LOWER_WIDTHS = (5.3, 5.7, 6.8, 7.0, 7.0, 10.6, 10.0)
# Profile of gum and tooth: distance outwards from the arch, distance from the gum line towards the biting edge.
GUM = ((-2.0, -8.0), (0.9, -5.5), (1.3, -2.2))
CROWN = ((0.5, 0.0), (1.1, 2.4), (1.2, 5.2), (0.8, 8.0), (0.1, 9.4), (-1.6, 9.2), (-3.6, 6.0), (-5.2, 0.5))


@dataclass(frozen=True)
class Arch:
    """Where a row of teeth stands: an ellipse seen from above, its front, and the height of its gum line."""

    half: float
    depth: float
    front: float
    gum: float
    sign: float  # of y from the gum line to the biting edge


# Lower teeth bite inside the upper ones.
UPPER_ARCH = Arch(27.0, 36.0, 91.2, -59.2, -1.0)
LOWER_ARCH = Arch(25.2, 36.0, 86.6, -75.6, 1.0)


def teeth(upper: bool) -> Part:
    """One arch: a band of gum that carries a row of teeth."""
    arch, widths = (UPPER_ARCH, UPPER_WIDTHS) if upper else (LOWER_ARCH, LOWER_WIDTHS)
    sign, top = arch.sign, arch.gum
    along, seam, bulk = _tooth_marks(widths)
    angle = along / 30.0
    middle = np.stack([arch.half * np.sin(angle), np.zeros_like(angle), arch.front - arch.depth * (1 - np.cos(angle))], axis=-1)
    out = np.stack([np.sin(angle) * arch.depth, np.zeros_like(angle), np.cos(angle) * arch.half], axis=-1)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    out[0], middle[0, 0] = [0, 0, 1], 0
    rows = []
    for i, (away, towards) in enumerate((*GUM, *CROWN)):
        tooth = i >= len(GUM)
        away_here = away - (0.75 * seam if tooth and away > 0 else 0.0)
        towards_here = towards * bulk if tooth else towards
        towards_here = towards_here - (0.9 * seam * (towards > 7) if tooth else -1.3 * seam * (i == len(GUM) - 1))
        height = top + sign * np.broadcast_to(towards_here, along.shape)
        rows.append(middle + out * np.asarray(away_here)[..., None] + np.outer(height, [0, 1, 0]))
    points = np.concatenate(rows)
    quads = grid_quads(len(rows), len(along))
    surface = [("gum" if r < len(GUM) - 1 else "tooth") for r in range(len(rows) - 1) for _ in range(len(along) - 1)]
    return both_sides("upper teeth" if upper else "lower teeth", points, quads if upper else quads[:, ::-1], surface)


def _tooth_marks(widths: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Places along the arch, how much of a gap between teeth each is, and how tall the tooth is there."""
    along, seam, tall = [0.0], [1.0], [1.0]
    for i, width in enumerate(widths):
        start = sum(widths[:i])
        height = (1.0, 0.93, 1.0, 0.88, 0.85, 0.8, 0.76)[i]
        along += [start + share * width for share in (0.12, 0.5, 0.88, 1.0)]
        seam += [0.25, 0.0, 0.25, 1.0]
        tall += [height] * 4
    return np.array(along), np.array(seam), np.array(tall)


TONGUE_TIP, TONGUE_ROOT = 79.5, 40.0


def tongue() -> Part:
    steps, sides = 11, 9
    u = np.linspace(0, 1, steps)
    length = np.concatenate([[0.0], u[1:]]) ** 1.25
    half = 17.0 * (0.16 + 0.84 * np.sin(np.pi / 2 * np.minimum(1, 1.35 * length)) ** 0.45) * (u > 0) + 5.0 * (u == 0)
    thick = 3.9 * np.minimum(1, 0.1 + 4 * length) ** 0.6 + 4.5 * length
    thick[0] = 0.15  # the tip is an edge, and round seen from above
    centre_y = -73.2 - 3.2 * np.exp(-(length * 6)) * 0.3 + 2.8 * np.sin(np.pi * np.minimum(1, length * 1.1)) - 6 * length**2
    z = TONGUE_TIP - (TONGUE_TIP - TONGUE_ROOT) * length
    v = np.linspace(0, np.pi, sides)  # underneath in the middle, by the left side, to the top
    x = half[:, None] * np.sin(v) ** 0.85
    x[:, [0, -1]] = 0
    groove = 1.3 * np.exp(-((x / 4.0) ** 2)) * (np.cos(v) < -0.2) * np.minimum(1, 4 * length)[:, None]
    y = centre_y[:, None] - thick[:, None] * np.cos(v) - groove
    round_off = np.outer([2.0, 1.2, 0.5, *np.zeros(steps - 3)], np.ones(sides)) * (x / half[:, None]) ** 2
    points = np.stack([x, y, z[:, None] - round_off], axis=-1).reshape(-1, 3)
    quads = grid_quads(steps, sides)
    return both_sides("tongue", points, quads, ["tongue"] * len(quads))


# Outline of the ear about the ear hole: degrees from the front by the top, and reach.
EAR_OUTLINE = ((0, 11.0), (30, 17.0), (60, 27.5), (90, 33.0), (120, 32.5), (150, 29.0), (180, 25.0), (210, 23.0), (240, 25.0))
EAR_OUTLINE += ((265, 30.0), (290, 29.0), (315, 19.0), (338, 12.5), (360, 11.0))  # type: ignore[assignment]
# Section from behind the ear over its rim into the hole: share of the reach, height above the head, height at the lobe.
EAR_SECTION = (
    (0.62, -6.0, -6.0),
    (0.80, 3.0, 2.0),
    (0.95, 8.0, 6.0),
    (1.0, 10.5, 8.2),
    (0.965, 12.3, 9.8),
    (0.88, 11.6, 10.2),
    (0.79, 8.4, 9.8),
    (0.69, 8.0, 9.2),
    (0.58, 9.8, 8.4),
    (0.49, 7.8, 6.8),
    (0.38, 1.5, 3.0),
    (0.2, -2.0, -1.0),
)
EAR_AT = np.array([72.5, -2.0, -8.0])


def ear() -> Part:
    count = 30
    angle = 2 * np.pi * np.arange(count) / count
    reach = np.interp(np.degrees(angle), *np.array(EAR_OUTLINE).T)
    reach = (np.roll(reach, 1) + 2 * reach + np.roll(reach, -1)) / 4
    lobe = np.exp(-(((np.degrees(angle) - 278) / 26) ** 2))
    front = 0.5 + 0.5 * np.cos(angle + 0.25)  # where it grows out of the cheek
    rings = []
    for share, height, at_lobe in EAR_SECTION:
        lift = height + (at_lobe - height) * lobe
        lift = lift * (1 - 0.72 * front**1.6 * (lift > 0)) - 1.2 * front**3
        # The tragus, a flap before the ear hole.
        apart = (np.degrees(angle) + 15 + 180) % 360 - 180
        lift = lift + 5.0 * np.exp(-((apart / 20) ** 2) - ((share - 0.49) / 0.13) ** 2)
        rings.append(np.stack([lift, share * reach * np.sin(angle), share * reach * np.cos(angle)], axis=-1))
    points = 0.94 * np.concatenate([*rings, [[-2.5, 0, 0]]])
    quads = grid_quads(len(EAR_SECTION), count, closed=True)
    last, k = (len(EAR_SECTION) - 1) * count, np.arange(count)
    cap = np.column_stack([last + (k + 1) % count, last + k, np.full(count, len(points) - 1), np.full(count, len(points) - 1)])
    placed = points @ _ear_frame() + EAR_AT
    return both_sides("ears", placed, np.concatenate([quads, cap]), ["skin"] * (len(quads) + count))


def _ear_frame() -> Points:
    """Rows: outwards, up, forwards; the ear leans back and stands off the head behind."""
    lean, flare = np.radians([9.0, 21.0])
    up = np.array([0.12, np.cos(lean), -np.sin(lean)])
    forward = np.array([-np.sin(flare), np.sin(lean) * np.cos(flare), np.cos(lean) * np.cos(flare)])
    up /= np.linalg.norm(up)
    forward -= up * (forward @ up)
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(up, forward), up, forward])
