# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension for Blender, 4.2 LTS to 5.2 LTS: Python and Blender's own numpy alone; all else is the service's."""

import importlib
from types import ModuleType

# In the order of registering: panels hang on those before them.
_PARTS = (
    "preferences",
    "session",
    "properties",
    "described",
    "connection",
    "sound",
    "guides",
    "keys",
    "generate",
    "panels",
    "characters",
    "takes",
)
_registered: list[ModuleType] = []


def register() -> None:
    """Add every part to Blender; where one fails, those before it are taken out again."""
    try:
        for name in _PARTS:
            part = importlib.import_module(f".{name}", __package__)
            part.register()
            _registered.append(part)
    except Exception:
        unregister()
        raise


def unregister() -> None:
    """Take every part out of Blender."""
    while _registered:
        _registered.pop().unregister()
