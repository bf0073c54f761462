# SPDX-License-Identifier: GPL-3.0-or-later
"""Mien's own head, as a character that is ready to speak."""

import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import bpy

from . import matching, names

Thing: TypeAlias = Any
NAME = "Mien"
_HELPERS = "glTF_not_exported"


def add(context: Thing, service: Thing) -> Thing:
    """Import the head at the scene's origin, shade it, set it up; returns its object, active and selected.

    Raises:
        ServiceError: the service does not answer.
        RuntimeError: Blender's glTF importer is switched off, or refuses.
    """
    objects = _imported(context, service.head())
    try:
        character = set_up(service, objects)
    except Exception:
        bpy.data.batch_remove(objects)
        raise
    for thing in objects:
        thing.select_set(thing == character)
    context.view_layer.objects.active = character
    _look_at(context)
    return character


def _look_at(context: Thing) -> None:
    """Bring what is selected into the view: a head of true size is a speck in a new scene."""
    if context.area is not None and context.area.type == "VIEW_3D":
        region = next((region for region in context.area.regions if region.type == "WINDOW"), None)
        with context.temp_override(area=context.area, region=region):
            bpy.ops.view3d.view_axis(type="FRONT")
            bpy.ops.view3d.view_selected()


def set_up(service: Thing, objects: list[Thing]) -> Thing:
    """Name, shade and match what was imported; its mesh with the most shape keys is the character."""
    meshes, joints = names.sort_out(objects)
    if not meshes:
        raise RuntimeError("Mien's head came without shape keys: update the service.")
    character = max(meshes, key=lambda mesh: len(names.shapes_of(mesh)))
    character.name = character.data.name = NAME
    for mesh in meshes:
        mesh.data.polygons.foreach_set("use_smooth", [True] * len(mesh.data.polygons))
        mesh.data.update()
    for rig in {joint.owner.name: joint.owner for joint in joints if joint.bone}.values():
        rig.name = f"{NAME} rig"
        rig.hide_set(True)  # its bones would stick out of the head
    matching.set_meshes(character, meshes)
    asked = matching.asked(meshes, joints)
    matching.keep(character, service.match(*asked), meshes, joints)
    return character


def _imported(context: Thing, content: bytes) -> list[Thing]:
    """The objects of a GLB, without what Blender's importer adds for show."""
    if not hasattr(bpy.ops.import_scene, "gltf") or "gltf" not in dir(bpy.ops.import_scene):
        raise RuntimeError("Blender's glTF importer is switched off: switch on 'glTF 2.0 format' under Preferences, Add-ons.")
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    before = set(bpy.data.objects)
    with tempfile.TemporaryDirectory(prefix="mien-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "head.glb"
        file.write_bytes(content)
        bpy.ops.import_scene.gltf(filepath=str(file))
    _without_helpers(before)
    context.view_layer.update()
    return [thing for thing in bpy.data.objects if thing not in before]


def _without_helpers(before: set[Thing]) -> None:
    """Remove the mesh that the importer draws bones with, and empties that take skinned meshes' names."""
    helpers = bpy.data.collections.get(_HELPERS)
    if helpers is not None:
        gone = [thing for thing in helpers.objects if thing not in before]
        meshes = [thing.data for thing in gone if thing.type == "MESH"]
        for bone in (bone for thing in bpy.data.objects if thing.type == "ARMATURE" and thing not in before for bone in thing.pose.bones):
            bone.custom_shape = None
        bpy.data.batch_remove([*gone, *meshes])
        if not helpers.objects:
            bpy.data.collections.remove(helpers)
    empties = [thing for thing in bpy.data.objects if thing not in before and thing.type == "EMPTY" and not thing.children]
    bpy.data.batch_remove(empties)
