"""The recipe of the phone network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.speech.hearing.network import PhoneNetwork, Shape
from backend.speech.hearing.posteriors import save
from backend.speech.inventory import PHONES, VISEME, VISEMES
from backend.training.speech.augment import plain, recorded
from backend.training.speech.corpus import UNKNOWN
from backend.training.speech.shards import Corpus
from backend.training.trainer import Ahead, Schedule, train

# What must be seen weighs more: the lips' contacts above all.
_WEIGHTS = {"sil": 0.8, "p": 1.6, "b": 1.6, "m": 1.6, "f": 1.3, "v": 1.3}


@dataclass(frozen=True)
class Recipe:
    """A setting. ``crop`` in frames of 10 ms; ``speeds`` what crops are played at."""

    schedule: Schedule
    shape: Shape = field(default_factory=Shape)
    batch: int = 12
    crop: int = 500
    speeds: tuple[float, float] = (0.84, 1.2)
    seed: int = 0
    half: bool = True
    recorded: float = 0.12

    def share_recorded(self, step: int) -> float:
        """How many crops are of real recordings: none until the sounds are known, so that few speakers do not shape them."""
        return self.recorded if step >= 0.6 * self.schedule.steps else 0.0


RECIPES = {
    "tiny": Recipe(Schedule(60, 2e-3, rise=10, every=30), Shape(48, 96, 5, (1, 2)), batch=4, crop=200),
    "small": Recipe(Schedule(1500, 2e-3)),
    "full": Recipe(Schedule(10_000, 1.5e-3)),
}


def make(recipe: Recipe, speech: Path, folder: Path, out: Path, progress: Callable[[float], None] = lambda _: None) -> dict[str, float]:
    """Train a phone network on the corpus in ``speech`` and write it to ``out``; checkpoints and log in ``folder``.

    Returns the shares of frames of voices' held-out speech whose phone, and whose viseme, it tells right.
    """
    corpus = Corpus(speech)
    network = fit(recipe, corpus, folder, progress)
    facts = {"hours": f"{corpus.hours:.1f}", "steps": str(recipe.schedule.steps), "seed": str(recipe.seed)}
    save(out, network, prior(corpus), facts)
    return check(recipe, corpus)(network)


def fit(recipe: Recipe, corpus: Corpus, folder: Path, progress: Callable[[float], None] = lambda _: None) -> PhoneNetwork:
    """The trained network, averaged over its last steps."""
    torch.manual_seed(recipe.seed)
    model = PhoneNetwork(recipe.shape)
    weights = torch.tensor([_WEIGHTS.get(phone, 1.0) for phone in PHONES])

    def drawn(step: int) -> tuple[Tensor, Tensor]:
        random = np.random.default_rng([recipe.seed, step])
        return recorded(corpus.draw(random, recipe.batch, recipe.crop, recipe.speeds, recorded=recipe.share_recorded(step)), random)

    draws = Ahead(drawn)

    def loss(network: nn.Module, step: int) -> Tensor:
        seen, labels = draws(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
            logits = network(seen)
        return nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), weights, ignore_index=UNKNOWN)

    trained = train(model, loss, recipe.schedule, folder, check(recipe, corpus), recipe.seed, progress)
    assert isinstance(trained, PhoneNetwork)
    return trained


def check(recipe: Recipe, corpus: Corpus) -> Callable[[nn.Module], dict[str, float]]:
    """Measures a network on crops of held-out shards, as they are."""
    seen, labels = plain(corpus.draw(np.random.default_rng(recipe.seed + 1), 24, recipe.crop, kept=bool(corpus.kept)))
    return lambda network: agreement(network, seen, labels)


def prior(corpus: Corpus) -> NDArray[np.float32]:
    """How often each phone is heard in training; none is impossible."""
    counts = corpus.counts()[: len(PHONES)] + 100
    share: NDArray[np.float32] = (counts / counts.sum()).astype(np.float32)
    return share


def agreement(network: nn.Module, seen: Tensor, labels: Tensor) -> dict[str, float]:
    """Shares of the frames whose phone, and whose viseme, is told right."""
    with torch.inference_mode():
        told = network(seen).argmax(-1)
    known = labels != UNKNOWN
    looks = torch.tensor([VISEMES.index(VISEME[phone]) for phone in PHONES])
    right = (told == labels)[known].float().mean()
    seen_right = (looks[told] == looks[labels.clamp(max=len(PHONES) - 1)])[known].float().mean()
    return {"phone": round(float(right), 4), "viseme": round(float(seen_right), 4)}
