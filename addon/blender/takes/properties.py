# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the service's takes, as this session of Blender shows it. Nothing of it is saved with the file."""

from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...bridge import ServiceError
from .. import session

Thing: TypeAlias = Any


def _get_label(self: Thing) -> str:
    return str(self.get("shown", ""))


def _set_label(self: Thing, label: str) -> None:
    """Rename the take where it lies: at the service. It refuses in a sentence, and the old name stays."""
    try:
        session.service().keep(self.take, label=label)
    except ServiceError as error:
        session.fail(error)
        return
    self["shown"] = label


class MienTake(bpy.types.PropertyGroup):
    """One take."""

    take: StringProperty(name="Take", description="The take's name at the service")
    label: StringProperty(name="Label", description="What you call the take: double-click to rename it", get=_get_label, set=_set_label)
    recording: StringProperty(name="Recording", description="The recording that is spoken")
    seconds: FloatProperty(name="Seconds", description="How long the take is")
    generator: StringProperty(name="Generator", description="What performed the take")
    seed: IntProperty(name="Seed", description="The seed of the take")
    created: StringProperty(name="Made", description="When the take was made")
    kept: BoolProperty(name="Kept", description="Kept takes are never cleared away by the service")


CLASSES = (MienTake,)


def register() -> None:
    for made in CLASSES:
        bpy.utils.register_class(made)
    manager = bpy.types.WindowManager
    manager.mien_takes = CollectionProperty(type=MienTake)
    manager.mien_take_index = IntProperty(name="Take", description="The chosen take")
    manager.mien_take_other = StringProperty(name="With", description="The take to compare the chosen one with")
    manager.mien_bake_as = EnumProperty(
        name="As",
        items=(
            ("KEYS", "Shape keys", "A mesh with a few shape keys that together make every frame: it can be edited, mixed and exported"),
            ("CACHE", "Cache", "A mesh that plays every vertex from a file beside the blend file: exact, and not to be edited"),
        ),
        description="What the mesh is baked as",
    )


def unregister() -> None:
    for name in ("mien_takes", "mien_take_index", "mien_take_other", "mien_bake_as"):
        delattr(bpy.types.WindowManager, name)
    for made in reversed(CLASSES):
        bpy.utils.unregister_class(made)
