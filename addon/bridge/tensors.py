# SPDX-License-Identifier: GPL-3.0-or-later
"""safetensors with ``struct`` and ``json``: eight bytes of length, a JSON header, then the numbers, little-endian.

The layout is described at https://github.com/huggingface/safetensors. No length in it is believed before it has been checked
against what is there.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import unreadable

SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
LONGEST_HEADER = 16 << 20  # bytes; a thousand tensors need some 100 kB
MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class Tensor:
    """Numbers as they lie in the file: little-endian, row-major."""

    dtype: str
    shape: tuple[int, ...]
    data: memoryview


def read_tensors(blob: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the metadata.

    Raises:
        ServiceError: ``answer``, where the bytes are no safetensors or do not fit together.
    """
    header, begin = _header(blob)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise unreadable("its notes are no texts")
    tensors, end = {}, 0
    body = memoryview(blob)[begin:]
    for name, entry in sorted(header.items(), key=_offset):
        tensors[name], end = _tensor(entry, body, end)
    if end != len(body):
        raise unreadable(f"it has {len(body)} bytes of numbers where {end} are named")
    return tensors, metadata


def write_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a safetensors file."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    at = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [at, at + len(tensor.data)]}
        at += len(tensor.data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *(tensor.data for tensor in tensors.values())])


def parse_json(text: bytes) -> Any:
    """JSON as the standard has it: no NaN, no name twice.

    Raises:
        ServiceError: ``answer``, where it is anything else.
    """
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise unreadable(f"no JSON: {type(error).__name__}") from error


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise ValueError("a name twice")
    return plain


def _header(blob: bytes) -> tuple[dict[str, Any], int]:
    if len(blob) < 8:
        raise unreadable("it is cut off")
    (length,) = struct.unpack_from("<Q", blob)
    if length > min(len(blob) - 8, LONGEST_HEADER):
        raise unreadable("its head is longer than all of it")
    header = parse_json(bytes(blob[8 : 8 + length]))
    if not isinstance(header, dict):
        raise unreadable("its head is no list of tensors")
    return header, 8 + length


def _offset(item: tuple[str, Any]) -> tuple[int, int]:
    entry = item[1]
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_counts, offsets)):
        raise unreadable(f"nothing says where '{item[0][:40]}' lies")
    return offsets[0], offsets[1]


def _tensor(entry: dict[str, Any], body: memoryview, end: int) -> tuple[Tensor, int]:
    """One tensor, which has to begin where the one before ended: no gap, no overlap."""
    dtype, shape, (first, last) = entry.get("dtype"), entry.get("shape"), entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in SIZES:
        raise unreadable("a kind of number nobody knows")
    if not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS or not all(map(_counts, shape)):
        raise unreadable("a shape that is none")
    size = SIZES[dtype]
    for count in shape:
        size *= count
    if first != end or last - first != size or last > len(body):
        raise unreadable("its parts do not fit together")
    return Tensor(dtype, tuple(shape), body[first:last]), last


def _counts(number: Any) -> bool:
    return type(number) is int and 0 <= number < 1 << 48
