# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion into keys: actions, NLA strips, ranges of sliders, bones."""

from .parts import PARTS, part_of
from .rate import scene_rate
from .targets import Target, Turn
from .write import Plan, Written, columns_of, write

__all__ = ["PARTS", "Plan", "Target", "Turn", "Written", "columns_of", "part_of", "register", "scene_rate", "unregister", "write"]


def register() -> None:
    """Nothing of this part is known to Blender."""


def unregister() -> None:
    """See :func:`register`."""
