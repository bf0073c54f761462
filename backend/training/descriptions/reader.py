"""Fit the reader of ``backend.emotion.texts``: from MiniLM's vector of a text to the presets that it means.

    python -m backend.training.descriptions.reader

A minute and a half, most of it MiniLM's. Ridge regression onto the weights of emotions, of texts of the grammar (training's words) and of
the presets' names, aliases and descriptions, which count three times.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.emotion.presets import emotions
from backend.emotion.texts import ASSET
from backend.files import write_atomically
from backend.training.descriptions.description import description

TEXTS, PLAIN, RIDGE = 6000, 3, 3.0

Array = NDArray[np.float64]


def main(path: Path = ASSET) -> None:
    """Fit, and write."""
    from backend.encoders import load

    labels = tuple(emotions())
    told = [(text, {label: 1.0}) for label in labels for text in texts_of(label)] * PLAIN
    told += [(found.text, dict(found.emotions)) for found in map(description, range(TEXTS))]
    words = list(dict.fromkeys(text for text, _ in told))
    vectors = dict(zip(words, load("minilm", device="cpu").encode(words), strict=True))
    slope, start = fitted(
        np.array([vectors[text] for text, _ in told], np.float64),
        np.array([[mixture.get(label, 0.0) for label in labels] for _, mixture in told]),
    )
    content = io.BytesIO()
    np.savez_compressed(content, labels=np.array(labels), slope=slope.astype(np.float16), start=start.astype(np.float32))
    write_atomically(path, content.getvalue())


def texts_of(label: str) -> list[str]:
    """A preset's name, aliases and description."""
    preset = emotions()[label]
    return [label, *preset.aliases, preset.description]


def fitted(vectors: Array, wanted: Array) -> tuple[Array, Array]:
    """Ridge regression: ``slope [width, labels]`` and ``start [labels]``; what shrinks is the slope alone."""
    middle, mean = vectors.mean(axis=0), wanted.mean(axis=0)
    around = vectors - middle
    slope = np.linalg.solve(around.T @ around + RIDGE * np.eye(vectors.shape[1]), around.T @ (wanted - mean))
    return slope, mean - middle @ slope


if __name__ == "__main__":
    main()
