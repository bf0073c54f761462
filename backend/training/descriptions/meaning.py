"""What a description is going to say, before there are words for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from backend.training.descriptions.grammar import Concept, concepts, idioms, styles, words
from backend.training.descriptions.units import exclude, explained, felt, joined, strong

# Shares of descriptions that are an idiom, name one feeling, two feelings, or none.
_KINDS, _CHANCES = ("idiom", "one", "two", "bare"), (0.15, 0.45, 0.2, 0.2)
_PARTS = (0.25, 0.4, 0.25, 0.1)  # that say nothing, one, two or three things of the face
_DENIES, _TIMED, _MEASURED = 0.2, 0.25, 0.45
_FITS = 0.75  # of the parts belong to the emotion
_AGAINST = 0.25  # of what is denied may be what the emotion would show: "happy, but no smile"
_SHOWN = 0.3

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing said of the face: a concept of ``regions.toml`` and a measure of ``styles.toml``."""

    concept: str
    level: str = "plain"


@dataclass(frozen=True)
class Meaning:
    """Emotions by weight, how strongly (0 to 1), what is said and denied of the face, when.

    Two meanings that are equal are said in the same words or in others.
    """

    emotions: Mapping[str, float] = field(default_factory=dict)
    intensity: float = 0.0
    idiom: str = ""
    parts: tuple[Part, ...] = ()
    denied: tuple[str, ...] = ()
    timing: str = ""

    @property
    def stated(self) -> dict[str, float]:
        """Units with a side that words for parts of the face name, at their measure; nought for those denied."""
        found: dict[str, float] = {}
        for part in self.parts:
            share = float(styles()["levels"][part.level]["share"])
            found |= {unit: min(value * share, 1.0) for unit, value in concepts()[part.concept].sides.items()}
        if self.idiom:
            found = dict(idioms()[self.idiom].sides) | found
        return found | {f"{unit}{side}": 0.0 for name in self.denied for unit in concepts()[name].absent for side in "LR"}

    @property
    def units(self) -> dict[str, float]:
        """The whole face: what is stated, and what the emotions show where nothing stated speaks against it. As presets write units."""
        said = self.stated
        implied = {
            unit: value
            for unit, value in felt(self.emotions, self.intensity).items()
            if not exclude([unit], [other for other, height in said.items() if height > 0])
        }
        return joined(implied | said)

    @property
    def mixture(self) -> dict[str, float]:
        """Labels and weights: those named, or the ones that explain the units best where none is."""
        return dict(self.emotions) or explained(self.units)


def draw(chance: np.random.Generator, split: str) -> Meaning:
    """A meaning that can be said with the words of a split."""
    kind = str(chance.choice(_KINDS, p=_CHANCES))
    count = int(chance.choice(len(_PARTS), p=_PARTS))
    if kind == "idiom":
        idiom = _one(chance, [idiom for idiom in idioms().values() if idiom.of(split)])
        meaning = Meaning(idiom.emotions, idiom.intensity, idiom.name)
        count = min(count, 1)
    elif kind == "bare":
        meaning, count = Meaning(), max(count, 1)
    else:
        meaning = _feeling(chance, split, two=kind == "two")
    meaning = _with_parts(chance, split, meaning, count)
    denied = _denied(chance, split, meaning) if chance.random() < _DENIES else ()
    timing = str(_one(chance, list(styles()["timing"]))) if chance.random() < _TIMED else ""
    height = meaning.intensity or max(meaning.stated.values(), default=0.0)
    return Meaning(meaning.emotions, height, meaning.idiom, meaning.parts, denied, timing)


def _feeling(chance: np.random.Generator, split: str, two: bool) -> Meaning:
    labels = [str(label) for label in chance.permutation([label for label in words() if _said(label, split)])]
    if not two:
        return Meaning({labels[0]: 1.0}, _strength(chance, split, labels[0], degrees=True))
    feelings = [label for label in labels if label != "neutral"]
    other = next(label for label in feelings[1:] if not exclude(strong({feelings[0]: 1.0}), strong({label: 1.0})))
    share = float(styles()["mixtures"][_one(chance, list(styles()["mixtures"]))]["share"])
    first, second = (_strength(chance, split, label, degrees=False) for label in (feelings[0], other))
    return Meaning({feelings[0]: share, other: round(1 - share, 3)}, round(share * first + (1 - share) * second, 3))


def _said(label: str, split: str) -> bool:
    return all(words()[label].words[kind, split] for kind in ("adjectives", "nouns"))


def _strength(chance: np.random.Generator, split: str, label: str, degrees: bool) -> float:
    kind = _one(chance, ["adjectives", "nouns"])
    word = _one(chance, words()[label].words[kind, split])
    plain = not degrees or label == "neutral" or chance.random() < 0.5
    degree = "plain" if plain else _one(chance, list(styles()["degrees"]))
    return float(min(word.strength * float(styles()["degrees"][degree]["factor"]), 1.0))


def _with_parts(chance: np.random.Generator, split: str, meaning: Meaning, count: int) -> Meaning:
    said = dict(idioms()[meaning.idiom].sides) if meaning.idiom else {}
    own, core, parts, regions = felt(meaning.emotions, 1.0), strong(meaning.emotions), list[Part](), set[str]()
    open_ = [c for c in concepts().values() if c.units and c.of(split) and not exclude(c.sides, core)]
    while len(parts) < count:
        fit = [c for c in open_ if all(own.get(unit, 0) >= _SHOWN for unit in c.sides)]
        choice = fit if fit and chance.random() < _FITS else open_
        choice = [c for c in choice if c.region not in regions and not exclude(c.sides, said) and not set(c.sides) & set(said)]
        if not choice:
            break
        concept = _one(chance, choice)
        parts.append(Part(concept.name, _level(chance, concept, split)))
        regions.add(concept.region)
        said = {**said, **concept.sides}
    if meaning.emotions.get("neutral"):
        parts = []
    return Meaning(meaning.emotions, meaning.intensity, meaning.idiom, tuple(parts))


def _level(chance: np.random.Generator, concept: Concept, split: str) -> str:
    measured = any(family.fitting("said", True) for family in concept.of(split))
    levels = [level for level in styles()["levels"] if level != "plain"]
    return str(_one(chance, levels)) if measured and chance.random() < _MEASURED else "plain"


def _denied(chance: np.random.Generator, split: str, meaning: Meaning) -> tuple[str, ...]:
    said, against = set(meaning.stated), chance.random() < _AGAINST
    own = felt(meaning.emotions, 1.0)
    choice = []
    for concept in concepts().values():
        gone = {f"{unit}{side}" for unit in concept.absent for side in "LR"}
        shown = [unit for unit in gone if own.get(unit, 0) >= _SHOWN]
        left = [unit for unit, value in own.items() if value >= 0.4 and unit not in gone]
        if gone and concept.of(split) and not gone & said and bool(shown) == against and (not against or left):
            choice.append(concept.name)
    return (_one(chance, choice),) if choice else ()


def contrary(meaning: Meaning, name: str) -> bool:
    """Whether what is denied is what the emotion would show."""
    own = felt(meaning.emotions, 1.0)
    return any(own.get(f"{unit}{side}", 0) >= _SHOWN for unit in concepts()[name].absent for side in "LR")


def _one(chance: np.random.Generator, choice: Sequence[Item]) -> Item:
    return choice[int(chance.integers(len(choice)))]
