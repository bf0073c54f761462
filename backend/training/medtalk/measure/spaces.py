"""The paper's figures 5 and 6: how far content and emotion are apart, as pictures and as numbers."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from backend.face.metahuman import metahuman_to_arkit
from backend.generators.medtalk.features import NATIVE_RATE
from backend.generators.medtalk.network import Network
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.training.medtalk.data import Store
from backend.training.medtalk.draws import quads
from backend.training.medtalk.evaluate import swap
from backend.training.metrics import calinski_harabasz, correlation, mien_yardstick
from exporters.plot import COLOURS, png

FOLDS, RIDGE, NEIGHBOURS = 5, 1e-2, 5
_MM = 1e3
_COLOURS = (*COLOURS, "#8a8a8a")

Points = NDArray[np.float32]


def swapped(network: Network, store: Store, count: int = 24, seed: int = 0) -> dict[str, float]:
    """Figure 6 as numbers: a sentence with the emotion of another sentence, what becomes of its lips and of its brows.

    Lips as the opening of the mouth on Mien's head, in mm and as a correlation over frames with the sentence as it was. Beside the swap
    stand the teacher's own version of the sentence in that emotion, which is what the swap should give, and the other sentence,
    which it should not. Brows as mean absolute errors of :func:`swap`.
    """
    drawn = quads(store, np.random.default_rng(seed), count, 32, str(network.codes.device))
    one, other, truth = drawn.motion[:, 0, 0], drawn.motion[:, 1, 1], drawn.motion[:, 0, 1]
    with torch.inference_mode():
        moved = network.decode(network.emotion_encoder(other), network.content_encoder(one))
    opening = {"before": _opening(one)}
    opening |= {"swapped": _opening(moved), "teacher": _opening(truth), "other sentence": _opening(other)}
    found = dict[str, float]()
    for name in ("swapped", "teacher", "other sentence"):
        found[f"opening off by, {name} (mm)"] = round(float(np.abs(opening[name] - opening["before"]).mean()) * _MM, 3)
        found[f"opening goes along, {name}"] = round(correlation(opening[name], opening["before"]), 3)
    return found | swap(network, store, count, seed)


def separation(felt: Points, said: Points, labels: Sequence[str], seed: int = 0) -> dict[str, float]:
    """Figure 5 as numbers: how well the emotion can be told from either embedding.

    ``next to its like`` is the share of the five nearest neighbours that have the same emotion, which is what a t-SNE shows;
    ``told from`` the share that a linear reader tells right (ridge regression, five folds), which finds any trace along any
    direction; then the Caliński-Harabasz index of the labels.
    """
    return {
        "next to its like in emotion space": round(_neighbours(felt, labels), 3),
        "next to its like in content space": round(_neighbours(said, labels), 3),
        "emotion told from emotion space": round(_told(felt, labels, seed), 3),
        "emotion told from content space": round(_told(said, labels, seed), 3),
        "chance": round(1 / len({*labels}), 3),
        "clusters in emotion space": round(calinski_harabasz(felt, labels), 1),
        "clusters in content space": round(calinski_harabasz(said, labels), 1),
    }


def picture(felt: Points, said: Points, labels: Sequence[str]) -> bytes:
    """Figure 5: both spaces by t-SNE (van der Maaten & Hinton 2008), coloured by emotion, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    names = list(dict.fromkeys(labels))
    for axes, points, title in zip(figure.subplots(1, 2), (felt, said), ("emotion embeddings", "content embeddings"), strict=True):
        flat = flattened(points)
        for number, name in enumerate(names):
            mine = flat[[label == name for label in labels]]
            axes.plot(mine[:, 0], mine[:, 1], "o", color=_COLOURS[number % len(_COLOURS)], markersize=4, alpha=0.75, label=name)
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.axes[0].legend(fontsize=8, frameon=False)
    return png(figure)


def flattened(points: Points) -> NDArray[np.float64]:
    """t-SNE of ``points [N, D]`` onto a plane ``[N, 2]``; the same each time."""
    from sklearn.manifold import TSNE

    # Uncentred or very unequal columns slow its gradient down.
    even = (points - points.mean(axis=0)) / max(float(points.std()), 1e-9)
    plane = TSNE(perplexity=min(30.0, (len(points) - 1) / 3), init="pca", random_state=0, n_jobs=1).fit_transform(even)
    return np.asarray(plane, np.float64)


def _opening(motion: torch.Tensor) -> NDArray[np.float64]:
    values = motion.reshape(-1, len(METAHUMAN)).cpu().numpy()
    low, high = (np.array([getattr(channel, end) for channel in METAHUMAN.channels], np.float32) for end in ("low", "high"))
    stick = mien_yardstick()
    return stick.opening(stick.vertices(metahuman_to_arkit(Motion(METAHUMAN, np.clip(values, low, high), NATIVE_RATE))))


def _neighbours(points: Points, labels: Sequence[str]) -> float:
    wide, names = points.astype(np.float64), np.array(labels)
    squares = (wide**2).sum(axis=1)
    away = squares[:, None] + squares[None] - 2 * wide @ wide.T
    np.fill_diagonal(away, np.inf)
    nearest = np.argsort(away, axis=1)[:, :NEIGHBOURS]
    return float((names[nearest] == names[:, None]).mean())


def _told(points: Points, labels: Sequence[str], seed: int) -> float:
    names, numbers = np.unique(np.array(labels), return_inverse=True)
    wanted = np.eye(len(names))[numbers]
    seen = np.column_stack([(points - points.mean(axis=0)) / np.maximum(points.std(axis=0), 1e-6), np.ones(len(points))]).astype(np.float64)
    folds = np.random.default_rng(seed).permutation(len(points)) % FOLDS
    right = 0
    for fold in range(FOLDS):
        taught, asked = seen[folds != fold], seen[folds == fold]
        gram = taught.T @ taught + RIDGE * len(taught) * np.eye(seen.shape[1])
        told = asked @ np.linalg.solve(gram, taught.T @ wanted[folds != fold])
        right += int((told.argmax(axis=1) == numbers[folds == fold]).sum())
    return right / len(points)
