"""Mien's own head as Blender objects."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face, Material
from exporters.blender.curves import Thing

_BONE_LENGTH = 0.05  # metres; only how long it is drawn


def to_blender(points: NDArray[Any]) -> NDArray[np.float64]:
    """From y up, z forward to Blender's z up, with the face looking along -y; last axis is xyz."""
    x, y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
    return np.stack([x, -z, y], axis=-1)


def build_head(face: Face) -> tuple[Thing, Thing]:
    """The mesh object, with a shape key for every shape and every corrective, and the armature that carries it."""
    import bpy

    mesh = _mesh(face)
    body = bpy.data.objects.new(face.name, mesh)
    rig = _armature(face)
    for thing in (rig, body):
        if thing.name not in bpy.context.collection.objects:
            bpy.context.collection.objects.link(thing)
    _shape_keys(body, face)
    _bind(body, rig, face)
    return body, rig


def _mesh(face: Face) -> Thing:
    import bpy

    mesh = bpy.data.meshes.new(face.name)
    # A triangle repeats its last corner, and the UVs of the corner with it.
    corners = np.ones(face.quads.shape, bool)
    corners[:, 3] = face.quads[:, 3] != face.quads[:, 2]
    faces = [quad[used].tolist() for quad, used in zip(face.quads, corners, strict=True)]
    mesh.from_pydata(to_blender(face.vertices).tolist(), [], faces)
    layer = mesh.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", face.uvs[corners].astype(np.float32).ravel())
    for material in face.materials:
        mesh.materials.append(_material(material))
    mesh.polygons.foreach_set("material_index", face.surface.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), bool))
    mesh.update()
    return mesh


def _material(material: Material) -> Thing:
    import bpy

    made = bpy.data.materials.new(material.name)
    if bpy.app.version < (5, 0, 0):
        # From 5.0 on every material has nodes, and asking for them is deprecated.
        made.use_nodes = True
    shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    colour = (*(_linear(part) for part in material.colour), 1.0)
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = material.roughness
    made.diffuse_color = colour
    made.roughness = material.roughness
    return made


def _linear(part: float) -> float:
    """From sRGB (IEC 61966-2-1) to linear light."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _shape_keys(body: Thing, face: Face) -> None:
    body.shape_key_add(name="Basis")
    together = {"_".join(names): delta for names, delta in face.correctives.items()}
    for name, delta in {**face.shapes, **together}.items():
        key = body.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", to_blender(face.vertices + delta).astype(np.float32).ravel())


def _armature(face: Face) -> Thing:
    """Bones that point up, so that their own axes are the face's: x left, y up, z forward."""
    import bpy

    rig = bpy.data.objects.new(f"{face.name}Rig", bpy.data.armatures.new(f"{face.name}Rig"))
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for joint in face.joints:
        bone = rig.data.edit_bones.new(joint.name)
        bone.head = to_blender(np.array(joint.position)).tolist()
        bone.tail = bone.head + type(bone.head)((0.0, 0.0, _BONE_LENGTH))
        bone.align_roll((0.0, -1.0, 0.0))
    for joint in face.joints:
        if joint.parent is not None:
            rig.data.edit_bones[joint.name].parent = rig.data.edit_bones[joint.parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def _bind(body: Thing, rig: Thing, face: Face) -> None:
    for joint, weights in zip(face.joints, face.weights.T, strict=True):
        group = body.vertex_groups.new(name=joint.name)
        # Vertices that share a weight go in together: most are bound wholly to one joint.
        levels, level_of = np.unique(weights, return_inverse=True)
        for i, level in enumerate(levels):
            if level > 0:
                group.add(np.flatnonzero(level_of == i).tolist(), float(level), "REPLACE")
    body.parent = rig
    body.modifiers.new("Armature", "ARMATURE").object = rig
