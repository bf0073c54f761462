"""One trainer for every network in the house: resumable, seeded, its progress on disk."""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: a rise, a plateau, and a straight fall to nothing over the last ``cooling`` share (Hu et al. 2024)."""

    steps: int
    rate: float
    rise: int = 200
    cooling: float = 0.25
    decay: float = 0.01
    average: float = 0.998
    every: int = 200

    def at(self, step: int) -> float:
        """The learning rate of a step."""
        fall = max((self.steps - step) / max(self.cooling * self.steps, 1), 0)
        return self.rate * min(1.0, (step + 1) / self.rise, fall)


class Ahead(Generic[Drawn]):
    """What ``draw(step)`` gives, with the next step's drawn in the background meanwhile."""

    def __init__(self, draw: Callable[[int], Drawn]) -> None:
        self._draw, self._next = draw, dict[int, Future[Drawn]]()
        self._hand = ThreadPoolExecutor(1)

    def __call__(self, step: int) -> Drawn:
        here = self._next.pop(step, None) or self._hand.submit(self._draw, step)
        self._next = {step + 1: self._hand.submit(self._draw, step + 1)}
        return here.result()


def train(
    model: nn.Module,
    loss: Callable[[nn.Module, int], Tensor],
    schedule: Schedule,
    folder: Path,
    check: Callable[[nn.Module], dict[str, float]] = lambda _: {},
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> nn.Module:
    """Minimise ``loss(model, step)`` and return the running average of the model.

    ``loss`` draws its data from the step's number, so that a training which was cut off goes on from its
    last checkpoint in ``folder`` as if nothing had happened. ``log.jsonl`` there gets a line for each
    checkpoint, with what ``check`` measures on the averaged model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    averaging = torch.optim.swa_utils.get_ema_multi_avg_fn(schedule.average)  # type: ignore[no-untyped-call]
    averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=averaging)
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.rate, betas=(0.9, 0.98), weight_decay=schedule.decay)
    first = _resume(folder / "checkpoint.pt", model, averaged, optimizer)
    begun, losses = time.monotonic(), list[float]()
    for step in range(first, schedule.steps):
        torch.manual_seed(hash((seed, step)) % 2**31)  # dropout, from the step alone
        for group in optimizer.param_groups:
            group["lr"] = schedule.at(step)
        value = loss(model.train(), step)
        optimizer.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        averaged.update_parameters(model)
        losses.append(float(value.detach()))
        progress((step + 1) / schedule.steps)
        if (step + 1) % schedule.every == 0 or step + 1 == schedule.steps:
            _keep(folder / "checkpoint.pt", step + 1, model, averaged, optimizer)
            measured = check(averaged.module.eval())
            line = {"step": step + 1, "loss": sum(losses) / len(losses), "seconds": round(time.monotonic() - begun, 1), **measured}
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            losses.clear()
    return averaged.module.eval()


def _keep(path: Path, step: int, model: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    part = path.with_suffix(".part")
    torch.save({"step": step, "model": model.state_dict(), "averaged": averaged.state_dict(), "optimizer": optimizer.state_dict()}, part)
    part.replace(path)


def _resume(path: Path, model: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    model.load_state_dict(state["model"])
    averaged.load_state_dict(state["averaged"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
