# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character's object remembers, saved with the file: its meshes, what moves them, and what turns."""

from typing import Any, TypeAlias

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

Thing: TypeAlias = Any
# So that a linked character can be set up through a library override.
_OVERRIDE = {"LIBRARY_OVERRIDABLE"}
_OVERRIDE_LIST = {"LIBRARY_OVERRIDABLE", "USE_INSERTION"}

AXES = (
    ("yaw", "Yaw", "About the face's upright axis: positive to the character's left"),
    ("pitch", "Pitch", "About the axis from ear to ear: positive goes down"),
    ("roll", "Roll", "About the axis along the gaze: positive leans to the character's right"),
)
FRONTS = (
    ("-Y", "-Y", "Looks at you in the front view, as most characters in Blender do"),
    ("+Y", "+Y", "Looks away from you in the front view"),
    ("+X", "+X", "Looks to the right in the front view"),
    ("-X", "-X", "Looks to the left in the front view"),
)


def _has_shapes(_: Thing, thing: Thing) -> bool:
    return thing.type == "MESH" and thing.data.shape_keys is not None


class MienMesh(bpy.types.PropertyGroup):
    """One mesh of a character."""

    thing: PointerProperty(
        type=bpy.types.Object,
        poll=_has_shapes,
        name="Mesh",
        description="A mesh with shape keys: face, lids, teeth, tongue or brows",
        override=_OVERRIDE,
    )
    visemes: StringProperty(
        name="Whole mouths",
        description="Whole mouths of this mesh alone, as JSON; empty speaks with the character's",
        override=_OVERRIDE,
    )


class MienMatch(bpy.types.PropertyGroup):
    """One shape key that one channel moves."""

    channel: StringProperty(name="Channel", description="The channel of the performance that moves the shape key", override=_OVERRIDE)
    mesh: PointerProperty(
        type=bpy.types.Object, poll=_has_shapes, name="Mesh", description="The mesh that has the shape key", override=_OVERRIDE
    )
    shape: StringProperty(name="Shape key", description="The shape key that the channel moves; empty moves nothing", override=_OVERRIDE)
    scale: FloatProperty(
        name="Share",
        default=1.0,
        soft_min=0,
        soft_max=1,
        description="How much of the channel's value the shape key gets",
        override=_OVERRIDE,
    )
    score: FloatProperty(
        name="Sure",
        default=1.0,
        min=0,
        max=1,
        description="How sure the match is: 1 is the very name, or chosen by you",
        override=_OVERRIDE,
    )
    guessed: BoolProperty(name="Guessed", description="The names only look alike: look at it before you bake", override=_OVERRIDE)
    use: BoolProperty(
        name="Use",
        default=True,
        description="Let the channel move the shape key; guesses wait until you switch them on",
        override=_OVERRIDE,
    )


class MienTurn(bpy.types.PropertyGroup):
    """One bone or object that one channel turns."""

    channel: StringProperty(name="Channel", description="The channel of the performance that turns it", override=_OVERRIDE)
    owner: PointerProperty(
        type=bpy.types.Object, name="Object", description="The armature, or the object that turns itself (an eyeball)", override=_OVERRIDE
    )
    bone: StringProperty(name="Bone", description="The bone of the armature; empty turns the object itself", override=_OVERRIDE)
    axis: EnumProperty(
        items=AXES, name="Axis", description="The face's own axis that it turns about, however the bone lies", override=_OVERRIDE
    )
    radians: FloatProperty(
        name="Amount",
        default=1.0,
        soft_min=0,
        soft_max=1,
        precision=3,
        description="Radians for each unit of the channel: 1 for head and eyes, 0.384 (22 degrees) for an open jaw",
        override=_OVERRIDE,
    )
    invert: BoolProperty(name="Other way", description="Turn the other way", override=_OVERRIDE)
    # How the face stands in the armature's space, or in that of an object's parent, when the row was made: whatever moves later, it holds.
    face: FloatVectorProperty(size=4, default=(1, 0, 0, 0), override=_OVERRIDE)


class MienCharacter(bpy.types.PropertyGroup):
    """How a character is set up."""

    meshes: CollectionProperty(type=MienMesh, override=_OVERRIDE_LIST)
    matches: CollectionProperty(type=MienMatch, override=_OVERRIDE_LIST)
    turns: CollectionProperty(type=MienTurn, override=_OVERRIDE_LIST)
    rig: StringProperty(default="arkit", override=_OVERRIDE)
    preset: StringProperty(name="Table", description="The table of names that was needed to match the character", override=_OVERRIDE)
    missing: StringProperty(description="Channels that nothing carries, one a line", override=_OVERRIDE)
    visemes: StringProperty(
        name="Whole mouths",
        description="Shape keys that are whole mouths, with the channels that each stands for, as JSON",
        override=_OVERRIDE,
    )
    front: EnumProperty(
        items=FRONTS,
        name="Looks along",
        description="Which way the character looked when it was set up; match again after changing it",
        override=_OVERRIDE,
    )
    mesh_index: IntProperty(name="Mesh", description="The chosen mesh")
    match_index: IntProperty(name="Match", description="The chosen match")
    turn_index: IntProperty(name="Turn", description="The chosen bone or object")


CLASSES = (MienMesh, MienMatch, MienTurn, MienCharacter)


def register() -> None:
    for made in CLASSES:
        bpy.utils.register_class(made)
    bpy.types.Object.mien_character = PointerProperty(type=MienCharacter, override=_OVERRIDE)


def unregister() -> None:
    del bpy.types.Object.mien_character
    for made in reversed(CLASSES):
        bpy.utils.unregister_class(made)
