"""Readers of exported files that share no code with the exporters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from pygltflib import GLTF2

HERE = Path(__file__).parent
WIDTHS = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
PARTS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def run_reader(script, file, out, *arguments):
    """What a script in a process of its own found, as arrays by name."""
    done = subprocess.run(
        [sys.executable, HERE / script, file, out, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=out.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with np.load(out) as content:
        return dict(content)


def read_glb(file):
    """Names of morph targets by mesh node, times and weights ``[frames, targets]``, and local rotations (xyzw) by node."""
    document = GLTF2().load_binary(os.fspath(file))
    assert len(document.animations) == 1
    (animation,) = document.animations
    found = {"shapes": {}, "turns": {}, "times": {}, "rest": {node.name: node.rotation or [0, 0, 0, 1] for node in document.nodes}}
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        node = document.nodes[channel.target.node]
        times, values = accessor(document, sampler.input)[:, 0], accessor(document, sampler.output)
        assert len(times) == 1 or sampler.interpolation in (None, "LINEAR")
        bounds = [*document.accessors[sampler.input].min, *document.accessors[sampler.input].max]
        assert np.allclose(bounds, [times[0], times[-1]], rtol=0, atol=1e-6)
        if channel.target.path == "weights":
            names = document.meshes[node.mesh].extras["targetNames"]
            found["shapes"][node.name] = dict(zip(names, values.reshape(len(times), len(names)).T, strict=True))
            found["times"][node.name] = times
        elif channel.target.path == "rotation":
            found["turns"][node.name] = values
            found["times"][node.name] = times
    return found


def accessor(document, index):
    wanted = document.accessors[index]
    view = document.bufferViews[wanted.bufferView]
    width = PARTS[wanted.type]
    start = (view.byteOffset or 0) + (wanted.byteOffset or 0)
    blob = document.binary_blob()
    return np.frombuffer(blob, WIDTHS[wanted.componentType], wanted.count * width, start).reshape(wanted.count, width)


def read_livelink(content):
    """Frames at a rate of ``whole`` frames per second: times in frames, and values by column name."""
    lines = content.decode("ascii").splitlines()
    header = lines[0].split(",")
    rows = [line.split(",") for line in lines[1:]]
    assert all(len(row) == len(header) for row in rows)
    assert all(int(row[1]) == len(header) - 2 for row in rows)
    values = np.array([[float(cell) for cell in row[2:]] for row in rows])
    return [row[0] for row in rows], dict(zip(header[2:], values.T, strict=True)), header


def read_take_by_hand(content):
    """A take's header and arrays with the standard library alone, as a host without numpy would."""
    length = int.from_bytes(content[:8], "little")
    tensors = json.loads(content[8 : 8 + length])
    head = json.loads(tensors.pop("__metadata__")["take"])
    return head, {
        name: np.frombuffer(content[8 + length :][slice(*tensor["data_offsets"])], "<f4").reshape(tensor["shape"])
        for name, tensor in tensors.items()
    }
