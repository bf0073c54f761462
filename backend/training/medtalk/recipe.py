"""MEDTalk's recipe: its stages in the paper's order, each of which goes on where it was cut off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.errors import InputError, unknown
from backend.generators.medtalk.features import AFFECT, CUES, EAR, LANDMARKS, NATIVE_RATE, SHIPPED_WORDS, VOICE
from backend.generators.medtalk.network import NEUTRAL, Network, Shape
from backend.generators.medtalk.stored import Trained, save
from backend.motion.arkit import APPLE_52
from backend.speech.inventory import PHONES
from backend.training.medtalk import losses
from backend.training.medtalk.data import Store, Words, prepare
from backend.training.medtalk.guides import Guidance
from backend.training.medtalk.settings import ABLATIONS, RECIPES, Recipe
from backend.training.medtalk.stages import check_of, freeze, stage_of
from backend.training.trainer import Schedule
from backend.training.trainer import train as minimise

Progress = Callable[[float], None]
Texts = Mapping[str, Sequence[str]]


def train(
    data: Path,
    run: Path,
    out: Path,
    setting: str = "full",
    without: str = "",
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = lambda _: None,
) -> dict[str, float]:
    """Train MEDTalk on the corpus in ``data`` and write it to ``out``; features, checkpoints and logs in ``run``.

    A run that was cut off goes on from there. ``without`` leaves out what a row of the paper's table 3 does. Returns what is
    measured on sentences of the validation split.

    Raises:
        InputError: there is no such setting or row, or ``data`` holds no finished corpus.
    """
    from backend.training.corpus import Corpus
    from backend.training.medtalk.evaluate import measure

    if setting not in RECIPES:
        raise InputError(unknown("setting", setting, RECIPES))
    if without and without not in ABLATIONS:
        raise InputError(unknown("part of MEDTalk to leave out", without, ABLATIONS))
    recipe = replace(RECIPES[setting], without=without, seed=seed)
    corpus = Corpus(data)
    heard = run / "heard"
    learnt, checked = corpus.clips("train", mixed=True), corpus.clips("valid", mixed=True)
    store = prepare(learnt, corpus.emotions, heard, recipe.sources, recipe.minutes, progress=lambda s: progress(0.3 * s))
    kept = prepare(checked, corpus.emotions, heard, recipe.sources, recipe.minutes / 10)
    stages = run / "-".join([setting, without or "whole", str(seed)])
    trained = make(recipe, store, stages, kept, device=device, progress=lambda share: progress(0.3 + 0.7 * share))
    save(out, trained)
    return measure(trained, corpus.clips("valid", mixed=True), most=8)


def make(
    recipe: Recipe,
    store: Store,
    folder: Path,
    kept: Store | None = None,
    texts: Texts | None = None,
    words: Words | None = None,
    device: str = "cpu",
    progress: Progress = lambda _: None,
) -> Trained:
    """Go through the stages. ``kept`` are clips to measure on.

    ``texts`` describe each emotion in place of the presets' and the grammar's, ``words`` encodes them.
    """
    torch.manual_seed(recipe.seed)
    guidance = Guidance(store.emotions, folder, recipe.sources, recipe.texts, recipe.portraits, texts, words)
    network = calibrate(Network(shape_of(recipe, store)), store).to(device)
    total, done = sum(recipe.steps[stage] for stage in recipe.stages), 0
    for number, stage in enumerate(recipe.stages):
        steps, before = recipe.steps[stage], done
        where = folder / f"{number + 1}-{stage}"
        loss, parts = stage_of(recipe, stage, store, network, guidance, device)
        freeze(network, parts)
        check = check_of(recipe, stage, kept, network, guidance, device) if kept else lambda _: {}
        schedule = Schedule(steps, recipe.rate, rise=min(100, steps // 5 + 1), every=max(steps // 5, 1), average=1 - 4 / max(steps, 40))

        def watch(share: float, before: int = before, steps: int = steps) -> None:
            progress((before + steps * share) / total)

        trained = minimise(network, loss, schedule, where, check, recipe.seed, watch)
        assert isinstance(trained, Network)
        network, done = trained, done + steps
    return Trained(network.requires_grad_(False), recipe.sources, facts(recipe, store, network))


def shape_of(recipe: Recipe, store: Store) -> Shape:
    """The networks for what the sources give and the corpus was performed in."""
    from backend.encoders import CARDS

    def width(source: str, shipped: str, own: int) -> int:
        return own if source == shipped else CARDS[source].width

    text = store.clips[0].whole("words")[0].shape[1] or width(recipe.sources.text, "", 0)
    plain: dict[str, Any] = {
        "content": width(recipe.sources.content, EAR, len(PHONES) + CUES),
        "affect": width(recipe.sources.affect, VOICE, AFFECT),
        "text": text if recipe.sources.text == SHIPPED_WORDS else width(recipe.sources.text, "", 0),
        "dynamic": recipe.without != "intensity",
        "words": recipe.without != "text",
        "image": width(recipe.sources.image, LANDMARKS, len(APPLE_52)),
        **recipe.shape,
    }
    return Shape(store.emotions, **plain)


def calibrate(network: Network, store: Store) -> Network:
    """Measure what pseudo-intensity a face without emotion has, and the usual one of each label, over the clips."""
    sums = {emotion: np.zeros(2) for emotion in store.emotions}
    for clip in store.clips[:: max(len(store.clips) // 400, 1)]:
        for emotion in clip.emotions:
            raw = losses.pseudo_intensity(torch.from_numpy(clip.motion(emotion, 0, clip.frames)[0]))
            sums[emotion] += [float(raw.sum()), len(raw)]
    means = {emotion: total / max(count, 1) for emotion, (total, count) in sums.items()}
    rest = means.get(NEUTRAL, 0.0)
    network.rest.fill_(rest)
    network.usual.copy_(torch.tensor([max(means[e] - rest, 0.1 * max(means.values()), 1e-3) for e in store.emotions]))
    return network


def facts(recipe: Recipe, store: Store, network: Network) -> dict[str, Any]:
    """What the weights' header tells of their training; nothing that differs from run to run."""
    return {
        "stages": {stage: recipe.steps[stage] for stage in recipe.stages},
        "minutes of speech": round(store.minutes, 1),
        "sentences": len(store.clips),
        "frames per second": str(NATIVE_RATE),
        "without": recipe.without,
        "seed": recipe.seed,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
    }
