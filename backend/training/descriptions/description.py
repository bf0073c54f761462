"""Descriptions: drawn from a seed, worded, and now and then misspelt."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from backend.errors import InputError, unknown
from backend.training.descriptions.grammar import SPLITS
from backend.training.descriptions.meaning import Meaning, draw
from backend.training.descriptions.typos import misspelt
from backend.training.descriptions.units import joined
from backend.training.descriptions.wording import REGISTERS, word


@dataclass(frozen=True)
class Description:
    """A text and what it means.

    ``units`` are the action units of the whole face (as presets write them, 0 to 1), ``emotions`` labels with weights that sum to one,
    ``intensity`` how strongly, 0 to 1. ``stated`` are the units that words for parts of the face name, ``denied`` those that the text
    says are not there. ``timing`` is an entry of ``styles.toml`` or empty. ``families`` name the wordings, ``meaning`` is what was
    to be said.
    """

    text: str
    units: Mapping[str, float]
    emotions: Mapping[str, float]
    intensity: float
    stated: Mapping[str, float]
    denied: tuple[str, ...]
    timing: str
    register: str
    families: tuple[str, ...]
    split: str
    meaning: Meaning


def description(seed: int, split: str = "train", typos: float = 0.0, register: str = "") -> Description:
    """The description of a seed.

    ``typos`` is the share of longer words that are misspelt. ``register`` is one of ``REGISTERS``, or empty for any.

    Raises:
        InputError: an unknown split or register, or a share outside 0 to 1.
    """
    _check(split, typos, register)
    chance = np.random.default_rng([seed, SPLITS.index(split), 0])
    return _described(draw(chance, split), chance, split, typos, register)


def paraphrase(meaning: Meaning, seed: int, split: str = "train", typos: float = 0.0, register: str = "") -> Description:
    """The same meaning in the words that another seed chooses. Raises as :func:`description` does."""
    _check(split, typos, register)
    return _described(meaning, np.random.default_rng([seed, SPLITS.index(split), 1]), split, typos, register)


def _described(meaning: Meaning, chance: np.random.Generator, split: str, typos: float, register: str) -> Description:
    wording = word(meaning, chance, split, register)
    stated = meaning.stated
    return Description(
        text=misspelt(wording.text, typos, chance),
        units=meaning.units,
        emotions=meaning.mixture,
        intensity=meaning.intensity,
        stated=joined(stated),
        denied=tuple(sorted({unit[:-1] for unit, value in stated.items() if value == 0}, key=lambda unit: int(unit[2:]))),
        timing=meaning.timing,
        register=wording.register,
        families=wording.families,
        split=split,
        meaning=meaning,
    )


def _check(split: str, typos: float, register: str) -> None:
    if split not in SPLITS:
        raise InputError(unknown("split", split, SPLITS))
    if register and register not in REGISTERS:
        raise InputError(unknown("register", register, REGISTERS))
    if not 0 <= typos <= 1:
        raise InputError(f"a share of {typos:g} typos is out of range: give one from 0 to 1.")
