# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Mien's service is: asked once, and the same for every host of this user."""

import shlex
import sys
from typing import Any, TypeAlias

import bpy
from bpy.props import StringProperty

from ..bridge import ServiceError
from ..bridge import place as places
from . import session

Thing: TypeAlias = Any
PACKAGE = __package__.rpartition(".")[0]


class MienPreferences(bpy.types.AddonPreferences):
    """Of the extension."""

    bl_idname = PACKAGE

    folder: StringProperty(
        name="Environment",
        description="Folder for the environment that Mien's service runs in; empty is the usual place",
        subtype="DIR_PATH",
    )
    python: StringProperty(
        name="Python", description="A Python 3.11 that the environment is made with; empty looks for one", subtype="FILE_PATH"
    )
    source: StringProperty(
        name="Mien", description="What to install: a folder with Mien's sources, a wheel, or a name for the package index", default="mien"
    )
    command: StringProperty(
        name="Command", description="Starts the service instead of the one that was set up, for pipelines and development"
    )
    state: StringProperty(
        name="State folder", description="Where hosts and service find one another; empty is the usual place", subtype="DIR_PATH"
    )

    def draw(self, context: Thing) -> None:
        from .panels import set_up

        set_up.draw(self.layout, self, context)


def get() -> Thing | None:
    """The extension's preferences; ``None`` where it runs without being installed."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def place() -> session.Place:
    """Where the service is and what starts it."""
    own = get()
    state = (bpy.path.abspath(own.state) if own and own.state else None) or None
    if own is not None and own.command.strip():
        return session.Place(tuple(shlex.split(own.command, posix=sys.platform != "win32")), state)
    try:
        remembered = places.recall(state)
    except ServiceError:  # a state folder that cannot be trusted: whoever looks for the service says so
        remembered = None
    return session.Place(tuple(places.command(remembered)) if remembered else (), state)


def register() -> None:
    bpy.utils.register_class(MienPreferences)


def unregister() -> None:
    bpy.utils.unregister_class(MienPreferences)
