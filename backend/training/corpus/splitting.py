"""Who and what is kept apart: no voice and no sentence of one part is heard in another."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from backend.training.speech.voices import Voice

SPLITS = ("train", "valid", "test")
KEPT = 0.1  # of the people of a language group, for each of valid and test

# Voices that were made from the same person's recordings: CMU Arctic's SLT, and KAL.
_SAME_PERSON = {"festival-cmu_us_slt_arctic_hts": "flite-slt", "festival-kal_diphone": "flite-kal16"}


def person(voice: Voice) -> str:
    """Whose voice it is. eSpeak NG's are nobody's; each of its languages and accents counts as a person."""
    name = f"{voice.engine}-{voice.name}"
    return _SAME_PERSON.get(name, name)


def split_of_people(voices: Sequence[Voice], seed: int) -> dict[str, str]:
    """The split of every person behind the voices, a tenth of them (at least one, where there are three) for each of valid and test.

    English and all other languages are dealt apart, so that either can be measured.
    """
    dealt: dict[str, str] = {}
    for english in (True, False):
        people = {person(voice) for voice in voices if (voice.language == "en") == english}
        ranked = sorted(people, key=lambda name: _drawn(f"{seed}/{name}"))
        kept = max(1, round(KEPT * len(ranked))) if len(ranked) >= 3 else 0
        for place, name in enumerate(ranked):
            dealt[name] = "test" if place < kept else "valid" if place < 2 * kept else "train"
    return dealt


def split_of_text(text: str) -> str:
    """A sentence's split, by its words alone: a third of all sentences each, as there is no end of them."""
    return SPLITS[_drawn(said(text)) % len(SPLITS)]


def said(text: str) -> str:
    """The sentence without what is not heard: lower case, no punctuation, single blanks."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def leaks(clips: Iterable[tuple[str, str, str]]) -> set[str]:
    """Of clips as (speaker, text, split): every speaker and every sentence that is in more than one split."""
    seen: dict[str, set[str]] = {}
    for speaker, text, split in clips:
        seen.setdefault(f"speaker {speaker}", set()).add(split)
        seen.setdefault(f"sentence {said(text)}", set()).add(split)
    return {name for name, splits in seen.items() if len(splits) > 1}


def _drawn(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big")
