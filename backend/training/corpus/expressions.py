"""Faces that move without speaking, beside the sentences."""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from backend.emotion.presets import emotions
from backend.motion import Motion, Rate

MODULE = "backend.training.expressions"
VARIANTS, FEW = 12, 3
LENGTHS = (1.8, 4.5)  # s


@dataclass(frozen=True, slots=True)
class Sequences:
    """Every intensity of so many variants of an emotion."""

    emotion: str
    variants: int
    seed: int

    @property
    def name(self) -> str:
        return f"expressions/{self.emotion}"


def sequences(seed: int, tiny: bool) -> list[Sequences]:
    """One piece of work for every emotion preset; none where the part that performs them is not there."""
    if find_spec(MODULE) is None:
        return []
    return [Sequences(emotion, FEW if tiny else VARIANTS, seed) for emotion in emotions()]


def make_sequences(job: Sequences, rate: Rate) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each sequence's entry in the manifest and its file."""
    from safetensors.numpy import save

    perform: Callable[..., Motion] = import_module(MODULE).expression_sequence
    for variant in range(job.variants):
        for intensity in (1, 2, 3):
            name = f"{job.emotion}-{intensity}-{variant:02d}"
            random = np.random.default_rng([job.seed, zlib.crc32(name.encode())])
            seed, seconds = int(random.integers(2**31)), float(random.uniform(*LENGTHS))
            motion = perform(job.emotion, intensity, variant, seed, rate, seconds)
            told = {"emotion": job.emotion, "intensity": intensity, "variant": variant, "split": _split(variant, job.variants)}
            entry = {"id": name, **told, "seconds": round(motion.duration, 4), "file": f"expressions/{name}.safetensors"}
            yield entry, save({"motion": motion.values.astype(np.float16)}, {"expression": json.dumps(told)})


def _split(variant: int, variants: int) -> str:
    """The last variant is kept for testing, the one before for validation."""
    return {variants - 1: "test", variants - 2: "valid"}.get(variant, "train")
