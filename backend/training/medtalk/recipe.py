"""MEDTalk's recipe: its stages in the paper's order, each of which goes on where it was cut off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.errors import InputError, unknown
from backend.generators.medtalk.features import AFFECT, CUES, EAR, LANDMARKS, NATIVE_RATE, SHIPPED_WORDS, VOICE, Sources
from backend.generators.medtalk.network import NEUTRAL, Network, Shape
from backend.generators.medtalk.stored import Trained, save
from backend.motion.arkit import APPLE_52
from backend.speech.inventory import PHONES
from backend.training.medtalk import losses
from backend.training.medtalk.data import Store, Words, prepare
from backend.training.medtalk.draws import lines, quads
from backend.training.medtalk.guides import Guidance
from backend.training.trainer import Ahead, Schedule
from backend.training.trainer import train as minimise

ABLATIONS = ("overlap", "cycle", "disentangle", "intensity", "text")  # the rows of the paper's table 3
FORCED = 0.5  # share of lines whose emotion takes its norm from the truth
BROAD, ALIGN = 64, 0.1  # texts and pictures that each step puts into the label space, and what that counts beside the motion
LABELLED = 0.34  # share of lines that are guided by their label while the projections are learnt, so that E_fuse keeps it

Progress = Callable[[float], None]
Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Recipe:
    """A setting: steps and learning rate of every stage, sizes of batches (``frames`` at 60 per second), minutes of the corpus.

    ``shape`` overrides sizes of the networks, ``without`` is one of :data:`ABLATIONS`. Guidance is learnt from so many ``texts`` of the
    grammar beside those of the presets, and from so many ``portraits`` where pictures are read by an encoder of images.
    """

    steps: Mapping[str, int]
    rate: float = 1e-3
    minutes: float = np.inf
    quads: int = 16
    frames: int = 24
    batch: int = 12
    crop: int = 192
    shape: Mapping[str, Any] = field(default_factory=dict)
    sources: Sources = field(default_factory=Sources)
    without: str = ""
    guided: bool = True
    texts: int = 0
    portraits: int = 600
    seed: int = 0

    @property
    def stages(self) -> tuple[str, ...]:
        """What is trained, in order."""
        if self.without == "disentangle":
            first: tuple[str, ...] = ("together",)
        else:
            first = (*(s for s in ("self", "overlap", "cycle") if s != self.without), "content", "intensity")
        return (*first, "guidance") if self.guided else first


_TINY = {"hidden": 64, "latent": 32, "sound": 48, "dilations": (1, 2), "feeling": 32, "feeling_dilations": (1, 2)}
RECIPES = {
    "tiny": Recipe(
        {"self": 80, "overlap": 140, "cycle": 40, "content": 150, "intensity": 150, "guidance": 200, "together": 300},
        3e-3,
        minutes=2.0,
        quads=8,
        frames=16,
        batch=6,
        crop=96,
        shape=_TINY,
    ),
    "small": Recipe(
        {"self": 400, "overlap": 700, "cycle": 300, "content": 1000, "intensity": 500, "guidance": 300, "together": 1500},
        minutes=60.0,
        quads=12,
        batch=8,
        crop=128,
        texts=2000,
    ),
    "full": Recipe(
        {"self": 1000, "overlap": 2000, "cycle": 600, "content": 2500, "intensity": 1500, "guidance": 1000, "together": 4000},
        minutes=240.0,
        texts=6000,
    ),
}


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
        loss, parts = _stage(recipe, stage, store, network, guidance, device)
        freeze(network, parts)
        check = _check(recipe, stage, kept, network, guidance, device) if kept else lambda _: {}
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


def freeze(network: Network, parts: Sequence[nn.Module | nn.Parameter]) -> None:
    """Leave only the ``parts`` to be trained."""
    network.requires_grad_(False)
    for part in parts:
        part.requires_grad_(True)


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


Loss = Callable[[nn.Module, int], Tensor]
Parts = list[nn.Module | nn.Parameter]


def _stage(recipe: Recipe, stage: str, store: Store, network: Network, guidance: Guidance, device: str) -> tuple[Loss, Parts]:
    """A stage's loss and the parts of the network that it trains."""
    if stage in ("self", "overlap", "cycle"):
        return _exchanging(recipe, stage, store, device), [network.emotion_encoder, network.content_encoder, network.decoder]
    if stage == "guidance":
        return _guiding(recipe, store, guidance, device), [network.text_projection, network.image_projection, network.fusion]
    felt: Parts = [network.intensity_model, network.codes, network.fusion]
    parts: dict[str, Parts] = {
        "content": [network.content_map],
        "intensity": felt,
        "together": [network.content_map, network.decoder, *felt],
    }
    return _speaking(recipe, stage, store, device), parts[stage]


def _exchanging(recipe: Recipe, stage: str, store: Store, device: str) -> Loss:
    # Each phase keeps the losses of those before it: what is learnt in order is not to be forgotten in order.
    phases = {"self": ("self",), "overlap": ("self", "overlap"), "cycle": ("self", "overlap", "cycle")}[stage]
    draws = Ahead(lambda step: quads(store, _chance(recipe, stage, step), recipe.quads, recipe.frames, device))

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Network)
        drawn = draws(step)
        total = losses.self_reconstruction(network, drawn.motion)
        if "overlap" in phases and recipe.without != "overlap":
            total = total + losses.overlap_exchange(network, drawn)
        if "cycle" in phases:
            total = total + losses.cycle_exchange(network, drawn.motion[:, 0, 0], drawn.motion[:, 1, 1])
        return total

    return loss


def _speaking(recipe: Recipe, stage: str, store: Store, device: str) -> Loss:
    draws = Ahead(lambda step: lines(store, _chance(recipe, stage, step), recipe.batch, recipe.crop, device))

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Network)
        drawn = draws(step)
        if stage == "content":
            return losses.content_mapping(network, drawn)
        forced = torch.from_numpy(_chance(recipe, "forced", step).random(recipe.batch) < FORCED).to(device)
        return losses.fusion(network, drawn, forced, apart=stage != "together")

    return loss


def _guiding(recipe: Recipe, store: Store, guidance: Guidance, device: str) -> Loss:
    draws = Ahead(lambda step: lines(store, _chance(recipe, "guidance", step), recipe.batch, recipe.crop, device))

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Network)
        drawn, chance = draws(step), _chance(recipe, "guides", step)
        label = drawn.label.cpu().numpy()
        said = torch.from_numpy(guidance.texts.draw(label, chance)).to(device)
        shown = torch.from_numpy(guidance.seen(label, drawn.peak.cpu().numpy(), chance)).to(device)
        unit = nn.functional.normalize(network.label_codes().detach(), dim=-1)
        codes = torch.stack([unit[drawn.label], network.text_projection(said), network.image_projection(shown)])
        kind = torch.from_numpy(chance.choice(3, recipe.batch, p=[LABELLED, (1 - LABELLED) / 2, (1 - LABELLED) / 2])).to(device)
        forced = torch.from_numpy(chance.random(recipe.batch) < FORCED).to(device)
        codes = codes[kind, torch.arange(recipe.batch, device=device)]
        total = losses.fusion(network, drawn, forced, codes, apart=recipe.without != "disentangle")
        for projection, (features, shares) in (
            (network.text_projection, guidance.some_texts(BROAD, chance)),
            (network.image_projection, guidance.some_pictures(BROAD, chance)),
        ):
            wanted = in_label_space(torch.from_numpy(shares).to(device), unit)
            total = total + ALIGN * losses.alignment(projection(torch.from_numpy(features).to(device)), wanted)
        return total

    return loss


def in_label_space(shares: Tensor, unit: Tensor) -> Tensor:
    """Where a mixture ``shares [B, labels]`` belongs among the labels' unit codes ``[labels, latent]``, ``[B, latent]``.

    As long as the sum of its shares, neutral left out, whose code is the origin.
    """
    felt = shares @ (torch.linalg.vector_norm(unit, dim=-1) > 0).float()
    wanted: Tensor = nn.functional.normalize(shares @ unit, dim=-1) * felt[:, None]
    return wanted


def _check(
    recipe: Recipe, stage: str, kept: Store, network: Network, guidance: Guidance, device: str
) -> Callable[[nn.Module], dict[str, float]]:
    """The stage's own loss on clips that it never learns from: the same ones every time."""
    if not {*kept.emotions} <= {*network.shape.labels}:
        return lambda _: {}
    same = Store(kept.clips, network.shape.labels)
    loss, _ = _stage(recipe, stage, same, network, guidance, device)

    def check(model: nn.Module) -> dict[str, float]:
        with torch.no_grad():
            return {"kept": round(float(np.mean([float(loss(model, step)) for step in range(4)])), 6)}

    return check


def _chance(recipe: Recipe, part: str, step: int) -> np.random.Generator:
    return np.random.default_rng([recipe.seed, step, *part.encode()])
