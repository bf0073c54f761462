"""How an English word is said that no dictionary has: guessed letter by letter."""

import base64
import unicodedata
from functools import cache, lru_cache
from threading import Lock
from typing import Any

REACH = 3  # letters that the model sees to either side
LONGEST = 60  # letters; what is longer is no word

_TURN = Lock()  # the tagger keeps the word it is at inside


@lru_cache(maxsize=4096)
def guessed(word: str) -> str:
    """Phones in gruut's IPA with blanks between, stress marks before vowels, such as ``b l ˈɔ ɹ p``; empty where nothing is said.

    The model is a conditional random field over letters that ``gruut`` trained on CMUdict and that the
    package ``gruut_lang_en`` carries; each letter gives no phone, one, or several.
    """
    letters = unicodedata.normalize("NFC", word.lower())[:LONGEST]
    if not letters:
        return ""
    with _TURN:
        labels = _tagger().tag([_seen(letters, place) for place in range(len(letters))])
    sounds = (base64.b64decode(label).decode() for label in labels)
    return " ".join(phone for sound in sounds for phone in sound.split("|") if phone != "_")


@cache
def _tagger() -> Any:
    import pycrfsuite
    from gruut_lang_en import get_lang_dir

    tagger = pycrfsuite.Tagger()
    tagger.open(str(get_lang_dir() / "g2p" / "model.crf"))
    return tagger


def _seen(letters: str, place: int) -> dict[str, str | bool | float]:
    """What the model is told of one letter: itself and its neighbours in base 64, and whether it is the first or the last."""
    seen: dict[str, str | bool | float] = {"bias": 1.0, "grapheme": _coded(letters[place])}
    for step in range(1, REACH + 1):
        if place >= step:
            seen[f"grapheme-{step}"] = _coded(letters[place - step])
        if place + step < len(letters):
            seen[f"grapheme+{step}"] = _coded(letters[place + step])
    if place == 0:
        seen["begin"] = True
    if place == len(letters) - 1:
        seen["end"] = True
    return seen


def _coded(letter: str) -> str:
    return base64.b64encode(letter.encode()).decode("ascii")
