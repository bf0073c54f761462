"""Geometry that a rig drives."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError
from backend.files import write_atomically

_FORMAT = "mien-head 2"
_OLDER = ("mien-head 1",)  # without correctives


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
class Detail:
    """Wrinkles: displacements along the normals of a face whose skin is subdivided once (``backend.face.heads.refine``).

    The skin is the first ``quads`` quads of the face. Component k moves ``rows`` by ``moves`` metres between
    ``starts[k]`` and ``starts[k + 1]``, counted in vertices of the subdivided face, and is deepened by the
    channels in ``drivers[k]``, each by its weight.
    """

    quads: int
    names: tuple[str, ...]
    starts: NDArray[np.int32]
    rows: NDArray[np.int32]
    moves: NDArray[np.float32]
    drivers: tuple[Mapping[str, float], ...]

    def component(self, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The vertices that a component moves, and how far."""
        span = slice(int(self.starts[k]), int(self.starts[k + 1]))
        return self.rows[span], self.moves[span]


@dataclass(frozen=True, eq=False)
class Face:
    """A template mesh, its blend shapes and its joints.

    Metres; x to the character's left, y up, z forward, right-handed. ``vertices [V, 3]``;
    ``quads [F, 4]`` wind counter-clockwise seen from outside (a triangle repeats its last corner);
    ``uvs [F, 4, 2]`` by corner; ``surface [F]`` points into ``materials``; ``shapes`` map a channel
    to displacements ``[V, 3]`` at full weight; ``weights [V, J]`` bind vertices to ``joints``, rows
    sum to one. ``correctives`` map channels that act together to what their shapes' sum lacks,
    ``[V, 3]``; its weight is the product of those channels, so none shows where one of them rests.
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
    correctives: Mapping[tuple[str, ...], NDArray[np.float32]] = field(default_factory=dict)
    detail: Detail | None = None

    def __post_init__(self) -> None:
        count = len(self.vertices)
        if self.quads.min(initial=0) < 0 or self.quads.max(initial=0) >= count:
            raise FaceError(f"head '{self.name}' has a polygon that points outside its {count} vertices.")
        moves = {**self.shapes, **{" and ".join(names): delta for names, delta in self.correctives.items()}}
        wrong = [name for name, delta in moves.items() if delta.shape != (count, 3)]
        if wrong:
            raise FaceError(f"head '{self.name}': shape '{wrong[0]}' does not have a displacement for each of {count} vertices.")
        alone = [names for names in self.correctives if len(names) < 2]
        if alone:
            raise FaceError(f"head '{self.name}': a corrective needs two channels or more, not {list(alone[0])}.")
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
        **_packed("shape", list(face.shapes.values())),
        corrective_names=_text([" ".join(names) for names in face.correctives]),
        **_packed("corrective", list(face.correctives.values())),
        **(_packed_detail(face.detail) if face.detail is not None else {}),
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
        if str(arrays["format"]) not in (_FORMAT, *_OLDER):
            raise ValueError(f"format {arrays['format']}")
        return _face(arrays)
    except FileNotFoundError as error:
        raise FaceError(f"there is no head at {path}: check the path.") from error
    # numpy, zipfile and zlib each have their own way to say that bytes are not what they should be.
    except (OSError, EOFError, KeyError, ValueError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise FaceError(f"{path} is not a head that Mien wrote, or it is damaged: make or copy it again.") from error


def _face(arrays: Mapping[str, NDArray[Any]]) -> Face:
    vertices = arrays["vertices"].astype(np.float32)
    looks = zip(arrays["material_names"], arrays["material_looks"].tolist(), strict=True)
    joints = zip(*(arrays[f"joint_{part}"].tolist() for part in ("names", "parents", "positions", "channels")), strict=True)
    return Face(
        name=str(arrays["name"]),
        vertices=vertices,
        quads=arrays["quads"].astype(np.int32),
        uvs=arrays["uvs"].astype(np.float32),
        materials=tuple(Material(str(name), (look[0], look[1], look[2]), look[3]) for name, look in looks),
        surface=arrays["surface"].astype(np.int32),
        shapes=_unpacked("shape", arrays, len(vertices)),
        joints=tuple(Joint(name, parent or None, (at[0], at[1], at[2]), tuple(by.split())) for name, parent, at, by in joints),
        weights=arrays["weights"].astype(np.float32),
        correctives={tuple(names.split()): delta for names, delta in _unpacked("corrective", arrays, len(vertices)).items()},
        detail=_unpacked_detail(arrays) if "detail_names" in arrays else None,
    )


def _packed(kind: str, deltas: list[NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """One after the other, each as the rows it moves and their moves."""
    rows = [np.flatnonzero(np.any(delta != 0, axis=1)).astype(np.int32) for delta in deltas]
    moves = [delta[where] for delta, where in zip(deltas, rows, strict=True)]
    return {
        f"{kind}_counts": np.array([len(where) for where in rows], np.int32),
        f"{kind}_rows": np.concatenate([*rows, np.zeros(0, np.int32)]),
        f"{kind}_moves": np.concatenate([*moves, np.zeros((0, 3), np.float32)]),
    }


def _unpacked(kind: str, arrays: Mapping[str, NDArray[Any]], count: int) -> dict[str, NDArray[np.float32]]:
    if str(arrays["format"]) in _OLDER and kind == "corrective":
        return {}
    names, ends = arrays[f"{kind}_names"], np.cumsum(arrays[f"{kind}_counts"])
    rows, moves = (np.split(arrays[f"{kind}_{part}"], ends)[: len(ends)] for part in ("rows", "moves"))
    found = {}
    for name, where, move in zip(names, rows, moves, strict=True):
        found[str(name)] = delta = np.zeros((count, 3), np.float32)
        delta[where] = move
    return found


def _packed_detail(detail: Detail) -> dict[str, NDArray[Any]]:
    driven = [(k, channel, weight) for k, weights in enumerate(detail.drivers) for channel, weight in weights.items()]
    return {
        "detail_quads": np.array(detail.quads),
        "detail_names": _text(list(detail.names)),
        "detail_starts": detail.starts,
        "detail_rows": detail.rows,
        # Whole micrometres.
        "detail_moves": np.round(detail.moves * 1e6).astype(np.int16),
        "detail_driven": np.array([k for k, _, _ in driven], np.int32),
        "detail_drivers": _text([channel for _, channel, _ in driven]),
        "detail_shares": np.array([weight for _, _, weight in driven], np.float64),
    }


def _unpacked_detail(arrays: Mapping[str, NDArray[Any]]) -> Detail:
    drivers: list[dict[str, float]] = [{} for _ in arrays["detail_names"]]
    for k, channel, weight in zip(*(arrays[f"detail_{part}"].tolist() for part in ("driven", "drivers", "shares")), strict=True):
        drivers[k][channel] = weight
    return Detail(
        quads=int(arrays["detail_quads"]),
        names=tuple(arrays["detail_names"].tolist()),
        starts=arrays["detail_starts"].astype(np.int32),
        rows=arrays["detail_rows"].astype(np.int32),
        moves=(arrays["detail_moves"] / 1e6).astype(np.float32),
        drivers=tuple(drivers),
    )


def _text(words: list[str]) -> NDArray[np.str_]:
    return np.array(words, dtype=np.str_)
