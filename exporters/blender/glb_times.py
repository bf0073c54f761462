"""The times of a binary glTF's keys, set without Blender.

Blender's glTF exporter and importer (4.2 to 5.0) take a scene's rate to be ``fps * fps_base``, where
it is ``fps / fps_base``: at 29.97 frames per second every key comes two thousandths too early, and
reading back hides it. So files are written and read at the next whole rate, and stretched here.

Layout: glTF 2.0 specification, section 4 (GLB) and 3.6 (accessors).
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
_JSON, _BINARY = 0x4E4F534A, 0x004E4942


def stretch_times(path: Path, factor: float) -> None:
    """Multiply the time of every key in the file."""
    document, binary = _parts(path.read_bytes())
    for accessor in _inputs(document):
        times = _array(document, accessor, binary)
        times *= np.float32(factor)
        accessor["min"], accessor["max"] = [float(times.min())], [float(times.max())]
    path.write_bytes(_joined(document, binary))


def _inputs(document: dict[str, Any]) -> list[dict[str, Any]]:
    used = {sampler["input"] for animation in document.get("animations", []) for sampler in animation["samplers"]}
    return [document["accessors"][index] for index in sorted(used)]


def _array(document: dict[str, Any], accessor: dict[str, Any], binary: bytearray) -> NDArray[np.float32]:
    """A view into ``binary``: what is written to it is written there."""
    start = document["bufferViews"][accessor["bufferView"]].get("byteOffset", 0) + accessor.get("byteOffset", 0)
    return np.frombuffer(binary, np.float32, accessor["count"], start)


def _parts(content: bytes) -> tuple[dict[str, Any], bytearray]:
    found = {}
    start = _HEADER.size
    while start < len(content):
        length, kind = _CHUNK.unpack_from(content, start)
        start += _CHUNK.size
        found[kind] = content[start : start + length]
        start += length
    return json.loads(found[_JSON]), bytearray(found[_BINARY])


def _joined(document: dict[str, Any], binary: bytearray) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    body = _CHUNK.pack(len(text), _JSON) + text + _CHUNK.pack(len(binary), _BINARY) + bytes(binary)
    return _HEADER.pack(b"glTF", 2, _HEADER.size + len(body)) + body
