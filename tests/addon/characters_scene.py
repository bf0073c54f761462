"""A character in Blender for tests: face, teeth, an eyeball, an armature; and the extension's parts registered."""

import json

import bpy

from addon.blender.characters import matching

ARKIT_SOME = ("jawOpen", "mouthClose", "eyeBlink_L", "eyeBlink_R", "browInnerUp", "MouthSmileLeft", "mouth_smile.R")


def cleared(fps=24, base=1.0):
    """An empty file at a rate."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base


def mesh_with(name, shapes):
    """A tetrahedron whose shape keys each move one corner their own way."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], [], [(0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2)])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    if shapes:
        thing.shape_key_add(name="Basis", from_mix=False)
    for index, shape in enumerate(shapes):
        key = thing.shape_key_add(name=shape, from_mix=False)
        key.data[index % 4].co.z += 0.1 + 0.01 * index
    return thing


def armature_with(name, bones):
    """An armature with single bones that point up; ``bones`` gives the roll of each."""
    thing = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for index, (bone, roll) in enumerate(bones.items()):
        made = thing.data.edit_bones.new(bone)
        made.head, made.tail = (index, 0, 0), (index, 0.3 * index, 1)
        made.roll = roll
    bpy.ops.object.mode_set(mode="OBJECT")
    return thing


def selected(*things):
    """Select these; the first is active."""
    bpy.context.view_layer.update()
    for thing in bpy.context.scene.objects:
        thing.select_set(thing in things)
    bpy.context.view_layer.objects.active = things[0]


class Session:
    """The extension's part in Blender."""

    @staticmethod
    def use(service):
        from addon.blender import session

        session.use(service)

    @staticmethod
    def double(seconds=2.0):
        from addon.bridge.double import Double

        return Double(seconds)


class StandIn(bpy.types.Panel):
    """The panel that the others are under, where the one that owns it is not part of a test."""

    bl_idname, bl_label, bl_category = "MIEN_PT_main", "Mien", "Mien"
    bl_space_type, bl_region_type = "VIEW_3D", "UI"

    def draw(self, context):
        pass


def registered(*parts):
    """An empty file with these parts of the extension registered, as long as it is used."""
    cleared()
    bpy.utils.register_class(StandIn)
    for part in parts:
        part.register()
    try:
        yield Session
    finally:
        Session.use(None)
        for part in reversed(parts):
            part.unregister()
        bpy.utils.unregister_class(StandIn)


def installed():
    """An empty file with the whole extension registered, as long as it is used."""
    import addon

    cleared()
    addon.register()
    try:
        yield Session
    finally:
        Session.use(None)
        addon.unregister()


class Matcher:
    """A service that answers to a matching what it is given, and keeps what it was asked."""

    def __init__(self, given):
        self.given, self.asked = given, None

    def match(self, meshes, bones):
        self.asked = json.loads(json.dumps([meshes, bones]))
        return self.given


def rows_of(character):
    return [(t.channel, t.mesh, t.shape, round(t.scale, 6)) for t in matching.targets(character)]


def linked(path):
    """The face of a character that another file holds, linked into an empty one; saves the character at ``path`` first."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = ["Face", "Teeth"]
    for thing in wanted.objects:
        bpy.context.collection.objects.link(thing)
    return next(thing for thing in wanted.objects if thing.name == "Face")
