"""Mien's head as binary glTF at rest: every shape a morph target under its ARKit name, joints as a skin, no animation.

Written straight from the arrays, so that a host can have it where Blender's module is not installed (glTF 2.0, Khronos 2021:
metres, y up, the face looks along z, as in the house).
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face, Material

_FLOAT, _UINT, _BYTE = 5126, 5125, 5121  # glTF's component types
_WIDTH = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_MAGIC, _JSON, _BINARY = b"glTF", b"JSON", b"BIN\0"


class _Buffer:
    """Arrays one after the other, each with a view and an accessor."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: NDArray[Any], component: int, bounded: bool = False) -> int:
        """The number of the accessor of an array ``[n]`` or ``[n, k]``."""
        data = np.ascontiguousarray(array).tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.content), "byteLength": len(data)})
        self.content += data + b"\0" * (-len(data) % 4)
        width = 1 if array.ndim == 1 else array.shape[1]
        accessor = {"bufferView": len(self.views) - 1, "componentType": component, "count": len(array), "type": _WIDTH[width]}
        if bounded:
            accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def head_glb(face: Face) -> bytes:
    """A face as the bytes of a ``.glb`` file; it must have four joints at most."""
    buffer = _Buffer()
    attributes = {
        "POSITION": buffer.add(face.vertices.astype("<f4"), _FLOAT, bounded=True),
        "NORMAL": buffer.add(_normals(face), _FLOAT),
        "JOINTS_0": buffer.add(np.tile(np.arange(4, dtype=np.uint8), (len(face.vertices), 1)), _BYTE),
        "WEIGHTS_0": buffer.add(_weights(face), _FLOAT),
    }
    targets = [{"POSITION": buffer.add(delta.astype("<f4"), _FLOAT, bounded=True)} for delta in face.shapes.values()]
    primitives = [
        {"attributes": attributes, "indices": buffer.add(triangles, _UINT), "material": number, "targets": targets}
        for number in range(len(face.materials))
        if len(triangles := _triangles(face, number))
    ]
    mesh = {"name": face.name, "primitives": primitives, "weights": [0.0] * len(targets), "extras": {"targetNames": list(face.shapes)}}
    document = {
        "asset": {"version": "2.0", "generator": "Mien"},
        "scene": 0,
        "scenes": [{"nodes": [_roots(face)[0] + 1, 0]}],
        "nodes": [{"name": face.name, "mesh": 0, "skin": 0}, *_joint_nodes(face)],
        "skins": [{"joints": list(range(1, len(face.joints) + 1)), "inverseBindMatrices": buffer.add(_unbinding(face), _FLOAT)}],
        "meshes": [mesh],
        "materials": [_material(material) for material in face.materials],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    return _glb(document, bytes(buffer.content))


def _glb(document: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = b"".join(len(part).to_bytes(4, "little") + kind + part for kind, part in ((_JSON, text), (_BINARY, binary)))
    return _MAGIC + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks


def _triangles(face: Face, material: int) -> NDArray[np.uint32]:
    quads = face.quads[face.surface == material]
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    # A triangle repeats its last corner, so that its second half is none.
    cut: NDArray[np.uint32] = both[both[:, 1] != both[:, 2]].astype("<u4").ravel()
    return cut


def _normals(face: Face) -> NDArray[np.float32]:
    corners = face.vertices[face.triangles].astype(np.float64)
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.zeros(face.vertices.shape)
    for corner in range(3):
        np.add.at(summed, face.triangles[:, corner], facing)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    found: NDArray[np.float32] = np.where(length > 0, summed / np.where(length > 0, length, 1), [0.0, 0.0, 1.0]).astype("<f4")
    return found


def _weights(face: Face) -> NDArray[np.float32]:
    weights = np.zeros((len(face.vertices), 4), "<f4")
    weights[:, : len(face.joints)] = face.weights
    shares: NDArray[np.float32] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _roots(face: Face) -> list[int]:
    return [number for number, joint in enumerate(face.joints) if joint.parent is None]


def _joint_nodes(face: Face) -> list[dict[str, Any]]:
    places = {joint.name: np.array(joint.position) for joint in face.joints}
    nodes = []
    for joint in face.joints:
        place = places[joint.name] - (places[joint.parent] if joint.parent else 0.0)
        children = [number for number, other in enumerate(face.joints, 1) if other.parent == joint.name]
        nodes.append({"name": joint.name, "translation": place.tolist()} | ({"children": children} if children else {}))
    return nodes


def _unbinding(face: Face) -> NDArray[np.float32]:
    """Inverse bind matrices ``[joints, 16]``, column by column: joints are only moved, not turned."""
    matrices = np.tile(np.eye(4), (len(face.joints), 1, 1))
    matrices[:, 3, :3] = [[-part for part in joint.position] for joint in face.joints]
    found: NDArray[np.float32] = matrices.reshape(-1, 16).astype("<f4")
    return found


def _material(material: Material) -> dict[str, Any]:
    # glTF's factors are linear (IEC 61966-2-1).
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in material.colour]
    look = {"baseColorFactor": [*linear, 1.0], "metallicFactor": 0.0, "roughnessFactor": material.roughness}
    return {"name": material.name, "pbrMetallicRoughness": look}
