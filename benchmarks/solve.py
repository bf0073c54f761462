"""``python -m benchmarks.solve``: 300 frames of 52 shapes on 10,000 vertices, beside scipy frame by frame.

Every solver runs ``ROUNDS`` times in turn on the same vertices, with 0.2 mm of noise, and its fastest run counts. The weights of
scipy's solvers are compared with ours; scipy's work on the same products of shapes and vertices, whose making is in ours.
"""

import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import lsq_linear, nnls

from backend.face.face import Face, Material
from backend.face.solve import Settings, solve
from backend.motion.arkit import APPLE_52

ROUNDS = 3
FRAMES, VERTICES = 300, 10_000
RIDGE = 1e-5

Array = NDArray[np.float64]


def synthetic_face(rng: np.random.Generator) -> Face:
    """A sphere of points; each shape pushes those near one spot, some by much, some by little."""
    points = rng.normal(size=(VERTICES, 3))
    points *= 0.1 / np.linalg.norm(points, axis=1, keepdims=True)
    shapes = {}
    for name in APPLE_52:
        spot = points[rng.integers(VERTICES)] * [1, 1, 0] + [0, 0, 0.06]
        push = np.exp(-np.sum((points - spot) ** 2, axis=1) / (2 * rng.uniform(0.01, 0.04) ** 2))
        push[push < 0.01] = 0
        shapes[name] = (push[:, None] * rng.normal(size=3) * 0.008).astype(np.float32)
    none = np.zeros((1, 4), np.int32)
    skin = (Material("skin", (1.0, 1.0, 1.0), 0.5),)
    weights = np.zeros((VERTICES, 0), np.float32)
    return Face("sphere", points.astype(np.float32), none, np.zeros((1, 4, 2), np.float32), skin, none[0, :1], shapes, (), weights)


def fastest(run: Callable[[], Array]) -> tuple[float, Array]:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return min(seconds), found


def square_root(face: Face, frames: NDArray[np.float32]) -> tuple[Array, Array]:
    """The same least squares in 52 equations: a root of the Gram matrix with the ridge, and what it should give ``[frames, 52]``."""
    shapes = np.array([face.shapes[name].ravel() for name in APPLE_52], np.float64)
    gram = shapes @ shapes.T
    root = np.linalg.cholesky(gram + RIDGE * np.diag(np.diag(gram))).T
    right = (frames - face.vertices).reshape(len(frames), -1).astype(np.float64) @ shapes.T
    return root, np.linalg.solve(root.T, right.T).T


def main() -> None:
    rng = np.random.default_rng(0)
    face, rate = synthetic_face(rng), Fraction(30)
    truth = np.clip(gaussian_filter1d(rng.normal(size=(FRAMES, 52)), 5, axis=0) * 4 - 0.6, 0, 1)
    shapes = np.array([face.shapes[name].ravel() for name in APPLE_52])
    clean = (truth @ shapes).reshape(FRAMES, VERTICES, 3) + face.vertices
    frames = (clean + rng.normal(size=clean.shape) * 0.0002).astype(np.float32)

    def ours(smoothness: float, head: str) -> Array:
        known = "none" if head == "none" else "find"
        found = solve(face, frames, rate, Settings(smoothness, RIDGE), head=known)  # type: ignore[arg-type]
        return found.motion.pick(APPLE_52).astype(np.float64)

    root, aims = square_root(face, frames)
    runs: dict[str, Callable[[], Array]] = {
        "each frame alone": lambda: ours(0, "none"),
        "smooth over time": lambda: ours(0.02, "none"),
        "smooth, head found": lambda: ours(0.02, "find"),
        "scipy lsq_linear": lambda: np.array([lsq_linear(root, aim, (0, 1), method="bvls", tol=1e-12).x for aim in aims]),
        "scipy nnls, no top": lambda: np.array([nnls(root, aim)[0] for aim in aims]),
    }
    print(f"{FRAMES} frames, {len(APPLE_52)} shapes, {VERTICES} vertices, 0.2 mm of noise\n")
    print(f"{'':22}{'seconds':>9}{'rms error':>12}{'from lsq_linear':>18}")
    times, found = {}, {}
    for name, run in runs.items():
        times[name], found[name] = fastest(run)
    exact = found["scipy lsq_linear"]
    for name in runs:
        error = np.sqrt(np.mean((found[name] - truth) ** 2))
        print(f"{name:22}{times[name]:9.2f}{error:12.5f}{np.abs(found[name] - exact).max():18.2g}")
    if (apart := np.abs(found["each frame alone"] - exact).max()) > 1e-5:
        raise SystemExit(f"our weights are {apart:.2g} away from scipy's")


if __name__ == "__main__":
    main()
