# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: where the service is, and its set-up."""

from typing import Any, TypeAlias

import bpy

from ...bridge import ServiceError
from ...bridge import place as places
from .. import connection, preferences
from . import message

Thing: TypeAlias = Any


def draw(layout: Thing, own: Thing, context: Thing) -> None:
    layout.use_property_split = True
    message.draw(layout, context)
    where = _recalled(preferences.place().state)
    layout.label(text=f"Mien {where.version} is set up in {where.folder}" if where else "Mien's service is not set up yet", icon="INFO")
    column = layout.column()
    column.prop(own, "folder")
    column.prop(own, "python")
    column.prop(own, "source")
    going = connection.setting_up
    if going is not None:
        column.progress(factor=going.share, type="BAR", text=f"{going.stage}: {going.line[-60:]}")
        column.operator("mien.stop_setting_up", icon="X")
    else:
        if not bpy.app.online_access:
            message.wrapped(
                column,
                "Blender is not allowed to go online, which the set-up needs. Allow it under System, Network.",
                "INTERNET_OFFLINE",
                600,
            )
        column.operator("mien.set_up", text="Set Up Again" if where else "Set Up Mien's Service", icon="IMPORT")
        column.operator("mien.connect", icon="LINKED")
    header, body = layout.panel("mien_advanced", default_closed=True)
    header.label(text="For pipelines")
    if body:
        body.prop(own, "command")
        body.prop(own, "state")


def _recalled(state: str | None) -> places.Place | None:
    try:
        return places.recall(state)
    except ServiceError:
        return None
