"""Mien's head as the builders of the layout see it: points in millimetres, parts, mirror partners, what counts how much."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from backend.face.face import Face

Points = NDArray[np.float64]
Mask = NDArray[np.float64]

EYEBALL = ("sclera", "limbus", "iris", "iris inner", "pupil")
JAWBONE = ("tooth", "gum")
# How much a square millimetre of each material counts where faces are compared: what nobody sees hardly.
SEEN = {"lip": 4.0, "lid": 3.0, "mouth": 0.1, "nostril": 0.3, "tongue": 0.15, "tooth": 0.0, "gum": 0.0, "hair": 0.0, "lash": 0.3}


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A head that has Mien's materials, joints and shapes; mirrored in the plane x = 0."""

    face: Face

    @cached_property
    def points(self) -> Points:
        """``[V, 3]`` in millimetres."""
        points: Points = self.face.vertices.astype(np.float64) * 1000
        return points

    @cached_property
    def partner(self) -> NDArray[np.intp]:
        """The mirror image of every vertex, ``[V]``: by place and, where parts touch, by material."""
        tag = np.zeros(len(self.points))
        tag[self.face.quads.ravel()] = np.repeat(self.face.surface, 4)
        place = np.column_stack([self.points, tag])
        partner: NDArray[np.intp] = cKDTree(place).query(place * [-1, 1, 1, 1])[1]
        return partner

    def painted(self, *materials: str) -> NDArray[np.bool_]:
        """Vertices ``[V]`` that a face of any of these materials touches."""
        wanted = [i for i, material in enumerate(self.face.materials) if material.name in materials]
        found = np.zeros(len(self.points), bool)
        found[self.face.quads[np.isin(self.face.surface, wanted)]] = True
        return found

    @cached_property
    def area(self) -> Mask:
        """Square millimetres of surface that belong to each vertex, ``[V]``."""
        a, b, c, d = (self.points[self.face.quads[:, k]] for k in range(4))
        quarter = np.linalg.norm(np.cross(c - a, d - b), axis=1) / 8
        area: Mask = np.bincount(self.face.quads.ravel(), np.repeat(quarter, 4), len(self.points)).astype(np.float64)
        return area

    @cached_property
    def importance(self) -> Mask:
        """Weight of each vertex where displacements are compared, ``[V]``, sums to one: its area, times what its material counts."""
        counted = np.ones(len(self.points))
        for name, times in SEEN.items():
            counted[self.painted(name)] = times
        counted[self.eyeballs >= 0] = 0
        weight = counted * self.area
        return np.asarray(weight / weight.sum())

    @cached_property
    def eyeballs(self) -> NDArray[np.intp]:
        """0 on the left eyeball, 1 on the right, -1 elsewhere, ``[V]``."""
        side = np.zeros(len(self.points), np.intp)
        side[self.points[:, 0] < 0] = 1
        side[~self.painted(*EYEBALL)] = -1
        return side

    def joint(self, name: str) -> Points:
        """Where a joint of the face is, in millimetres."""
        place: Points = 1000.0 * np.array(next(joint.position for joint in self.face.joints if joint.name == name), np.float64)
        return place

    def shape(self, name: str) -> Points:
        """Displacements of a shape ``[V, 3]`` in millimetres."""
        moves: Points = self.face.shapes[name].astype(np.float64) * 1000
        return moves

    def bound(self, name: str) -> Mask:
        """Skinning weights of one of the face's own joints, ``[V]``."""
        weights: Mask = self.face.weights[:, [joint.name for joint in self.face.joints].index(name)].astype(np.float64)
        return weights

    def mirrored(self, moves: Points) -> Points:
        """Displacements ``[V, 3, ...]`` seen in a mirror."""
        image: Points = moves[self.partner].copy()
        image[:, 0] *= -1
        return image
