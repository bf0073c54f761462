"""What landmarks of a picture make of a face: the error of ``backend.face.landmarks.photo``, measured on portraits, as a law to draw from.

    python -m backend.training.medtalk.sight

Two and a half minutes: portraits of varied people, seen by MediaPipe. The weights that are read are, on the mean, linear in the true
ones (one shape is taken for another, and all come out weaker), with a rest whose covariance is kept.
"""

import io
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.files import write_atomically
from backend.generators.medtalk.features import Array
from backend.motion.arkit import APPLE_52

ASSET = Path(__file__).with_name("sight.npz")
PORTRAITS, FIRST = 600, 5000  # how many, and the first one's seed
RIDGE = 0.3  # in squares of weights

Floats = NDArray[np.float64]


def as_seen(weights: Array, chance: np.random.Generator) -> Array:
    """ARKit weights ``[faces, 52]`` as they would be read from pictures of those faces."""
    mixing, start, root = _law()
    drawn = weights @ mixing + start + chance.standard_normal((len(weights), len(root))) @ root
    seen: Array = np.clip(drawn, 0, 1).astype(np.float32)
    return seen


def measured(count: int = PORTRAITS, first: int = FIRST) -> tuple[Floats, Floats]:
    """True and read weights ``[faces, 52]`` of portraits in which one face is found."""
    from backend.face.landmarks.mesh import opened
    from backend.face.landmarks.photo import miens, shown
    from backend.training.portraits import portrait

    true, points = [], []
    with opened(still=True) as mesh:
        for seed in range(first, first + count):
            picture, facts = portrait(seed, people=True)
            found = mesh.faces(picture)
            if len(found) == 1:
                points.append(found[0])
                true.append([facts.channels.get(name, 0.0) for name in APPLE_52])
    return np.array(true), shown(np.array(points), miens())[0].astype(np.float64)


def law(true: Floats, read: Floats) -> dict[str, Array]:
    """``mixing [52, 52]``, ``start [52]`` and ``root [52, 52]``: read = true @ mixing + start + normal @ root."""
    around = true - true.mean(axis=0)
    mixing = np.linalg.solve(around.T @ around + RIDGE * np.eye(true.shape[1]), around.T @ (read - read.mean(axis=0)))
    start = read.mean(axis=0) - true.mean(axis=0) @ mixing
    rest = read - true @ mixing - start
    values, axes = np.linalg.eigh(np.cov(rest.T))
    root = np.sqrt(np.maximum(values, 0))[:, None] * axes.T
    return {"mixing": mixing.astype(np.float16), "start": start.astype(np.float32), "root": root.astype(np.float16)}


def main(path: Path = ASSET) -> None:
    """Measure, and write."""
    content = io.BytesIO()
    np.savez_compressed(content, **law(*measured()))
    write_atomically(path, content.getvalue())


@cache
def _law() -> tuple[Array, Array, Array]:
    with np.load(ASSET, allow_pickle=False) as stored:
        mixing, start, root = (stored[name].astype(np.float32) for name in ("mixing", "start", "root"))
    return mixing, start, root


if __name__ == "__main__":
    main()
