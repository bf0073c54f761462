# SPDX-License-Identifier: GPL-3.0-or-later
"""How operators of this extension end: well, or with one sentence."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ...bridge import ServiceError
from .. import session

Thing: TypeAlias = Any


def tried(operator: Thing, work: Callable[[], Sequence[str] | None]) -> set[str]:
    """Run ``work`` and keep its notes for the panel; where it fails, report one sentence, here and in the panel."""
    try:
        notes = list(work() or ())
    except (ServiceError, ValueError, RuntimeError, OSError) as error:
        told = session.fail(error if isinstance(error, (ServiceError, ValueError)) else ValueError(_sentence(error)))
        operator.report({"ERROR"}, told.message)
        return {"CANCELLED"}
    session.settle(notes)
    for note in notes:
        operator.report({"INFO"}, note)
    return {"FINISHED"}


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or 'a file'}. Choose another place, or free some space."
    # Blender's operators say "Error: ...", and where their own code failed, a trace that has the reason on its last line but one.
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip() and not line.startswith("Location:")]
    return (lines[-1] if lines else "Blender refused.").removeprefix("Error: ")
