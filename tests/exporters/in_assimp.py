"""Runs in a process of its own: what Assimp, the importer of many engines, finds in an FBX or glTF.

    python in_assimp.py FILE OUT.npz

Keys: ``ticks`` per second, ``duration`` in ticks, ``times`` in ticks, ``names`` of morph targets, ``weights [keys, targets]``.
Structures after Assimp 6's ``anim.h``, ``mesh.h`` and ``scene.h``, only as far as they are read.
"""

import ctypes as c
import os
import sys
from importlib.metadata import files

import numpy as np


class String(c.Structure):
    _fields_ = (("length", c.c_uint32), ("data", c.c_char * 1024))

    def __str__(self):
        return self.data[: self.length].decode()


class MorphKey(c.Structure):
    _fields_ = (("time", c.c_double), ("values", c.POINTER(c.c_uint)), ("weights", c.POINTER(c.c_double)), ("count", c.c_uint))


class MorphAnim(c.Structure):
    _fields_ = (("name", String), ("count", c.c_uint), ("keys", c.POINTER(MorphKey)))


class Animation(c.Structure):
    _fields_ = (
        ("name", String),
        ("duration", c.c_double),
        ("ticks", c.c_double),
        ("channel_count", c.c_uint),
        ("channels", c.c_void_p),
        ("mesh_count", c.c_uint),
        ("meshes", c.c_void_p),
        ("morph_count", c.c_uint),
        ("morphs", c.POINTER(c.POINTER(MorphAnim))),
    )


class Mesh(c.Structure):
    _fields_ = (
        ("counts", c.c_uint * 3),
        ("vertices", c.c_void_p * 4),
        ("colors", c.c_void_p * 8),
        ("uvs", c.c_void_p * 8),
        ("uv_counts", c.c_uint * 8),
        ("faces", c.c_void_p),
        ("bone_count", c.c_uint),
        ("bones", c.c_void_p),
        ("material", c.c_uint),
        ("name", String),
        ("target_count", c.c_uint),
        ("targets", c.POINTER(c.POINTER(String))),  # an aiAnimMesh begins with its name
    )


class Scene(c.Structure):
    _fields_ = (
        ("flags", c.c_uint),
        ("root", c.c_void_p),
        ("mesh_count", c.c_uint),
        ("meshes", c.POINTER(c.POINTER(Mesh))),
        ("material_count", c.c_uint),
        ("materials", c.c_void_p),
        ("animation_count", c.c_uint),
        ("animations", c.POINTER(c.POINTER(Animation))),
    )


def main(file, out):
    library = c.CDLL(str(next(f for f in files("cmeel-assimp") if f.name == "libassimp.so").locate()))
    library.aiImportFile.restype = c.POINTER(Scene)
    scene = library.aiImportFile(os.fsencode(file), 0)
    assert scene, c.c_char_p(library.aiGetErrorString()).value
    scene = scene.contents
    assert scene.animation_count == 1, scene.animation_count
    animation = scene.animations[0].contents
    mesh = next(m for m in (scene.meshes[i].contents for i in range(scene.mesh_count)) if m.target_count)
    names = [str(mesh.targets[i].contents) for i in range(mesh.target_count)]
    morph = animation.morphs[0].contents
    keys = [morph.keys[i] for i in range(morph.count)]
    weights = np.full((len(keys), len(names)), np.nan)
    for row, key in zip(weights, keys, strict=True):
        for i in range(key.count):
            row[key.values[i]] = key.weights[i]
    np.savez(out, ticks=animation.ticks, duration=animation.duration, times=[key.time for key in keys], names=names, weights=weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
