# SPDX-License-Identifier: GPL-3.0-or-later
"""Mien's face in the programs that artists work in.

Blender calls :func:`register` and :func:`unregister`. What needs Blender is imported by them alone, so that ``addon.bridge`` can
be imported by any Python.
"""


def register() -> None:
    """Add Mien to Blender."""
    from . import blender

    blender.register()


def unregister() -> None:
    """Take Mien out of Blender again."""
    from . import blender

    blender.unregister()
