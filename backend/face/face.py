"""Geometry that a rig drives."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError


@dataclass(frozen=True, slots=True)
class Material:
    """A plain surface: colour in sRGB, 0 to 1, and roughness from mirror (0) to chalk (1)."""

    name: str
    colour: tuple[float, float, float]
    roughness: float


@dataclass(frozen=True, slots=True)
class Joint:
    """A point that vertices turn about.

    ``channels`` name the rig's yaw, pitch and roll that turn it, in radians by the ``arkit``
    rig's convention; empty where nothing does.
    """

    name: str
    parent: str | None
    position: tuple[float, float, float]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Face:
    """A template mesh, its blend shapes and its joints.

    Metres; x to the character's left, y up, z forward, right-handed. ``vertices [V, 3]``;
    ``quads [F, 4]`` wind counter-clockwise seen from outside (a triangle repeats its last corner);
    ``uvs [F, 4, 2]`` by corner; ``surface [F]`` points into ``materials``; ``shapes`` map a channel
    to displacements ``[V, 3]`` at full weight; ``weights [V, J]`` bind vertices to ``joints``, rows
    sum to one.
    """

    name: str
    vertices: NDArray[np.float32]
    quads: NDArray[np.int32]
    uvs: NDArray[np.float32]
    materials: tuple[Material, ...]
    surface: NDArray[np.int32]
    shapes: Mapping[str, NDArray[np.float32]]
    joints: tuple[Joint, ...]
    weights: NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.vertices)
        if self.quads.min(initial=0) < 0 or self.quads.max(initial=0) >= count:
            raise FaceError(f"head '{self.name}' has a polygon that points outside its {count} vertices.")
        wrong = [name for name, delta in self.shapes.items() if delta.shape != (count, 3)]
        if wrong:
            raise FaceError(f"head '{self.name}': shape '{wrong[0]}' does not have a displacement for each of {count} vertices.")
        if self.weights.shape != (count, len(self.joints)):
            raise FaceError(f"head '{self.name}' needs skinning weights [{count}, {len(self.joints)}].")

    @property
    def triangles(self) -> NDArray[np.int32]:
        """The quads cut in two, ``[T, 3]``, without the empty halves of triangles."""
        both = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])
        return both[both[:, 1] != both[:, 2]]


def write_face(face: Face, path: Path) -> None:
    """Save as compressed ``.npz`` without pickles; shapes keep only the vertices they move."""
    raise NotImplementedError


def read_face(path: Path) -> Face:
    """Load what :func:`write_face` wrote.

    Raises:
        FaceError: the file is missing, damaged or no head of Mien's.
    """
    raise NotImplementedError
