"""How Japanese is said, from kana; kanji are read where a dictionary is installed."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from re import Match
from typing import Any

from backend.speech.pronounce.words import Pronunciation, Spoken, distinct, pronunciation

_VOWELS = ("a", "i", "ɨ", "e", "o")  # the lips are hardly rounded for the third
_ROWS: Mapping[str, str] = {
    **{
        "": "アイウエオ",
        "k": "カキクケコ",
        "ɡ": "ガギグゲゴ",
        "s": "サ スセソ",
        "z": "ザ ズゼゾ",
        "t": "タ  テト",
        "d": "ダ  デド",
        "n": "ナニヌネノ",
    },
    **{"h": "ハ  ヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ", "r": "ラリルレロ", "j": "ヤ ユ ヨ", "w": "ワ    "},
}
_MORAE: Mapping[str, str] = {
    **{kana: f"{onset} {vowel}".strip() for onset, row in _ROWS.items() for kana, vowel in zip(row, _VOWELS, strict=True) if kana != " "},
    **{
        "シ": "ʃ i",
        "ジ": "dʒ i",
        "ヂ": "dʒ i",
        "チ": "tʃ i",
        "ツ": "ts ɨ",
        "ヅ": "z ɨ",
        "ヒ": "ç i",
        "フ": "f ɨ",
        "ヲ": "o",
        "ヰ": "i",
        "ヱ": "e",
    },
    **{"ヴ": "v ɨ"},
}
_GLIDES: Mapping[str, str] = {"ャ": "a", "ュ": "ɨ", "ョ": "o"}
_SMALL: Mapping[str, str] = {"ァ": "a", "ィ": "i", "ゥ": "ɨ", "ェ": "e", "ォ": "o", "ヮ": "a"}
_LONG = (("ウ", ["o"]), ("イ", ["e"]))  # ō and ē as kana spell them
_PALATAL = ("ʃ", "dʒ", "tʃ", "ç")
_SPOKEN_PARTICLES: Mapping[str, str] = {"は": "ワ", "へ": "エ", "を": "オ", "こんにちは": "コンニチワ", "こんばんは": "コンバンワ"}
_KANA = re.compile("[ぁ-ゖァ-ヺー]+")
_FIGURES = re.compile(r"\d+", re.ASCII)
_BETWEEN = re.compile("(?<=[をはがにでと])(?=[ァ-ヺ])|(?<=を)|(?<=[ァ-ヺー])(?=[ぁ-ゖ])")


def said(text: str) -> list[Spoken]:
    """The words of a stretch of kana, kanji and figures; kanji are left out where neither fugashi nor a dictionary for it is installed."""
    plain = _FIGURES.sub(_number, unicodedata.normalize("NFKC", text))
    return [Spoken(word, ways) for word, kana in _words(plain) if (ways := _ways(kana))]


def _number(found: Match[str]) -> str:
    """A number in kanji where those can be read, else in kana; past counting, digit by digit."""
    from num2words import num2words

    numbers = [int(found[0])] if len(found[0]) <= 12 else [int(digit) for digit in found[0]]
    return "".join(str(num2words(number, lang="ja", reading=not reads_kanji())) for number in numbers)


def reads_kanji() -> bool:
    """Whether kanji can be read: whether ``fugashi`` and ``unidic-lite`` are installed."""
    return _tagger() is not None


def phones_of(kana: str) -> list[str]:
    """The phones of hiragana or katakana, sound by sound; long vowels and doubled consonants are one phone."""
    found: list[str] = []
    for sign in _katakana(kana):
        if (sign, found[-1:]) in _LONG:
            continue
        if sign in _MORAE:
            found += _MORAE[sign].split()
        elif sign in _GLIDES and found:
            found[-1:] = [] if found[-1] == "i" else found[-1:]
            found += [_GLIDES[sign]] if found and found[-1] in _PALATAL else ["j", _GLIDES[sign]]
        elif sign in _SMALL:
            found = [*_before_small(found), _SMALL[sign]]
        elif sign == "ン":
            found.append("n")
    return _assimilated(found)


def _before_small(found: list[str]) -> list[str]:
    """What is left of a syllable whose vowel a small one replaces: ``フォ`` is f o, ``ティ`` is t i."""
    if len(found) > 1 and found[-1] in _VOWELS and found[-2] not in _VOWELS:
        return found[:-1]
    return [*found[:-1], "w"] if found[-1:] == ["ɨ"] else found


def _assimilated(found: list[str]) -> list[str]:
    """A syllable-final n closes the lips before p, b and m, and the back of the mouth before k and ɡ."""
    for place, phone in enumerate(found[:-1]):
        if phone == "n":
            after = found[place + 1]
            found[place] = "m" if after in ("p", "b", "m") else "ŋ" if after in ("k", "ɡ") else "n"
    return [phone for place, phone in enumerate(found) if place == 0 or phone != found[place - 1]]


def _ways(kana: str) -> tuple[Pronunciation, ...]:
    sounds = phones_of(kana)
    # Between voiceless consonants, and after one at the end, i and u are whispered away: desu is des.
    whispered = _devoiced(sounds) if len(sounds) > 3 else sounds
    return distinct(pronunciation((phone, 0) for phone in way) for way in (sounds, whispered))


def _devoiced(sounds: list[str]) -> list[str]:
    voiceless = frozenset(("k", "s", "t", "h", "p", "ʃ", "tʃ", "ts", "ç", "f"))
    kept: list[str] = []
    last = -3  # whispered vowel; two in a row are not
    for place, phone in enumerate(sounds):
        before, after = sounds[place - 1] if place else "", sounds[place + 1] if place + 1 < len(sounds) else "k"
        if phone in ("i", "ɨ") and before in voiceless and after in voiceless and place > last + 2:
            last = place
        else:
            kept.append(phone)
    return kept


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Words as they are written, and their kana as they are spoken."""
    tagger = _tagger()
    if tagger is not None:
        for word in tagger(text):
            kana = getattr(word.feature, "pron", None) or word.surface
            if _KANA.search(kana):
                yield word.surface, kana
        return
    for run in _KANA.findall(text):
        for word in filter(None, _BETWEEN.split(run)):
            yield word, _SPOKEN_PARTICLES.get(word, word)


@cache
def _tagger() -> Any:
    try:
        import fugashi
        import unidic_lite
    except ImportError:
        return None
    return fugashi.Tagger(f'-d "{unidic_lite.DICDIR}"')


def _katakana(kana: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in kana)
