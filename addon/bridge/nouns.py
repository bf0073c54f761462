# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bridge hands out: jobs, motions and meshes."""

from __future__ import annotations

import math
import re
import sys
from array import array
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import ServiceError, from_json, unreadable
from .tensors import Tensor, parse_json, read_tensors

RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/0*[1-9][0-9]{0,8})?")
STATES = ("queued", "running", "done", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """How far the service is with something it was asked for. ``share`` is 0 to 1, ``position`` the place in the queue."""

    id: str
    state: str = "queued"
    stage: str = ""
    share: float = 0.0
    position: int = 0
    error: ServiceError | None = None
    take: str | None = None
    file: str | None = None
    kind: str = "perform"
    label: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ("done", "failed", "cancelled")

    @classmethod
    def from_json(cls, plain: Any) -> Job:
        """Read what the service says of a job.

        Raises:
            ServiceError: ``answer``, where it is no job.
        """
        if not isinstance(plain, dict) or not isinstance(plain.get("id"), str) or plain.get("state") not in STATES:
            raise unreadable("no job")
        share, position = plain.get("share"), plain.get("position")
        number = isinstance(share, (int, float)) and math.isfinite(share)
        return cls(
            id=plain["id"],
            state=plain["state"],
            stage=_text(plain.get("stage")) or "",
            share=min(max(float(share or 0), 0.0), 1.0) if number else 0.0,
            position=position if isinstance(position, int) else 0,
            error=None if plain.get("error") is None else from_json(plain["error"]),
            take=_text(plain.get("take")),
            file=_text(plain.get("file")),
            kind=_text(plain.get("kind")) or "perform",
            label=_text(plain.get("label")) or "",
        )


@dataclass(frozen=True)
class Motion:
    """Channels over time: frame i is ``start + i / rate`` seconds after the recording's beginning.

    ``data`` is little-endian float32, frame by frame; with numpy
    ``np.frombuffer(motion.data, "<f4").reshape(motion.frames, len(motion.channels))``.
    """

    rig: str
    channels: tuple[str, ...]
    rate: str
    start: float
    frames: int
    data: bytes

    def column(self, name: str) -> array[float]:
        """The values of one channel, one a frame.

        Raises:
            ServiceError: ``input``, where the motion has no such channel.
        """
        if name not in self.channels:
            raise ServiceError("input", f"this motion has no channel '{name}'. It is on rig '{self.rig}'.")
        return _floats(self.data)[self.channels.index(name) :: len(self.channels)]

    @classmethod
    def from_bytes(cls, blob: bytes) -> Motion:
        """Read a motion as the service sends it: safetensors with ``motion`` and a note of the same name.

        Raises:
            ServiceError: ``answer``, where it is anything else.
        """
        tensors, metadata = read_tensors(blob)
        values, note = _tensor(tensors, "motion", "F32", 2), _note(metadata, "motion")
        channels, start, rig = note.get("channels"), note.get("start", 0.0), note.get("rig")
        if not isinstance(rig, str) or not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
            raise unreadable("a motion without names")
        if len(set(channels)) != len(channels) or len(channels) != values.shape[1]:
            raise unreadable(f"{len(channels)} names for {values.shape[1]} channels")
        if isinstance(start, bool) or not isinstance(start, (int, float)) or not math.isfinite(start):
            raise unreadable("a motion that starts at no time")
        return cls(rig, tuple(channels), _rate(note), float(start), values.shape[0], bytes(values.data))


@dataclass(frozen=True)
class Mesh:
    """A head in motion: ``vertices`` is float32 of ``shape`` (frames, vertices, 3) in metres, ``faces`` int32 of (triangles, 3).

    Both are little-endian and row-major.
    """

    vertices: bytes
    shape: tuple[int, int, int]
    faces: bytes
    rate: str

    @property
    def frames(self) -> int:
        return self.shape[0]

    @classmethod
    def from_bytes(cls, blob: bytes) -> Mesh:
        """Read vertices as the service sends them.

        Raises:
            ServiceError: ``answer``, where they are not whole, or a face names a vertex that is not there.
        """
        tensors, metadata = read_tensors(blob)
        vertices, faces = _tensor(tensors, "vertices", "F32", 3), _tensor(tensors, "faces", "I32", 2)
        frames, count, axes = vertices.shape
        if axes != 3 or faces.shape[1] != 3:
            raise unreadable("a mesh that is not of triangles in space")
        named = _native("i", faces.data)
        if named and not 0 <= min(named) <= max(named) < count:
            raise unreadable("a mesh whose faces name vertices that are not there")
        return cls(bytes(vertices.data), (frames, count, axes), bytes(faces.data), _rate(_note(metadata, "vertices")))


def _floats(data: bytes) -> array[float]:
    return _native("f", data)


def _native(kind: str, data: bytes | memoryview) -> array[Any]:
    numbers: array[Any] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _tensor(tensors: dict[str, Tensor], name: str, dtype: str, dimensions: int) -> Tensor:
    tensor = tensors.get(name)
    if tensor is None or tensor.dtype != dtype or len(tensor.shape) != dimensions:
        raise unreadable(f"no {name} of {dtype} in {dimensions} dimensions")
    return tensor


def _note(metadata: dict[str, str], name: str) -> dict[str, Any]:
    note = parse_json(metadata.get(name, "").encode("utf-8", "replace"))
    if not isinstance(note, dict):
        raise unreadable(f"nothing said about the {name}")
    return note


def _rate(note: dict[str, Any]) -> str:
    rate = note.get("rate")
    # Looked at before it is computed: 1e999999999 is a rate that takes for ever.
    if not isinstance(rate, str) or not RATE.fullmatch(rate) or not Fraction(rate):
        raise unreadable("a motion without a frame rate")
    return rate


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
