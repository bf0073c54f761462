"""How a script is read: words, pronunciations, stress."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.speech.script import looks_english, spoken_words
from tests.speech.arpabet import CONSONANTS, VOWELS


def texts(script: str) -> list[str]:
    return [word.text for word in spoken_words(script)]


def said(script: str) -> str:
    return " ".join(phone for word in spoken_words(script) for phone in word.phones)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("Don’t — “stop”!", ["don't", "stop"]),
        ("Don't 'stop'", ["don't", "stop"]),
        ("It's 21.", ["it's", "twenty", "one"]),
        ("Dr. Smith", ["doctor", "smith"]),
        ("first\n\n  second\tthird", ["first", "second", "third"]),
        ("the 1990s and the ’60s", ["the", "nineteen", "nineties", "and", "the", "sixties"]),
        ("in the 1800s", ["in", "the", "eighteen", "hundreds"]),
        ("It cost $3.50.", ["it", "cost", "three", "dollars", "fifty", "cents"]),
        ("<s> (softly) the(2)", ["s", "softly", "the", "two"]),
        ("", []),
        ("?! … —", []),
    ],
)
def test_words_are_those_that_are_spoken(script, words):
    assert texts(script) == words


@pytest.mark.parametrize(
    ("word", "phones", "stresses"),
    [
        ("mother", "M AH DH ER", (0, 1, 0, 0)),
        ("about", "AH B AW T", (0, 0, 1, 0)),
        ("choice", "CH OY S", (0, 1, 0)),
        ("measure", "M EH ZH ER", (0, 1, 0, 0)),
        ("thing", "TH IH NG", (0, 1, 0)),
    ],
)
def test_known_words_have_their_dictionary_sounds_and_stress(word, phones, stresses):
    (found,) = spoken_words(word)
    assert " ".join(found.phones) == phones
    assert found.stresses == stresses


@pytest.mark.parametrize(("word", "start", "end"), [("blorptastic", "B L", "K"), ("Zenfimbo", "Z", "OW"), ("shmurfing", "SH M", "NG")])
def test_words_that_no_dictionary_has_are_guessed(word, start, end):
    found = said(word)
    assert found.startswith(start)
    assert found.endswith(end)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("aZs0123456789$€.,/:-'’%() ", max_size=30))
def test_any_text_gives_words_that_the_aligner_can_take(script):
    for word in spoken_words(script):
        assert word.text == word.text.strip().lower() != ""
        assert not any(c.isspace() or c in "()<[" for c in word.text)
        assert set(word.phones) <= VOWELS | CONSONANTS
        assert len(word.phones) == len(word.stresses) > 0
        assert all(stress in (0, 1, 2) for stress in word.stresses)


@pytest.mark.parametrize("script", ["客観的実在の判断的知識", "广州市房地产", "Привет, как дела?", "مرحبا"])
def test_other_scripts_are_not_english(script):
    assert not looks_english(script)


@pytest.mark.parametrize("script", ["Hello there.", "A café, naïve and “quoted”…", "Call 911!"])
def test_english_is(script):
    assert looks_english(script)
