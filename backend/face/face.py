"""Geometry that a rig drives."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError
from backend.files import write_atomically

_FORMAT = "mien-head 1"


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
        cut: NDArray[np.int32] = both[both[:, 1] != both[:, 2]]
        return cut


def write_face(face: Face, path: Path) -> None:
    """Save as compressed ``.npz`` without pickles; shapes keep only the vertices they move.

    The same face gives the same bytes.

    Raises:
        OutputError: the file cannot be written.
    """
    moved = {name: np.flatnonzero(np.any(delta != 0, axis=1)).astype(np.int32) for name, delta in face.shapes.items()}
    content = io.BytesIO()
    np.savez_compressed(
        content,
        format=np.array(_FORMAT),
        name=np.array(face.name),
        vertices=face.vertices,
        quads=face.quads,
        uvs=face.uvs,
        surface=face.surface,
        weights=face.weights,
        material_names=_text([material.name for material in face.materials]),
        material_looks=np.array([(*material.colour, material.roughness) for material in face.materials], np.float64).reshape(-1, 4),
        joint_names=_text([joint.name for joint in face.joints]),
        joint_parents=_text([joint.parent or "" for joint in face.joints]),
        joint_channels=_text([" ".join(joint.channels) for joint in face.joints]),
        joint_positions=np.array([joint.position for joint in face.joints], np.float64).reshape(-1, 3),
        shape_names=_text(list(face.shapes)),
        shape_counts=np.array([len(rows) for rows in moved.values()], np.int32),
        shape_rows=np.concatenate([*moved.values(), np.zeros(0, np.int32)]),
        shape_moves=np.concatenate([*(face.shapes[name][rows] for name, rows in moved.items()), np.zeros((0, 3), np.float32)]),
    )
    write_atomically(path, content.getvalue())


def read_face(path: Path) -> Face:
    """Load what :func:`write_face` wrote.

    Raises:
        FaceError: the file is missing, damaged or no head of Mien's.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        if str(arrays["format"]) != _FORMAT:
            raise ValueError(f"format {arrays['format']}")
        return _face(arrays)
    except FileNotFoundError as error:
        raise FaceError(f"there is no head at {path}: check the path.") from error
    # numpy, zipfile and zlib each have their own way to say that bytes are not what they should be.
    except (OSError, EOFError, KeyError, ValueError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise FaceError(f"{path} is not a head that Mien wrote, or it is damaged: make or copy it again.") from error


def _face(arrays: Mapping[str, NDArray[Any]]) -> Face:
    vertices = arrays["vertices"].astype(np.float32)
    ends = np.cumsum(arrays["shape_counts"])
    rows, moves = np.split(arrays["shape_rows"], ends)[: len(ends)], np.split(arrays["shape_moves"], ends)[: len(ends)]
    shapes = {}
    for name, where, move in zip(arrays["shape_names"], rows, moves, strict=True):
        shapes[str(name)] = delta = np.zeros_like(vertices)
        delta[where] = move
    looks = zip(arrays["material_names"], arrays["material_looks"].tolist(), strict=True)
    joints = zip(*(arrays[f"joint_{part}"].tolist() for part in ("names", "parents", "positions", "channels")), strict=True)
    return Face(
        name=str(arrays["name"]),
        vertices=vertices,
        quads=arrays["quads"].astype(np.int32),
        uvs=arrays["uvs"].astype(np.float32),
        materials=tuple(Material(str(name), (look[0], look[1], look[2]), look[3]) for name, look in looks),
        surface=arrays["surface"].astype(np.int32),
        shapes=shapes,
        joints=tuple(Joint(name, parent or None, (at[0], at[1], at[2]), tuple(by.split())) for name, parent, at, by in joints),
        weights=arrays["weights"].astype(np.float32),
    )


def _text(words: list[str]) -> NDArray[np.str_]:
    return np.array(words, dtype=np.str_)
