"""Makes Mien's head: ``python -m backend.face.heads.build`` writes ``mien.npz`` beside this file.

The cage is named (:mod:`cage`), placed (:mod:`form`) and subdivided; parts and growth are added
(:mod:`parts`, :mod:`growth`); regions (:mod:`masks`) and recipes (:mod:`upper_face`,
:mod:`lower_face`) make the shapes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Detail, Face, Joint, Material, write_face
from backend.face.heads import ASSET
from backend.face.heads import cage as c
from backend.face.heads.cage import Cage, Subdivided, build_cage, subdivide
from backend.face.heads.form import EYE, Points, build_form, symmetric
from backend.face.heads.growth import Growth, brows, hair, lashes
from backend.face.heads.masks import build_masks
from backend.face.heads.pairs import build_correctives
from backend.face.heads.parts import Part, caruncle, ear, eyeball, teeth, tongue
from backend.face.heads.sculpt import Clay, off_teeth
from backend.face.heads.shapes import build_shapes
from backend.face.heads.unwrap import unwrap
from backend.face.heads.wrinkles import build_wrinkles

MATERIALS = (
    Material("skin", (0.87, 0.68, 0.58), 0.5),
    Material("lid", (0.78, 0.53, 0.47), 0.4),
    Material("lip", (0.79, 0.51, 0.47), 0.36),
    Material("mouth", (0.42, 0.16, 0.16), 0.45),
    Material("nostril", (0.42, 0.22, 0.18), 0.8),
    Material("sclera", (0.93, 0.92, 0.90), 0.16),
    Material("caruncle", (0.82, 0.52, 0.48), 0.3),
    Material("limbus", (0.10, 0.11, 0.12), 0.14),
    Material("iris", (0.24, 0.36, 0.41), 0.14),
    Material("iris inner", (0.45, 0.55, 0.50), 0.14),
    Material("pupil", (0.015, 0.015, 0.018), 0.12),
    Material("tooth", (0.97, 0.95, 0.90), 0.25),
    Material("gum", (0.74, 0.42, 0.42), 0.3),
    Material("tongue", (0.74, 0.39, 0.39), 0.42),
    Material("brow", (0.23, 0.15, 0.11), 0.75),
    Material("lash", (0.07, 0.05, 0.045), 0.7),
    Material("hair", (0.22, 0.145, 0.105), 0.55),
)
JOINTS = (
    Joint("neck", None, (0.0, -0.150, -0.036)),
    Joint("head", "neck", (0.0, -0.058, -0.018), ("headYaw", "headPitch", "headRoll")),
    Joint("leftEye", "head", (EYE[0] / 1000, EYE[1] / 1000, EYE[2] / 1000), ("leftEyeYaw", "leftEyePitch", "leftEyeRoll")),
    Joint("rightEye", "head", (-EYE[0] / 1000, EYE[1] / 1000, EYE[2] / 1000), ("rightEyeYaw", "rightEyePitch", "rightEyeRoll")),
)
# Shapes are kept to this grid, in metres (8 micrometres), and what moves less is dropped: the file packs far better.
_GRAIN, _STILL = 2.0**-17, 3e-5


@dataclass(frozen=True)
class Skin:
    """The subdivided skin: points, normals, quads, material names, mirror partners and masks."""

    points: Points
    normals: Points
    fine: Subdivided
    surface: tuple[str, ...]
    mirror: NDArray[np.intp]
    masks: dict[str, NDArray[np.float64]]


def build() -> Face:
    cage = build_cage()
    skin = _skin(cage)
    parts, growths = _parts(cage, skin)
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    points = np.concatenate([part.vertices for part in parts])
    quads = np.concatenate([part.quads + start for part, start in zip(parts, starts, strict=False)])
    mirror = np.concatenate([part.mirror + start for part, start in zip(parts, starts, strict=False)])
    span = {part.name: slice(starts[i], starts[i + 1]) for i, part in enumerate(parts)}
    points = symmetric(points, mirror)
    # At rest, too, the mouth keeps off the teeth: else every shape would push it off once more.
    points = symmetric(points + off_teeth(_clay(cage, skin, points, span)), mirror)
    clay = _clay(cage, skin, points, span)
    shapes = build_shapes(clay, mirror, lambda moved: _carry(moved, growths, span))
    correctives = build_correctives(clay, mirror, lambda moved: _carry(moved, growths, span), shapes)
    number = {material.name: i for i, material in enumerate(MATERIALS)}
    surface = np.array([number[name] for part in parts for name in part.surface], np.int32)
    vertices = _exact(points, mirror)
    return Face(
        name="mien",
        vertices=vertices,
        quads=quads.astype(np.int32),
        uvs=unwrap(cage, parts, growths[-1].bound),
        materials=MATERIALS,
        surface=surface,
        shapes={name: _exact(moved, mirror, name) for name, moved in shapes.items()},
        joints=JOINTS,
        weights=_weights(skin, points, span, growths),
        correctives={names: _exact(moved, mirror, "both") for names, moved in correctives.items()},
        detail=_detail(vertices, skin),
    )


def _detail(vertices: NDArray[np.float32], skin: Skin) -> Detail:
    quads = skin.fine.quads
    finer = subdivide([tuple(quad) for quad in quads.tolist()], len(skin.points))
    names, moves, drivers = build_wrinkles(1000 * (finer.matrix @ vertices[: len(skin.points)].astype(np.float64)))
    moved = [np.flatnonzero(component) for component in moves]
    rows = np.concatenate(moved)
    return Detail(
        quads=len(quads),
        names=names,
        starts=np.cumsum([0, *(len(each) for each in moved)]).astype(np.int32),
        # What is new in the finer skin is numbered after all vertices of the head.
        rows=np.where(rows < len(skin.points), rows, rows + len(vertices) - len(skin.points)).astype(np.int32),
        moves=(np.concatenate([component[each] for component, each in zip(moves, moved, strict=True)]).round(3) / 1000).astype(np.float32),
        drivers=tuple(drivers[name] for name in names),
    )


def _skin(cage: Cage) -> Skin:
    form = build_form(cage)
    fine = subdivide(cage.faces, len(form))
    points = fine.matrix @ form
    mirror = _fine_mirror(cage, fine)
    points = symmetric(points, mirror)
    masks = build_masks(cage, fine.matrix)
    return Skin(points, _normals(points, fine.quads), fine, tuple(cage.surface[p] for p in fine.parent), mirror, masks)


def _fine_mirror(cage: Cage, fine: Subdivided) -> NDArray[np.intp]:
    partner = cage.mirror
    edges = [fine.edges[min(partner[a], partner[b]), max(partner[a], partner[b])] for a, b in fine.edges]
    faces = {frozenset(face): f for f, face in enumerate(cage.faces)}
    start = len(partner) + len(fine.edges)
    centres = [start + faces[frozenset(partner[list(face)].tolist())] for face in cage.faces]
    return np.concatenate([partner, edges, centres]).astype(np.intp)


def _normals(points: Points, quads: NDArray[np.int32]) -> Points:
    across = np.cross(points[quads[:, 2]] - points[quads[:, 0]], points[quads[:, 3]] - points[quads[:, 1]])
    summed = np.zeros_like(points)
    for corner in range(4):
        np.add.at(summed, quads[:, corner], across)
    normals: Points = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
    return normals


def _parts(cage: Cage, skin: Skin) -> tuple[list[Part], list[Growth]]:
    points, quads = skin.points, skin.fine.quads
    edge = np.array(skin.fine.line([cage.index[c.eye(c.EDGE, k)] for k in range(c.EYE_COUNT // 2 + 1)]))
    plain = np.array([name == "skin" for name in skin.surface])
    scalp = np.zeros(len(points), bool)
    scalp[quads[plain]] = True
    scalp[quads[~plain]] = False
    scalp &= (skin.masks["upper_lid"] + skin.masks["lower_lid"] == 0) & (skin.masks["lips"] < 0.2) & (skin.masks["scalp"] > 0)
    growths = [brows(points, quads), lashes(points, edge), hair(points, skin.normals, quads, scalp, skin.mirror)]
    whole = Part("skin", points, quads, skin.surface, skin.mirror)
    return [whole, eyeball(), caruncle(), teeth(True), teeth(False), tongue(), ear(), *(growth.part for growth in growths)], growths


def _clay(cage: Cage, skin: Skin, points: Points, span: dict[str, slice]) -> Clay:
    masks = {}
    for name, mask in skin.masks.items():
        masks[name] = np.zeros(len(points))
        masks[name][span["skin"]] = mask
    masks["jaw"][span["lower teeth"]] = 1
    masks["jaw"][span["tongue"]] = 1
    masks["skin"] = np.zeros(len(points))
    masks["skin"][span["skin"]] = 1
    ring = np.zeros(len(cage.index))
    for key, i in cage.index.items():
        plain = key[1:] if key[0] == "-" else key
        ring[i] = np.clip(0.4 + int(plain[1]) - c.VESTIBULE, 0, 1) if plain[0] == "mouth" else 0
    masks["bag"] = np.zeros(len(points))
    masks["bag"][span["skin"]] = np.clip(skin.fine.matrix @ ring, 0, 1)
    masks["lower_teeth"] = np.zeros(len(points))
    masks["lower_teeth"][span["lower teeth"]] = 1
    masks["lining"] = _lining(cage, skin, len(points), span["skin"])
    masks["upper_lid"][span["lashes"]] = 1
    along = np.zeros(len(points))
    z = points[span["tongue"], 2]
    along[span["tongue"]] = (z - z.min()) / (z.max() - z.min())
    half = c.EYE_COUNT // 2
    upper, lower = (
        points[skin.fine.line([cage.index[c.eye(c.EDGE, k)] for k in ks])] for ks in (range(half + 1), range(half, c.EYE_COUNT + 1))
    )
    return Clay(points, masks, along, upper, lower)


def _lining(cage: Cage, skin: Skin, count: int, where: slice) -> NDArray[np.float64]:
    """1 on the lips and inside the cheeks, to where the bag of the mouth ends behind the teeth."""
    inside = np.zeros(len(cage.index))
    for key, i in cage.index.items():
        plain = key[1:] if key[0] == "-" else key
        inside[i] = plain[0] == "mouth" and c.BORDER <= int(plain[1]) <= c.BAG_END
    lining = np.zeros(count)
    lining[where] = (skin.fine.matrix @ inside > 0.2).astype(float)
    return lining


def _carry(moved: Points, growths: list[Growth], span: dict[str, slice]) -> Points:
    """Take along what grows on the skin; lashes turn with the lid by themselves."""
    carried = moved.copy()
    for growth in growths:
        where = span[growth.part.name]
        if not np.any(carried[where]):
            carried[where] = growth.bound @ moved[span["skin"]]
    return carried


def _weights(skin: Skin, points: Points, span: dict[str, slice], growths: list[Growth]) -> NDArray[np.float32]:
    head = np.ones(len(points))
    head[span["skin"]] = skin.masks["head"]
    for growth in growths:
        head[span[growth.part.name]] = growth.bound @ skin.masks["head"]
    weights = np.zeros((len(points), len(JOINTS)), np.float32)
    weights[:, 1] = np.round(head, 6)
    weights[:, 0] = 1 - weights[:, 1]
    eyes = np.arange(len(points))[span["eyes"]]
    weights[eyes, 1] = 0
    weights[eyes, np.where(points[eyes, 0] > 0, 2, 3)] = 1
    return weights


def _exact(millimetres: Points, mirror: NDArray[np.intp], name: str = "") -> NDArray[np.float32]:
    """Metres on the grid. Rounding is the same on both sides, so a mirrored pair stays one to the last bit."""
    metres = np.round(millimetres / 1000 / _GRAIN) * _GRAIN
    if name:
        metres[np.abs(metres).max(axis=1) < _STILL] = 0
    return np.asarray(metres + 0.0, np.float32)


def main() -> None:
    write_face(build(), ASSET)


if __name__ == "__main__":
    main()
