"""The words: what the data files beside this one hold, checked once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from backend.emotion.presets import emotion
from backend.errors import InputError, unknown
from backend.generators.procedural.tables import action_units
from backend.training.descriptions.units import sided

SPLITS = ("train", "held")
SLOTS = ("{how}", "{amount}", "{size}")


@dataclass(frozen=True)
class Family:
    """Wordings with the same words: ``said`` on its own, ``with`` after "with", ``does`` after he or she.

    ``split`` says where they are used; one of ``marks`` is in every wording that is kept out of training.
    """

    name: str
    split: str
    forms: Mapping[str, tuple[str, ...]]
    marks: tuple[str, ...] = ()

    def fitting(self, form: str, measured: bool) -> tuple[str, ...]:
        """The wordings of a form that can carry a measure, or all of them where none is asked for."""
        return tuple(text for text in self.forms.get(form, ()) if not measured or any(slot in text for slot in SLOTS))


@dataclass(frozen=True)
class Concept:
    """What a phrase says: action units at full measure, those that it denies, the emotions it means (an idiom)."""

    name: str
    region: str
    units: Mapping[str, float] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    emotions: Mapping[str, float] = field(default_factory=dict)
    intensity: float = 0.0
    families: tuple[Family, ...] = ()

    @cached_property
    def sides(self) -> Mapping[str, float]:
        """The units written out for left and right."""
        return sided(self.units)

    def of(self, split: str) -> tuple[Family, ...]:
        return tuple(family for family in self.families if family.split == split)


@dataclass(frozen=True, slots=True)
class Word:
    """A word for a feeling and how strong it is by itself, 0 to 1."""

    text: str
    strength: float


@dataclass(frozen=True)
class Words:
    """The words for one emotion, by kind (``adjectives``, ``nouns``) and split."""

    label: str
    words: Mapping[tuple[str, str], tuple[Word, ...]]


@cache
def concepts() -> Mapping[str, Concept]:
    """Phrases about parts of the face, and what they deny.

    Raises:
        InputError: an entry cannot be meant; says which and why.
    """
    return {name: _concept("regions.toml", name, table) for name, table in _table("regions.toml").items()}


@cache
def idioms() -> Mapping[str, Concept]:
    """Phrases that say a feeling and a face at once. Raises as :func:`concepts` does."""
    return {name: _concept("idioms.toml", name, table) for name, table in _table("idioms.toml").items()}


@cache
def words() -> Mapping[str, Words]:
    """Words for every emotion that has any. Raises as :func:`concepts` does."""
    found = {}
    for label, table in _table("emotions.toml").items():
        kinds = {}
        for kind in ("adjectives", "nouns"):
            kinds[kind, "train"] = tuple(_word(text) for text in table[kind])
            kinds[kind, "held"] = tuple(_word(text) for text in table.get("held", {}).get(kind, ()))
        found[emotion(label).name] = Words(label, kinds)
    return found


@cache
def styles() -> Mapping[str, Any]:
    """Levels, degrees, timing, people, mixtures and sentences, as the file has them."""
    return _table("styles.toml")


def _word(text: str) -> Word:
    word, at, strength = text.partition("@")
    return Word(word, float(strength) if at else 0.7)


def _concept(file: str, name: str, table: Mapping[str, Any]) -> Concept:
    units = table.get("units", {})
    for unit in (*units, *table.get("absent", ())):
        if unit not in action_units():
            raise InputError(f"{file}: [{name}] names an {unknown('action unit', unit, action_units())}")
    feelings = {emotion(label).name: float(weight) for label, weight in table.get("emotions", {}).items()}
    if feelings and abs(sum(feelings.values()) - 1) > 1e-6:
        raise InputError(f"{file}: the emotions of [{name}] do not sum to one. Mend their weights.")
    families = table.get("family") or [{**table, "name": name}]
    return Concept(
        name=name,
        region=table.get("region", "idiom"),
        units={unit: float(value) for unit, value in units.items()},
        absent=tuple(table.get("absent", ())),
        emotions=feelings,
        intensity=float(table.get("intensity", 0.0)),
        families=tuple(_family(file, name, family) for family in families),
    )


def _family(file: str, concept: str, table: Mapping[str, Any]) -> Family:
    forms = {form: tuple(table[form]) for form in ("said", "with", "does") if form in table}
    if not forms.get("said"):
        raise InputError(f"{file}: [{concept}] has a family without anything said. Add said = [...].")
    split, marks = SPLITS[bool(table.get("held", False))], tuple(table.get("marks", ()))
    if split == "held" and not marks:
        raise InputError(f"{file}: [{concept}] has a family that is held out without marks. Name the words that training lacks.")
    return Family(f"{concept}: {table['name']}", split, forms, marks)


def _table(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((files("backend.training.descriptions") / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{name} of the descriptions cannot be read: {error}. Mend or restore it.") from error
