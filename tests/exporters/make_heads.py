"""Runs in a process of its own: characters as artists have them, each a file in FOLDER.

    python make_heads.py FOLDER [ICT.npz]

* ``plain.blend`` has a mesh without shapes; ``numbered.blend`` shapes that mean nothing.
* ``rigged.blend`` has three meshes with shapes, one under a deformer's prefix, a skeleton with crooked
  bones, an action on shapes and bones, a driver, a muted shape, a script that wants to run on opening.
* ``rigged.fbx`` and ``rigged.glb`` are exported from it.
* ``ict.blend`` is the ICT-FaceKit head, if its file is given.
"""

import os
import sys
from pathlib import Path

import bpy
import numpy as np

FACES = [(0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (2, 3, 7, 6), (1, 2, 6, 5), (0, 3, 7, 4)]
CORNERS = [(x, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
SCRIPT = "import pathlib; pathlib.Path(r'{}').write_text('ran')"


def fresh():
    bpy.ops.wm.read_factory_settings(use_empty=True)


def mesh_object(name, points, faces):
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def box(name, shapes, at=(0.0, 0.0, 0.0)):
    thing = mesh_object(name, [[c * 0.1 + a for c, a in zip(corner, at, strict=True)] for corner in CORNERS], FACES)
    if shapes:
        thing.shape_key_add(name="Basis")
    for i, shape in enumerate(shapes):
        key = thing.shape_key_add(name=shape, from_mix=False)
        key.data[i % 8].co.z += 0.02 * (1 + i // 8)
    return thing


def skeleton():
    rig = bpy.data.objects.new("Skeleton", bpy.data.armatures.new("Skeleton"))
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for name, head, tail, roll, parent in (
        ("Spine", (0, 0, 0), (0, 0.02, 1), 0.3, None),
        ("Head", (0, 0.02, 1), (0.05, 0.1, 1.3), 0.7, "Spine"),
        ("LeftEye", (0.03, -0.1, 1.1), (0.03, -0.2, 1.12), 1.1, "Head"),
        ("RightEye", (-0.03, -0.1, 1.1), (-0.03, -0.2, 1.12), -0.4, "Head"),
    ):
        bone = bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, roll
        bone.parent = bones.get(parent) if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.rotation_euler = (0, 0, 0)
    return rig


def rigged(folder):
    fresh()
    rig = skeleton()
    arkit = [
        "jawOpen",
        "mouthClose",
        "eyeBlink_L",
        "eyeBlink_R",
        "browInnerUp_L",
        "browInnerUp_R",
        "MouthSmileLeft",
        "mouth_smile.R",
        "Fat",
        "Corrective",
    ]
    face = box("Face", arkit, (0, 0, 1))
    teeth = box("Teeth", ["teeth_shapes.jawOpen"], (0.2, 0, 1))
    box("Lashes", ["EYEBLINKLEFT", "EYEBLINKRIGHT"], (0.4, 0, 1))
    box("Hat", [], (0.6, 0, 1))
    for thing in (face, teeth):
        thing.parent = rig
        group = thing.vertex_groups.new(name="Head")
        group.add(list(range(8)), 1.0, "REPLACE")
        thing.modifiers.new("Armature", "ARMATURE").object = rig
    keys = face.data.shape_keys.key_blocks
    for frame, value in ((1, 0.9), (20, 0.1)):
        keys["jawOpen"].value = value
        keys["jawOpen"].keyframe_insert("value", frame=frame)
        bone = rig.pose.bones["Head"]
        bone.rotation_quaternion = (1, value, 0, 0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    keys["Fat"].value = 0.4
    keys["mouthClose"].mute = True
    driver = keys["eyeBlink_L"].driver_add("value").driver
    driver.expression = "0.77"
    keys["Corrective"].driver_add("value").driver.expression = "0.33"
    bpy.ops.export_scene.fbx(filepath=str(folder / "rigged.fbx"), add_leaf_bones=False)
    bpy.ops.export_scene.gltf(filepath=str(folder / "rigged.glb"))
    text = bpy.data.texts.new("sneaky.py")
    text.write(SCRIPT.format(folder / "ran.txt"))
    text.use_module = True
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "rigged.blend"))


def unusable(folder):
    fresh()
    box("Lump", [])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "plain.blend"))
    fresh()
    box("Lump", ["Key 1", "Key 2", "Taller"])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "numbered.blend"))


def ict(folder, source):
    fresh()
    with np.load(source) as head:
        faces = [*head["quads"].tolist(), *head["tris"].tolist()]
        points = head["vertices"] * 0.01
        thing = mesh_object("ICT", np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1).tolist(), faces)
        thing.data.shade_smooth()
        thing.shape_key_add(name="Basis")
        for name, delta in zip(head["names"], head["deltas"], strict=True):
            moved = points + delta * 0.01
            key = thing.shape_key_add(name=str(name), from_mix=False)
            key.data.foreach_set("co", np.stack([moved[:, 0], -moved[:, 2], moved[:, 1]], axis=1).astype(np.float32).ravel())
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "ict.blend"))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    rigged(target)
    unusable(target)
    if len(sys.argv) > 2:
        ict(target, sys.argv[2])
    sys.stdout.flush()
    os._exit(0)
