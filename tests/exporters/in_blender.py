"""Runs in a process of its own: import a file into Blender and dump what is in it.

    python in_blender.py FILE OUT.npz FPS [FRAME ...]

``FPS``, a whole number, is the rate of the scene that a glTF file, which has none, comes into.

Keys of the result: ``fps``; ``shape/OBJECT/SHAPE`` with rows of frame, value; ``rest/...`` with the
value of shapes without a curve; ``vertices/FRAME``, world coordinates of all meshes' vertices together.
"""

import os
import sys
from pathlib import Path

import bpy
import numpy as np


def curves(owner):
    data = owner.animation_data
    action = data and data.action
    if action is None:
        return []
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [strip.channelbag(data.action_slot) for layer in action.layers for strip in layer.strips]
    return [curve for bag in bags if bag for curve in bag.fcurves]


def vertices(frame):
    bpy.context.scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    found = []
    for thing in bpy.data.objects:
        if thing.type == "MESH" and thing.data.shape_keys:
            mesh = thing.evaluated_get(graph).to_mesh()
            local = np.array([vertex.co for vertex in mesh.vertices])
            matrix = np.array(thing.matrix_world)
            found.append(local @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(found)


def main(file, out, fps, *frames):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = fps
    {
        ".fbx": lambda: bpy.ops.wm.fbx_import(filepath=file, anim_offset=0.0),
        ".glb": lambda: bpy.ops.import_scene.gltf(filepath=file),
    }[Path(file).suffix]()
    scene = bpy.context.scene
    dump = {"fps": scene.render.fps / scene.render.fps_base}
    for thing in bpy.data.objects:
        if thing.type == "MESH" and thing.data.shape_keys:
            keys = thing.data.shape_keys
            by_path = {curve.data_path: curve for curve in curves(keys)}
            for block in list(keys.key_blocks)[1:]:
                curve = by_path.get(f"{block.path_from_id()}.value")
                if curve is None:
                    dump[f"rest/{thing.name}/{block.name}"] = block.value
                else:
                    dump[f"shape/{thing.name}/{block.name}"] = np.array([tuple(point.co) for point in curve.keyframe_points])
    for frame in frames:
        dump[f"vertices/{frame}"] = vertices(frame)
    np.savez(out, **dump)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:]))
    sys.stdout.flush()
    os._exit(0)
