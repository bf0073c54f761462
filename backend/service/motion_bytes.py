"""Motion and meshes as safetensors bytes, which any host reads with ``struct`` and ``json``."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from safetensors.numpy import save

from backend.errors import DirectionError
from backend.face.convert import convert
from backend.motion import Motion, clamp, parse_rate, resample
from backend.motion.rate import frame_ceil, frame_floor

KINDS = {"F32": 4, "I32": 4}


def fitted(motion: Motion, rig: str | None, rate: str | None) -> Motion:
    """The motion on a rig and at a frame rate; None leaves either as it is.

    Raises:
        DirectionError: the rig or rate is unknown, or nothing leads to that rig.
    """
    if rate is not None:
        motion = resample(motion, parse_rate(rate))
    return clamp(motion if rig is None else convert(clamp(motion), rig))


def packed(motion: Motion, start: float | None = None, end: float | None = None) -> bytes:
    """Tensor ``motion`` float32 [frames, channels] of the frames from ``start`` to ``end`` seconds.

    Raises:
        DirectionError: no frame lies between the two.
    """
    first = max(frame_ceil(start, motion.rate), 0) if start is not None else 0
    last = min(frame_floor(end, motion.rate), motion.frames - 1) if end is not None else motion.frames - 1
    if first > last:
        until = motion.duration if end is None else end
        raise DirectionError(f"no frame lies from {start or 0:g} s to {until:g} s: the take has {motion.duration:.2f} s.")
    facts = {
        "rig": motion.rig.name,
        "channels": motion.rig.names,
        "rate": str(motion.rate),
        "start": first * motion.rate.denominator / motion.rate.numerator,
    }
    values = np.ascontiguousarray(motion.values[first : last + 1], np.float32)
    return save({"motion": values}, {"motion": json.dumps(facts)})


def header(tensors: Mapping[str, tuple[str, tuple[int, ...]]], facts: Mapping[str, Any]) -> bytes:
    """The beginning of a safetensors file whose tensors, kind and shape each, follow in order."""
    head: dict[str, Any] = {"__metadata__": {name: json.dumps(value) for name, value in facts.items()}}
    begin = 0
    for name, (kind, shape) in tensors.items():
        end = begin + KINDS[kind] * int(np.prod(shape, dtype=np.int64))
        head[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def mesh_sequence(frames: Iterator[Any], count: int, vertices: int, triangles: Any, rate: str) -> Iterator[bytes]:
    """``vertices`` float32 [count, vertices, 3] and ``faces`` int32 [F, 3], piece by piece."""
    yield header({"vertices": ("F32", (count, vertices, 3)), "faces": ("I32", (len(triangles), 3))}, {"vertices": {"rate": rate}})
    for frame in frames:
        yield np.ascontiguousarray(frame, "<f4").tobytes()
    yield np.ascontiguousarray(triangles, "<i4").tobytes()
