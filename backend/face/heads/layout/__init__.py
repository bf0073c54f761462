"""Mien's own head as a model of FLAME's layout: identity, expression, joints, pose correctives and a detail layer.

Everything that is written for FLAME runs on it. ``docs/layout.md`` tells how it is made and what it is worth.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FlameError
from backend.face.flame import FlameModel, load_flame

ASSET = Path(__file__).parents[1] / "mien_flame.npz"
# What the layout of FLAME's files has no place for: ``mixture`` of dials (identity.py), ``rows`` and ``moves`` of harmonics (detail.py).
EXTRAS = Path(__file__).with_name("extras.npz")


@cache
def mien_flame() -> FlameModel:
    """Mien's head as a FLAME-layout model, read once: 100 identity and 50 expression components, five joints.

    Vertices are those of :func:`backend.face.heads.mien_head`, in its order, so that its materials and shapes fit.

    Raises:
        FlameError: the file is not there, or damaged.
    """
    return load_flame(ASSET)


@cache
def extras() -> dict[str, NDArray[Any]]:
    """The arrays of :data:`EXTRAS`, read once.

    Raises:
        FlameError: the file is not there, or damaged.
    """
    try:
        with np.load(EXTRAS, allow_pickle=False) as stored:
            return {key: stored[key] for key in ("mixture", "rows", "moves")}
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise FlameError(f"{EXTRAS} is missing or damaged: run python -m backend.face.heads.layout.build.") from error
