"""The stages of MEDTalk's training: what each minimises, and which parts of the network it trains."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from backend.generators.medtalk.network import Network
from backend.training.medtalk import losses
from backend.training.medtalk.data import Store
from backend.training.medtalk.draws import Lines, lines, quads
from backend.training.medtalk.guides import Guidance
from backend.training.medtalk.settings import Recipe
from backend.training.trainer import Ahead

FORCED = 0.5  # share of lines whose emotion takes its norm from the truth
BROAD, ALIGN = 256, 1.0  # texts and pictures that each step puts into the label space, and what that counts beside the motion
LABELLED = 0.34  # share of lines that are guided by their label while the projections are learnt, so that E_fuse keeps it


Loss = Callable[[nn.Module, int], Tensor]
Parts = list[nn.Module | nn.Parameter]


def stage_of(recipe: Recipe, stage: str, store: Store, network: Network, guidance: Guidance, device: str) -> tuple[Loss, Parts]:
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
    draws = _spoken(recipe, stage, store, device)

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Network)
        drawn = draws(step)
        if stage == "content":
            return losses.content_mapping(network, drawn)
        forced = torch.from_numpy(_chance(recipe, "forced", step).random(len(drawn.label)) < FORCED).to(device)
        return losses.fusion(network, drawn, forced, apart=stage != "together")

    return _short(loss, device)


def _short(loss: Loss, device: str) -> Loss:
    """A loss whose products of matrices are in bfloat16: far finer than what is lost here, and half the time on processors that know it."""

    def short(network: nn.Module, step: int) -> Tensor:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            return loss(network, step)

    return short


def _spoken(recipe: Recipe, stage: str, store: Store, device: str) -> Ahead[Lines]:
    return Ahead(lambda step: lines(store, _chance(recipe, stage, step), recipe.batch, recipe.crop, recipe.versions, device))


def _guiding(recipe: Recipe, store: Store, guidance: Guidance, device: str) -> Loss:
    draws = _spoken(recipe, "guidance", store, device)

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Network)
        drawn, chance = draws(step), _chance(recipe, "guides", step)
        label = drawn.label.cpu().numpy()
        said = torch.from_numpy(guidance.texts.draw(label, chance)).to(device)
        shown = torch.from_numpy(guidance.seen(label, drawn.peak.cpu().numpy(), chance)).to(device)
        unit = nn.functional.normalize(network.label_codes().detach(), dim=-1)
        codes = torch.stack([unit[drawn.label], network.text_projection(said), network.image_projection(shown)])
        kind = torch.from_numpy(chance.choice(3, len(label), p=[LABELLED, (1 - LABELLED) / 2, (1 - LABELLED) / 2])).to(device)
        forced = torch.from_numpy(chance.random(len(label)) < FORCED).to(device)
        codes = codes[kind, torch.arange(len(label), device=device)]
        total = losses.fusion(network, drawn, forced, codes, apart=recipe.without != "disentangle")
        for projection, (features, shares) in (
            (network.text_projection, guidance.some_texts(BROAD, chance)),
            (network.image_projection, guidance.some_pictures(BROAD, chance)),
        ):
            wanted = in_label_space(torch.from_numpy(shares).to(device), unit)
            total = total + ALIGN * losses.alignment(projection(torch.from_numpy(features).to(device)).float(), wanted)
        return total

    return _short(loss, device)


def in_label_space(shares: Tensor, unit: Tensor) -> Tensor:
    """Where a mixture ``shares [B, labels]`` belongs among the labels' unit codes ``[labels, latent]``, ``[B, latent]``.

    As long as the sum of its shares, neutral left out, whose code is the origin.
    """
    felt = shares @ (torch.linalg.vector_norm(unit, dim=-1) > 0).float()
    wanted: Tensor = nn.functional.normalize(shares @ unit, dim=-1) * felt[:, None]
    return wanted


def check_of(
    recipe: Recipe, stage: str, kept: Store, network: Network, guidance: Guidance, device: str
) -> Callable[[nn.Module], dict[str, float]]:
    """The stage's own loss on clips that it never learns from: the same ones every time."""
    if not {*kept.emotions} <= {*network.shape.labels}:
        return lambda _: {}
    same = Store(kept.clips, network.shape.labels)
    loss, _ = stage_of(recipe, stage, same, network, guidance, device)

    def check(model: nn.Module) -> dict[str, float]:
        with torch.no_grad():
            return {"kept": round(float(np.mean([float(loss(model, step)) for step in range(4)])), 6)}

    return check


def freeze(network: Network, parts: Sequence[nn.Module | nn.Parameter]) -> None:
    """Leave only the ``parts`` to be trained."""
    network.requires_grad_(False)
    for part in parts:
        part.requires_grad_(True)


def _chance(recipe: Recipe, part: str, step: int) -> np.random.Generator:
    return np.random.default_rng([recipe.seed, step, *part.encode()])
