"""Retargeting onto any face: from vertices back to the weights that move them."""

from backend.face.solve.basis import Ambiguity, region_weights
from backend.face.solve.fit import Settings, Solution, solve

__all__ = ["Ambiguity", "Settings", "Solution", "region_weights", "solve"]
