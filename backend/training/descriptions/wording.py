"""From a meaning to a sentence, in one of five registers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from backend.training.descriptions.grammar import Concept, Family, concepts, idioms, styles, words
from backend.training.descriptions.meaning import Meaning, contrary

REGISTERS = ("keywords", "plain", "director", "novel", "prompt")
_NEAR = 0.1  # words whose strength is this near to what is meant will do
_FEELINGS = ("feeling", "quality", "noun")
_FACES = ("said", "with", "does", "moved")
Item = TypeVar("Item")
_PRONOUNS = {"her": "her", "his": "him", "their": "them"}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text, the families whose words it uses, and its register."""

    text: str
    families: tuple[str, ...]
    register: str


def word(meaning: Meaning, chance: np.random.Generator, split: str, register: str = "") -> Wording:
    """Say a meaning with the words of a split, in a register of :data:`REGISTERS` or in any."""
    register = register or REGISTERS[int(chance.integers(len(REGISTERS)))]
    subject, their = _any(chance, styles()["people"]["subjects"])
    parts, families = _parts(meaning, chance, split)
    slots = parts | _feeling(meaning, chance, split)
    sentence = _sentence(meaning, chance, register, slots)
    slots |= {"subject": subject, "their": their, "them": _PRONOUNS[their]}
    text = _filled(sentence, slots)
    if meaning.timing:
        text = _timed(text, _any(chance, styles()["timing"][meaning.timing]["said"]), register)
    return Wording(_tidy(text), families, register)


def _sentence(meaning: Meaning, chance: np.random.Generator, register: str, slots: dict[str, str]) -> str:
    """A sentence that says all there is to say, and names nothing that is not there."""
    faces, named = bool(slots.get("said")), bool(meaning.emotions) and not meaning.idiom
    kind = "sentences" if faces and named else "felt" if named else "bare"
    open_ = [sentence for sentence in styles()[kind][register] if all(slots.get(slot.lower()) for slot in _slots(sentence))]
    # Where words of the right strength are of one kind only, the other kind's sentences drop out; keywords have one for each kind.
    return str(_any(chance, open_ or [s for s in styles()[kind]["keywords"] if all(slots.get(slot) for slot in _slots(s))]))


def _slots(sentence: str) -> list[str]:
    return [slot for slot in re.findall(r"{(\w+)}", sentence) if slot.lower() in (*_FEELINGS, *_FACES)]


def _parts(meaning: Meaning, chance: np.random.Generator, split: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is said of the face, in each form that all of it has."""
    told: list[tuple[Concept, Family, str, bool]] = []
    if meaning.idiom:
        told.append((idioms()[meaning.idiom], _any(chance, idioms()[meaning.idiom].of(split)), "plain", False))
    for part in meaning.parts:
        concept, measured = concepts()[part.concept], part.level != "plain"
        family = _any(chance, [family for family in concept.of(split) if family.fitting("said", measured)])
        told.append((concept, family, part.level, False))
    told = [told[i] for i in chance.permutation(len(told))]
    for name in meaning.denied:
        told.append((concepts()[name], _any(chance, concepts()[name].of(split)), "plain", contrary(meaning, name)))
    forms = {form: _listed([_said(item, form, chance) for item in told], form) for form in ("said", "with", "does")}
    forms["moved"] = forms["said"] if len(told) == 1 and not told[0][0].absent and not meaning.idiom else ""
    return forms, tuple(family.name for _, family, _, _ in told)


def _said(item: tuple[Concept, Family, str, bool], form: str, chance: np.random.Generator) -> str:
    """One thing in a form, or nothing where it has none."""
    _, family, level, but = item
    texts = family.fitting(form, level != "plain")
    if not texts:
        return ""
    measures = styles()["levels"][level]
    text = _any(chance, texts)
    for slot in ("how", "amount", "size"):
        text = text.replace(f"{{{slot}}}", _any(chance, measures[slot]))
    return f"but {text}" if but else text


def _listed(texts: list[str], form: str) -> str:
    """All in one phrase, or nothing where one is missing."""
    if not texts or not all(texts):
        return ""
    if form == "said":
        return ", ".join(texts)
    but = [text for text in texts if text.startswith("but ")]
    plain = [text for text in texts if text not in but]
    return " ".join([" and ".join(plain), *but]).strip()


def _feeling(meaning: Meaning, chance: np.random.Generator, split: str) -> dict[str, str]:
    """The feeling as an adjective phrase, as one before a noun, and as a noun phrase; empty where no word is of the right strength."""
    if not meaning.emotions or meaning.idiom:
        return {}
    if len(meaning.emotions) == 2:
        return _mixed(meaning, chance, split)
    label = next(iter(meaning.emotions))
    found = {kind: _near(label, kind, split, meaning.intensity) for kind in ("adjectives", "nouns")}
    adjectives, nouns = (_phrases(found[kind], form, chance) for kind, form in (("adjectives", "adjective"), ("nouns", "noun")))
    single = [text for text in adjectives if text.count(" ") <= (text.split()[0].endswith("ly") or text.startswith("very"))]
    return {name: _any(chance, texts) if texts else "" for name, texts in zip(_FEELINGS, (adjectives, single, nouns), strict=True)}


def _near(label: str, kind: str, split: str, strength: float) -> list[tuple[str, str]]:
    """Words with the degrees at which they are as strong as is meant."""
    degrees = styles()["degrees"]
    return [
        (word.text, degree)
        for word in words()[label].words[kind, split]
        for degree in (degrees if label != "neutral" else ("plain",))
        if abs(min(word.strength * float(degrees[degree]["factor"]), 1.0) - strength) <= _NEAR
        and not (word.strength > 0.9 and degree == "strong")
        and not (kind == "nouns" and degree != "plain" and word.text.startswith(("a ", "an ", "the ")))
    ]


def _phrases(found: Sequence[tuple[str, str]], form: str, chance: np.random.Generator) -> list[str]:
    return [f"{_any(chance, styles()['degrees'][degree][form])} {text}".strip() for text, degree in found]


def _mixed(meaning: Meaning, chance: np.random.Generator, split: str) -> dict[str, str]:
    (first, share), (second, _) = meaning.emotions.items()
    kinds = styles()["mixtures"].values()
    kind = next(kind for kind in kinds if abs(float(kind["share"]) - share) < 1e-6)
    found = {}
    for name, form in (("feeling", "adjectives"), ("noun", "nouns")):
        one, other = (_any(chance, _closest(label, form, split, meaning.intensity)) for label in (first, second))
        found[name] = _any(chance, kind[name]).replace("{a}", one).replace("{b}", other)
    return found | {"quality": ""}


def _closest(label: str, kind: str, split: str, strength: float) -> list[str]:
    """The words nearest to a strength; a mixture's own is that of its parts, so no single word has it exactly."""
    choice = words()[label].words[kind, split]
    nearest = min(abs(word.strength - strength) for word in choice)
    return [word.text for word in choice if abs(word.strength - strength) <= nearest + _NEAR]


def _filled(sentence: str, slots: dict[str, str]) -> str:
    """The sentence with its slots filled; a slot in capitals begins with one."""
    for _ in range(2):  # what is filled in may have {their} in it
        for name, text in slots.items():
            sentence = sentence.replace(f"{{{name}}}", text).replace(f"{{{name.capitalize()}}}", text[:1].upper() + text[1:])
    return sentence


def _timed(text: str, when: str, register: str) -> str:
    if register == "director" and text.endswith("."):
        return f"{text} {when[0].upper()}{when[1:]}."
    return f"{text[:-1]}, {when}." if text.endswith(".") else f"{text}, {when}"


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.])", r"\1", text).replace("with with ", "with ")
    return re.sub(r"\b([Aa]) (?=[aeiou](?!ne\b|ni))", r"\1n ", text)


def _any(chance: np.random.Generator, choice: Sequence[Item]) -> Item:
    return choice[int(chance.integers(len(choice)))]
