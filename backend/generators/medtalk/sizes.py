"""How far the parts of a face move, as the artist wishes: a factor on their controls."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from backend.motion.metahuman import METAHUMAN

PARTS = {
    part: tuple(METAHUMAN.index(name) for region in regions for name in METAHUMAN.in_region(region))
    for part, regions in {"mouth": ("mouth", "jaw", "tongue"), "brows": ("brow",)}.items()
}


def sized(values: NDArray[np.float32], settings: Mapping[str, float]) -> NDArray[np.float32]:
    """Motion ``[T, 174]`` with each part's controls times the setting of the part's name."""
    scaled = values.copy()
    for part, columns in PARTS.items():
        scaled[:, columns] *= np.float32(settings[part])
    return scaled
