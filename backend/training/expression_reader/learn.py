"""How the reader learns: mean faces of stretches of the corpus's expression sequences, none of which speaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from backend.errors import InputError
from backend.training.corpus import Corpus, Expression
from backend.training.expression_reader.reader import FELT, LABELS, WIDTHS, Floats, Reader, save, stronger_half
from backend.training.expressions import VARIANTS

STEPS, RATE, DECAY = 300, 0.01, 3e-3
FAINTEST = 0.25  # of a sequence's height, below which a face does not yet show what it comes to
PARTS = (0.3, 0.6, 1.0)  # of a sequence, from anywhere in its shown middle
EACH = 4  # stretches of every length
TREMBLE = 0.03  # standard deviation of what a measured face is off by, in weights


@dataclass(frozen=True, eq=False)
class Lesson:
    """One sequence: its ``frames [T, channels]``, the number of its label and of its variant."""

    frames: Floats
    label: int
    variant: int


def lessons(corpus: Corpus, split: str, labels: Sequence[str] = LABELS) -> list[Lesson]:
    """The expression sequences of a split that show one of the labels.

    Raises:
        InputError: a label has none.
    """
    found = [_lesson(shown, labels) for shown in corpus.expressions(split) if shown.emotion in labels]
    missing = sorted({*range(len(labels))} - {lesson.label for lesson in found})
    if missing:
        raise InputError(
            f"{corpus.folder} has no expression sequence of '{labels[missing[0]]}' in the split '{split}': build the corpus again."
        )
    return found


def train(taught: Sequence[Lesson], labels: Sequence[str] = LABELS, seed: int = 0) -> Reader:
    """Fit a reader; seconds on one core."""
    reader = fit(*_stretches(taught, np.random.default_rng(seed)), labels, seed)
    return Reader(reader.labels, reader.tensors, {"sequences": len(taught), "seed": seed})


def fit(faces: Floats, wanted: Sequence[int], labels: Sequence[str], seed: int = 0) -> Reader:
    """A reader of faces ``[N, channels]``, whatever their channels are, that show the labels of these numbers."""
    centre, scale = faces.mean(axis=0), np.maximum(faces.std(axis=0), 0.02)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        layers = _fitted((faces - centre) / scale, np.array(wanted), len(labels), TREMBLE / scale)
    tensors = {f"{name}.{kind}": value.detach().numpy() for name, layer in layers.items() for kind, value in layer.named_parameters()}
    return Reader(tuple(labels), tensors | {"centre": centre.astype(np.float32), "scale": scale.astype(np.float32)})


def accuracy(reader: Reader, asked: Iterable[Lesson]) -> float:
    """The share of sequences that are read as what they show."""
    known = list(asked)
    told = reader.shares(np.stack([stronger_half(lesson.frames) for lesson in known])).argmax(axis=1)
    return float(np.mean(told == np.array([lesson.label for lesson in known])))


def make(data: Path, out: Path | None = None, seed: int = 0) -> tuple[Reader, dict[str, float]]:
    """Train on a corpus's expressions and measure on showings that were held out, and on whole manners that were.

    Raises:
        InputError: ``data`` holds no finished corpus, or one without expressions.
        OutputError: ``out`` cannot be written.
    """
    corpus = Corpus(data)
    taught, asked = lessons(corpus, "train"), lessons(corpus, "test")
    reader = train(taught, seed=seed)
    measured = {"held-out showings": round(accuracy(reader, asked), 3), "held-out manners": round(unseen_manners(taught, seed), 3)}
    reader = Reader(reader.labels, reader.tensors, reader.facts | measured)
    if out is not None:
        save(out, reader)
    return reader, measured


def unseen_manners(taught: Sequence[Lesson], seed: int = 0) -> float:
    """Accuracy on each manner of showing (``VARIANTS``) by a reader that learnt from all others; NaN where there is one alone."""
    manners = sorted({lesson.variant % len(VARIANTS) for lesson in taught})
    if len(manners) < 2:
        return float("nan")
    shares = []
    for manner in manners:
        others = [lesson for lesson in taught if lesson.variant % len(VARIANTS) != manner]
        shares.append(accuracy(train(others, seed=seed), [lesson for lesson in taught if lesson.variant % len(VARIANTS) == manner]))
    return float(np.mean(shares))


def _lesson(shown: Expression, labels: Sequence[str]) -> Lesson:
    return Lesson(shown.motion().pick(FELT).astype(np.float64), list(labels).index(shown.emotion), shown.variant)


def _stretches(taught: Sequence[Lesson], chance: np.random.Generator) -> tuple[Floats, list[int]]:
    """Mean faces of stretches in which a sequence shows what it shows, and their labels."""
    faces, wanted = list[Floats](), list[int]()
    for lesson in taught:
        strength = np.abs(lesson.frames).sum(axis=1)
        seen = lesson.frames[strength >= FAINTEST * strength.max()]
        for part in PARTS:
            for _ in range(EACH):
                length = max(round(part * len(seen)), 1)
                first = int(chance.integers(len(seen) - length + 1))
                faces.append(stronger_half(seen[first : first + length]))
                wanted.append(lesson.label)
    return np.stack(faces), wanted


def _fitted(faces: Floats, wanted: np.ndarray, labels: int, tremble: Floats) -> dict[str, nn.Linear]:  # type: ignore[type-arg]
    layers = {"in": nn.Linear(faces.shape[1], WIDTHS[0]), "mid": nn.Linear(*WIDTHS), "out": nn.Linear(WIDTHS[1], labels)}
    network = nn.Sequential(layers["in"], nn.ReLU(), layers["mid"], nn.ReLU(), layers["out"])
    x, y = torch.from_numpy(faces.astype(np.float32)), torch.from_numpy(wanted)
    noise = torch.from_numpy(tremble.astype(np.float32))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, STEPS)
    for _ in range(STEPS):
        loss = nn.functional.cross_entropy(network(x + noise * torch.randn_like(x)), y, label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return layers
