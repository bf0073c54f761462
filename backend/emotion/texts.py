"""What a description means, as a mixture of presets: for performers that know presets alone."""

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.emotion.presets import emotions

ASSET = Path(__file__).with_name("texts.npz")
MOST = 3  # presets in a mixture

Array = NDArray[np.float32]


@lru_cache(maxsize=256)
def meant(text: str) -> Mapping[str, float]:
    """Presets with weights that sum to one.

    The vector of the shipped sentence encoder (MiniLM) through a linear reader, which was fitted to the grammar of descriptions and to
    the presets' own texts; the best three, by the squares of what is read. The reader knows the presets that were there when it was fitted.

    Raises:
        MissingError: the sentence encoder is not on this machine.
    """
    from backend.encoders import load

    labels, slope, start = _reader()
    read = load("minilm").encode([text])[0] @ slope + start
    known = [i for i, label in enumerate(labels) if label in emotions()]
    best = sorted(known, key=lambda i: -float(read[i]))[:MOST]
    heights = np.square(np.maximum(read[best], 1e-3)).astype(np.float64)
    shares = heights / heights.sum()
    return {labels[i]: round(float(share), 4) for i, share in zip(best, shares, strict=True)}


@cache
def _reader() -> tuple[tuple[str, ...], Array, Array]:
    """Labels, and what takes a sentence's vector to them. By ``python -m backend.training.descriptions.reader``."""
    with np.load(ASSET, allow_pickle=False) as stored:
        return tuple(map(str, stored["labels"])), stored["slope"].astype(np.float32), stored["start"].astype(np.float32)
