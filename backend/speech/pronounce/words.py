"""A word and the ways in which it may be said."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.speech.inventory import VOWELS

VARIANTS = 4  # of one word at most; an aligner pays for each


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Phones of ``inventory.PHONES``, and for each a stress: 1 primary, 2 secondary, 0 none. Only vowels carry stress."""

    phones: tuple[str, ...]
    stresses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word, lower case, without blanks, and how it may be said: at least one way, at most ``VARIANTS``, likeliest first."""

    text: str
    variants: tuple[Pronunciation, ...]


def pronunciation(sounds: Iterable[tuple[str, int]]) -> Pronunciation:
    """From phones with their stress; what is no vowel loses it, so does silence nothing at all."""
    known = [(phone, stress if phone in VOWELS else 0) for phone, stress in sounds]
    return Pronunciation(tuple(phone for phone, _ in known), tuple(stress for _, stress in known))


def distinct(variants: Iterable[Pronunciation]) -> tuple[Pronunciation, ...]:
    """The first ``VARIANTS`` that differ in their phones and have any."""
    by_phones: dict[tuple[str, ...], Pronunciation] = {}
    for variant in variants:
        if variant.phones:
            by_phones.setdefault(variant.phones, variant)
    return tuple(by_phones.values())[:VARIANTS]
