"""Words as vectors of chance, always the same: no encoder is loaded for them."""

import zlib

import numpy as np


def words(said: list[str]) -> np.ndarray:
    """``[N, 24]``."""
    rows = [np.random.default_rng(zlib.crc32(word.encode())).normal(size=24) for word in said]
    return np.array(rows, np.float32).reshape(len(said), 24)
