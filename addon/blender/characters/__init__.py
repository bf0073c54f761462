# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters: meshes, what moves them, what turns, kept with the file and looked over before keys are written."""

import bpy

_registered: list[type] = []


def register() -> None:
    from . import operators, panels, properties, rows

    properties.register()
    for made in (*operators.CLASSES, *rows.CLASSES, *panels.CLASSES):
        bpy.utils.register_class(made)
        _registered.append(made)


def unregister() -> None:
    from . import properties

    while _registered:
        bpy.utils.unregister_class(_registered.pop())
    properties.unregister()
