# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: the service's list of them, loaded, compared, kept; baked as meshes and curves; exported as FBX."""

import bpy

_registered: list[type] = []


def register() -> None:
    from . import baking, meanwhile, operators, panels, properties

    properties.register()
    meanwhile.register()
    for made in (*operators.CLASSES, *baking.CLASSES, *panels.CLASSES):
        bpy.utils.register_class(made)
        _registered.append(made)


def unregister() -> None:
    from . import meanwhile, properties

    while _registered:
        bpy.utils.unregister_class(_registered.pop())
    meanwhile.unregister()
    properties.unregister()
