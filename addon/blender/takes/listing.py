# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes that the service has, and which one is chosen."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import bpy

Thing: TypeAlias = Any


def fill(facts: Sequence[Mapping[str, Any]], chosen: str | None = None) -> None:
    """Show these takes, the newest first; the chosen one stays chosen, or becomes ``chosen``."""
    manager = bpy.context.window_manager
    wanted = chosen or take_id(manager)
    manager.mien_takes.clear()
    for fact in sorted(facts, key=lambda fact: str(fact.get("created", "")), reverse=True):
        _show(manager.mien_takes.add(), fact)
    ids = [row.take for row in manager.mien_takes]
    manager.mien_take_index = ids.index(wanted) if wanted in ids else 0


def _show(row: Thing, fact: Mapping[str, Any]) -> None:
    row.take = str(fact["id"])
    row["shown"] = str(fact.get("label") or fact.get("name") or fact["id"])
    row.name = f"{row.label} · {row.take[:8]}"
    row.recording, row.generator = str(fact.get("name") or ""), str(fact.get("generator") or "")
    row.seconds = float(fact.get("seconds") or 0)
    # Seeds may be larger than Blender's integers.
    row.seed = int(fact.get("seed") or 0) % 2**31
    row.created, row.kept = str(fact.get("created") or ""), bool(fact.get("kept"))


def refresh(service: Thing, chosen: str | None = None) -> None:
    """Ask the service what takes it has.

    Raises:
        ServiceError: it does not answer.
    """
    fill(service.takes(), chosen)


def chosen_row(manager: Thing | None = None) -> Thing:
    """The row that is chosen."""
    manager = manager or bpy.context.window_manager
    index = manager.mien_take_index
    return manager.mien_takes[index] if 0 <= index < len(manager.mien_takes) else None


def take_id(manager: Thing | None = None) -> str:
    """The chosen take's id, or nothing."""
    row = chosen_row(manager)
    return row.take if row else ""


def by_name(name: str) -> Thing:
    """The row that a search field names."""
    return next((row for row in bpy.context.window_manager.mien_takes if row.name == name), None)
