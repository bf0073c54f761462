"""How Mandarin is said, from characters or from pinyin, syllable by syllable.

Which syllable a character is, is ``pypinyin``'s knowledge (by phrases, where a character has several).
Phones of finals follow Lin, The Sounds of Chinese (2007); tones are left out.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from backend.speech.pronounce.words import Spoken, distinct, pronunciation

_INITIALS: Mapping[str, str] = {
    **{"zh": "tʃ", "ch": "tʃ", "sh": "ʃ", "b": "p", "p": "p", "m": "m", "f": "f", "d": "t", "t": "t", "n": "n", "l": "l", "g": "k"},
    **{"k": "k", "h": "x", "j": "tʃ", "q": "tʃ", "x": "ʃ", "r": "ɹ", "z": "ts", "c": "ts", "s": "s"},
}
_FINALS: Mapping[str, str] = {
    **{"a": "a", "o": "w ɔ", "e": "ʌ", "ê": "ɛ", "ai": "aɪ", "ei": "eɪ", "ao": "aʊ", "ou": "oʊ", "an": "a n", "en": "ə n", "ang": "ɑ ŋ"},
    **{
        "eng": "ə ŋ",
        "ong": "ʊ ŋ",
        "er": "ɑ ɹ",
        "i": "i",
        "ia": "j a",
        "ie": "j ɛ",
        "iao": "j aʊ",
        "iu": "j oʊ",
        "ian": "j ɛ n",
        "in": "i n",
    },
    **{"iang": "j ɑ ŋ", "ing": "i ŋ", "iong": "j ʊ ŋ", "io": "j ɔ", "u": "u", "ua": "w a", "uo": "w ɔ", "uai": "w aɪ", "ui": "w eɪ"},
    **{"uan": "w a n", "un": "w ə n", "uang": "w ɑ ŋ", "ueng": "w ə ŋ", "ü": "y", "üe": "ɥ ɛ", "üan": "ɥ ɛ n", "ün": "y n"},
    **{"m": "m", "n": "n", "ng": "ŋ"},
}
_BUZZED = frozenset(("zh", "ch", "sh", "r", "z", "c", "s"))  # their i is no [i] but the consonant held on
_SPELLED = {"yu": "ü", "yue": "üe", "yuan": "üan", "yun": "ün", "yi": "i", "yin": "in", "ying": "ing", "you": "iu", "yong": "iong"}
_SPELLED |= {
    "ye": "ie",
    "ya": "ia",
    "yao": "iao",
    "yan": "ian",
    "yang": "iang",
    "yo": "io",
    "wu": "u",
    "wei": "ui",
    "wen": "un",
    "weng": "ueng",
}
_SPELLED |= {"wa": "ua", "wo": "uo", "wai": "uai", "wan": "uan", "wang": "uang"}
_NUMBERED = re.compile(r"[a-zêüv:]{1,7}[1-5]", re.IGNORECASE)
_PIECE = re.compile(r"(?P<pinyin>[a-zêüA-ZÜ][a-zêüA-ZÜ:]{0,6}[0-5]?)|[^a-zêüA-ZÜ]+")
_FIGURES = "零一二三四五六七八九"
_YEAR = re.compile(r"(\d{4})(?=年)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_FIGURE = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def said(text: str) -> list[Spoken]:
    """The syllables of a stretch of characters and figures, each a word; what is no character is left out."""
    from pypinyin import Style, lazy_pinyin

    characters = "".join(c for c in written_out(text) if c in "〇々" or unicodedata.name(c, "").startswith("CJK"))
    read = lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True, errors=_each)
    found = (syllable(sound, character) for character, sound in zip(characters, read, strict=True))
    return [word for word in found if word]


def _each(unknown: str) -> Any:
    return list(unknown)  # so that each character keeps its place


def read(text: str) -> list[Spoken]:
    """The syllables of characters, figures and pinyin, in order."""
    found: list[Spoken] = []
    for piece in _PIECE.finditer(text):
        if piece["pinyin"]:
            found += filter(None, [syllable(piece[0])])
        else:
            found += said(piece[0])
    return found


def is_pinyin(text: str) -> bool:
    """Whether a text is pinyin with tone numbers (``ni3 hao3``), as corpora write it: most of its words, and two at least."""
    words = re.findall(r"[^\W_]+(?::\d)?", text[:2000])
    numbered = sum(bool(_NUMBERED.fullmatch(word)) and syllable(word) is not None for word in words)
    return numbered >= max(2, 0.6 * len(words))


def syllable(pinyin: str, text: str | None = None) -> Spoken | None:
    """One syllable of pinyin, with or without its tone's number, an ``r`` of erhua after it or not; None where it is none."""
    plain = pinyin.lower().replace("u:", "ü").replace("v", "ü").rstrip("012345")
    sounds = _sounds(plain) or (plain.endswith("r") and (stem := _sounds(plain[:-1])) and [*stem, "ɹ"])
    if not sounds:
        return None
    weak = ["ə" if phone == "ʌ" else phone for phone in sounds] if plain != "er" else ["ɝ"]
    return Spoken(text or pinyin.lower(), distinct(pronunciation((phone, 0) for phone in way) for way in (sounds, weak)))


def _sounds(plain: str) -> list[str] | None:
    if plain in _SPELLED:
        return _FINALS[_SPELLED[plain]].split()
    initial = next((plain[:n] for n in (2, 1) if plain[:n] in _INITIALS and len(plain) > n), "")
    final = plain[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "ü" + final[1:]
    if initial in _BUZZED and final == "i":
        return [_INITIALS[initial], "ɨ"]
    if initial in ("b", "p", "m", "f") and final == "o":
        return [_INITIALS[initial], "ɔ"]
    if final not in _FINALS:
        return None
    return [*([_INITIALS[initial]] if initial else []), *_FINALS[final].split()]


def written_out(text: str) -> str:
    """Figures as characters: years digit by digit, other numbers with their tens and thousands."""
    text = unicodedata.normalize("NFKC", text)
    text = _YEAR.sub(lambda found: "".join(_FIGURES[int(digit)] for digit in found[1]), text)
    text = _PERCENT.sub(lambda found: "百分之" + found[1], text)
    return _FIGURE.sub(lambda found: _number(found[0]), text)


def _number(figures: str) -> str:
    whole, _, part = figures.partition(".")
    point = "点" + "".join(_FIGURES[int(digit)] for digit in part) if part else ""
    if len(whole) > 12 or (len(whole) > 1 and whole[0] == "0"):
        return "".join(_FIGURES[int(digit)] for digit in whole) + point
    groups = [int(whole[max(0, end - 4) : end]) for end in range(len(whole), 0, -4)]
    said = ""
    for place in reversed(range(len(groups))):
        if groups[place]:
            gap = "零" if said and groups[place] < 1000 else ""
            said += gap + _below_ten_thousand(groups[place]) + ("", "万", "亿")[place]
    said = said.removeprefix("一") if said.startswith("一十") else said
    return (said or "零") + point


def _below_ten_thousand(number: int) -> str:
    said, digits = "", str(number)
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit != "0":
            said += _FIGURES[int(digit)] + ("", "十", "百", "千")[place]
        elif said and not said.endswith("零"):
            said += "零"
    return said.rstrip("零")
