# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences in a narrow panel: wrapped, with the button that mends what they tell."""

import textwrap
from typing import Any, TypeAlias

from .. import connection, session

Thing: TypeAlias = Any


def wrapped(layout: Thing, text: str, icon: str, width: float) -> None:
    """A sentence on as many lines as it needs in a region of that width, in pixels."""
    import bpy

    characters = max(20, int(width / (7.2 * (bpy.context.preferences.system.ui_scale or 1.0))) - 6)
    column = layout.column(align=True)
    column.scale_y = 0.85
    for number, line in enumerate(textwrap.wrap(text, characters)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1")


def draw(layout: Thing, context: Thing) -> None:
    """What went wrong last, or what there is to know of the last thing done."""
    width = context.region.width if context.region else 300
    problem = session.problem()
    if problem is not None:
        box = layout.box()
        wrapped(box, problem.message, "ERROR", width)
        row = box.row(align=True)
        kind = (problem.fix or {}).get("kind", "")
        if kind in connection.FIXES:
            text, icon = connection.FIXES[kind]
            row.operator("mien.mend", text=text, icon=icon)
        row.operator("mien.copy_report", icon="COPYDOWN")
        row.operator("mien.dismiss", text="", icon="X")
        return
    if session.notes():
        box = layout.box()
        for note in session.notes():
            wrapped(box, note, "INFO", width)
        box.operator("mien.dismiss", icon="X")
