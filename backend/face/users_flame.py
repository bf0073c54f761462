"""A performance on the artist's own FLAME model: from Mien's expression space into its."""

from functools import lru_cache

import numpy as np

from backend.face.convert import convert
from backend.face.flame import FlameModel
from backend.face.flame.expression_map import ExpressionMap, solve_map, through
from backend.face.flame.skinning import pose
from backend.face.heads.layout import mien_flame
from backend.face.vertices import Vertices
from backend.motion import Motion


def on_users_flame(motion: Motion, model: FlameModel) -> Motion:
    """A motion of any rig as a ``flame`` motion in the expression space of ``model``."""
    return through(_map(model), convert(motion, "flame"))


def lost(model: FlameModel) -> float:
    """The share of the movement of Mien's expressions that the model's components cannot follow, 0 to 1."""
    return float(_map(model).residual["whole"])


def vertices_of_flame(model: FlameModel, motion: Motion) -> Vertices:
    """Every frame of a ``flame`` motion on a model, as the average person that it describes."""
    return Vertices(np.stack([np.asarray(frame, np.float32) for frame in pose(model, motion)]), model.triangles, motion.rate)


@lru_cache(maxsize=2)
def _map(model: FlameModel) -> ExpressionMap:
    return solve_map(mien_flame(), model)
