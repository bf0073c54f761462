"""Heads and takes that others made, read into the project's own nouns.

Run as a program it reads an FBX in a process of its own, for ufbx crashes as Python ends:

    python -m tests.face.heads_of_others FILE.fbx OUT.npz
"""

import csv
import gc
import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.conftest import ROOT

FBX = "FaceCapHeadGeneric.fbx.gz"


def face_of(name, vertices, quads, shapes):
    """A face without joints; shapes by the artist's names are matched to ``arkit``."""
    from backend.face.face import Face, Material
    from backend.face.match import match
    from backend.motion import RIGS

    carried = match(shapes, RIGS["arkit"]).moves(shapes)
    return Face(
        name,
        vertices.astype(np.float32),
        quads.astype(np.int32),
        np.zeros((len(quads), 4, 2), np.float32),
        (Material("skin", (0.8, 0.6, 0.5), 0.6),),
        np.zeros(len(quads), np.int32),
        carried,
        (),
        np.zeros((len(vertices), 0), np.float32),
    )


def ict_head(shared_data):
    """ICT-FaceKit's neutral head with its expressions, in metres: 26,719 vertices, no tongueOut."""
    with np.load(shared_data / "faces" / "ict_facekit" / "ict_facekit_light.npz") as stored:
        shapes = {str(name): delta / 100 for name, delta in zip(stored["names"], stored["deltas"], strict=True)}
        quads = np.concatenate([stored["quads"], stored["tris"][:, [0, 1, 2, 2]]])
        return face_of("ICT", stored["vertices"] / 100, quads, shapes)


def face_cap_head(shared_data, folder):
    """The skin of Face Cap's generic head, in metres: 2,659 vertices, the 52 shapes."""
    fbx, out = folder / "head.fbx", folder / "head.npz"
    fbx.write_bytes(gzip.decompress((shared_data / "faces" / "facecap_head" / FBX).read_bytes()))
    subprocess.run(
        [sys.executable, "-m", "tests.face.heads_of_others", str(fbx), str(out)], cwd=ROOT, check=True, capture_output=True, timeout=120
    )
    with np.load(out) as stored:
        shapes = {key.removeprefix("shape/"): stored[key] for key in stored.files if key.startswith("shape/")}
        return face_of("Face Cap", stored["vertices"], stored["quads"], shapes)


def live_link(path):
    """A Live Link Face take as recorded, 60 frames a second, rows in order; channels the rig lacks are left out."""
    from backend.motion import RIGS, Motion, parse_rate

    rig = RIGS["arkit"]
    rows = list(csv.reader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    columns = {name[0].lower() + name[1:]: i for i, name in enumerate(rows[0])}
    numbers = np.array([[float(cell) for cell in row[2:]] for row in rows[1:] if len(row) == len(rows[0])], np.float32)
    curves = {name: numbers[:, columns[name] - 2] for name in rig.names if name in columns}
    return Motion.from_curves(rig, curves, len(numbers), parse_rate(60))


def read_fbx(file, out):
    """Keys: ``vertices``, ``quads``, ``shape/NAME``; of the only mesh with shapes, in metres."""
    import ufbx

    from tests.exporters.in_ufbx import all_of, kept

    gc.disable()
    scene = kept(ufbx.load_file(file))
    (mesh,) = [mesh for mesh in all_of(scene.meshes) if len(kept(mesh.blend_deformers))]
    node = all_of(mesh.instances)[0]
    matrix = kept(node.geometry_to_world)
    turn = np.array([tuple(kept(column)) for column in (matrix.c0, matrix.c1, matrix.c2)]) * scene.settings.unit_meters
    corners = np.array(kept(mesh.vertex_indices))
    begins = [(face.index_begin, face.num_indices) for face in all_of(mesh.faces)]
    quads = [[corners[first + min(k, count - 1)] for k in range(4)] for first, count in begins]
    stored = {"vertices": np.array([tuple(p) for p in all_of(mesh.vertices)]) @ turn, "quads": quads}
    (deformer,) = all_of(mesh.blend_deformers)
    for channel in all_of(deformer.channels):
        shape = kept(all_of(channel.keyframes)[-1].shape)
        delta = np.zeros((mesh.num_vertices, 3))
        where = np.array(kept(shape.offset_vertices), dtype=int)
        delta[where] = np.array([tuple(p) for p in all_of(shape.position_offsets)]).reshape(-1, 3) @ turn
        stored[f"shape/{channel.name}"] = delta.astype(np.float32)
    np.savez(out, **stored)


if __name__ == "__main__":
    read_fbx(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)
