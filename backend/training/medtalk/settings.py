"""How MEDTalk is trained: steps, sizes of batches and networks, and what may be left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backend.generators.medtalk.features import Sources

ABLATIONS = ("overlap", "cycle", "disentangle", "intensity", "text")  # the rows of the paper's table 3


@dataclass(frozen=True)
class Recipe:
    """A setting: steps and learning rate of every stage, sizes of batches (``frames`` at 60 per second), minutes of the corpus.

    What speaks learns from ``batch`` crops a step, each in ``versions`` of its emotions, with products of matrices in bfloat16; encoders
    and decoder, whose errors are finer than that, learn from ``quads`` in full precision. ``shape`` overrides sizes of the networks,
    ``without`` is one of :data:`ABLATIONS`. Guidance is learnt from so many ``texts`` of the grammar beside those of the presets, and
    from so many ``portraits`` where pictures are read by an encoder of images.
    """

    steps: Mapping[str, int]
    rate: float = 1e-3
    minutes: float = np.inf
    quads: int = 16
    frames: int = 24
    batch: int = 24
    crop: int = 96
    versions: int = 4
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
        {"self": 80, "overlap": 140, "cycle": 40, "content": 200, "intensity": 150, "guidance": 200, "together": 300},
        3e-3,
        minutes=2.0,
        quads=8,
        frames=16,
        batch=6,
        versions=3,
        shape=_TINY,
    ),
    "small": Recipe(
        {"self": 400, "overlap": 700, "cycle": 300, "content": 1000, "intensity": 500, "together": 1500},
        minutes=60.0,
        quads=12,
        batch=16,
        guided=False,
    ),
    "full": Recipe(
        {"self": 1000, "overlap": 2000, "cycle": 600, "content": 4000, "intensity": 1500, "guidance": 1000, "together": 5500},
        minutes=240.0,
        texts=6000,
    ),
}
