# SPDX-License-Identifier: GPL-3.0-or-later
"""What the double performs: motions by formulae, a head of four corners, pictures of one colour."""

from __future__ import annotations

import json
import math
import struct
import sys
import zlib
from array import array
from fractions import Fraction
from typing import Any

from .double_facts import FELT, RIGS
from .errors import ServiceError
from .nouns import RATE, Mesh, Motion
from .tensors import Tensor, write_tensors

CORNERS = ((0.0, 0.1, 0.0), (-0.08, -0.05, 0.05), (0.08, -0.05, 0.05), (0.0, -0.05, -0.08))
FACES = ((0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2))


def perform(direction: dict[str, Any], seconds: float, rig: str, rate: str, start: float | None = None, end: float | None = None) -> Motion:
    """The motion of a line: the same for the same wishes, another for another seed, stronger with the intensity."""
    channels = _channels(rig)
    exact = _rate(rate)
    first = max(math.ceil(Fraction(start) * exact), 0) if start is not None else 0
    last = math.floor(Fraction(seconds) * exact)
    last = min(math.floor(Fraction(end) * exact), last) if end is not None else last
    if first > last:
        raise ServiceError("direction", f"no frame lies from {start or 0:g} s to {seconds if end is None else end:g} s.")
    values = array("f")
    for frame in range(first, last + 1):
        time = float(frame / exact)
        values.extend(_value(direction, channel, place, time) for place, channel in enumerate(channels))
    names = tuple(str(channel["name"]) for channel in channels)
    return Motion(rig, names, rate, float(first / exact), last + 1 - first, _bytes(values))


def mesh(motion: Motion) -> Mesh:
    """A head that sinks as its jaw opens."""
    jaw = motion.column("jawOpen" if "jawOpen" in motion.channels else motion.channels[0])
    vertices = array(
        "f", (axis - (0.01 * opened if place == 1 else 0) for opened in jaw for corner in CORNERS for place, axis in enumerate(corner))
    )
    faces = array("i", (corner for face in FACES for corner in face))
    return Mesh(_bytes(vertices), (motion.frames, len(CORNERS), 3), _bytes(faces), motion.rate)


def pack(motion: Motion, note: dict[str, Any]) -> bytes:
    """A motion as the service writes it, with a note of the double's own."""
    facts = {"rig": motion.rig, "channels": motion.channels, "rate": motion.rate, "start": motion.start}
    tensor = Tensor("F32", (motion.frames, len(motion.channels)), memoryview(motion.data))
    return write_tensors({"motion": tensor}, {"motion": json.dumps(facts), "double": json.dumps(note)})


def glb() -> bytes:
    """A head of four corners with a target for each of ARKit's shapes."""
    shapes = [str(channel["name"]) for channel in _channels("arkit") if channel["unit"] == "weight"]
    points = array("f", (axis for corner in CORNERS for axis in corner))
    pieces = [_bytes(points), _bytes(array("H", (corner for face in FACES for corner in face)))]
    pieces += [
        _bytes(array("f", (0.01 * ((place + corner) % 3 == axis) for corner in range(4) for axis in range(3))))
        for place in range(len(shapes))
    ]
    views, at = [], 0
    for piece in pieces:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(piece)})
        at += len(piece)
    vectors = {"componentType": 5126, "count": 4, "type": "VEC3", "min": [-0.1, -0.1, -0.1], "max": [0.1, 0.1, 0.1]}
    accessors = [{**vectors, "bufferView": 0}, {"bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR"}]
    accessors += [{**vectors, "bufferView": 2 + place, "min": [0.0, 0.0, 0.0], "max": [0.01, 0.01, 0.01]} for place in range(len(shapes))]
    primitive = {"attributes": {"POSITION": 0}, "indices": 1, "targets": [{"POSITION": 2 + place} for place in range(len(shapes))]}
    scene = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": at}],
        "bufferViews": views,
        "accessors": accessors,
        "meshes": [{"name": "Head", "primitives": [primitive], "extras": {"targetNames": shapes}}],
        "nodes": [{"name": "Head", "mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    return _glb(json.dumps(scene).encode(), b"".join(pieces))


def png(size: int, grey: int) -> bytes:
    """A square picture of one grey."""
    head = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([grey]) * size) * size
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _channels(rig: str) -> list[dict[str, Any]]:
    for known in RIGS:
        if known["name"] == rig:
            return list(known["channels"])
    raise ServiceError("direction", f"unknown rig '{rig}': choose one of {', '.join(known['name'] for known in RIGS)}.")


def _rate(rate: str) -> Fraction:
    if not RATE.fullmatch(rate) or not Fraction(rate):
        raise ServiceError("direction", f"'{rate}' is no frame rate: give one such as 24, 29.97 or 30000/1001.")
    return Fraction(rate)


def _value(direction: dict[str, Any], channel: dict[str, Any], place: int, time: float) -> float:
    seed = int(direction.get("seed", 0))
    wave = math.sin(2 * math.pi * (0.5 + 0.13 * (place % 11)) * time + place + seed)
    strength = _strength(direction, time)
    value = 0.1 * wave * channel["high"] if channel["low"] < 0 else 0.2 * (1 + wave)
    value *= strength * float(direction.get("settings", {}).get("mouth", 1.0) if channel["region"] == "mouth" else 1.0)
    for guide in direction.get("guides", ()):
        begins, ends = guide.get("start"), guide.get("end")
        if (begins is None or time >= begins) and (ends is None or time <= ends):
            value += strength * guide.get("weight", 1.0) * FELT.get(guide.get("value"), {}).get(channel["name"], 0.0)
    still = direction.get("generator") == "still"
    return 0.0 if still else float(min(max(value, channel["low"]), channel["high"]))


def _strength(direction: dict[str, Any], time: float) -> float:
    curve = direction.get("intensity") or {}
    times, values = curve.get("times") or [0.0], curve.get("values") or [1.0]
    for place in range(1, len(times)):
        if time < times[place]:
            share = max(time - times[place - 1], 0.0) / (times[place] - times[place - 1])
            return float(values[place - 1] + share * (values[place] - values[place - 1]))
    return float(values[-1])


def _bytes(numbers: array[Any]) -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _glb(text: bytes, body: bytes) -> bytes:
    text += b" " * (-len(text) % 4)
    body += b"\0" * (-len(body) % 4)
    parts = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    return struct.pack("<III", 0x46546C67, 2, 12 + len(parts)) + parts


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
