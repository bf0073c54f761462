"""The script as words and how they are said.

A script is what an actor had in hand. Of it is not said, and left out here: what stands in brackets of
any kind (``[laughs]``, ``(sighs)``), the name in capitals and colon that opens a line (``ANNA: ...``),
and the numbers and times of subtitles. A name in small letters (``Anna: ...``) may be part of the line
and is read.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from backend.errors import MissingError
from backend.speech.pronounce import english, espeak, japanese, mandarin
from backend.speech.pronounce.english_text import written_out
from backend.speech.pronounce.language import language_of
from backend.speech.pronounce.words import Pronunciation, Spoken
from backend.speech.pronounce.writing import LANGUAGE, runs, writes

__all__ = ["Pronunciation", "Spoken", "language_of", "spoken_words"]

PART = 2000  # characters read at a time, so that no more of a long script is read than is asked for
ROOM = 40  # characters that a word may take with what is left out beside it; a text without blanks is read no further
_CLAUSE = re.compile(r"[.,;:!?…。，、；：！？؟،।—–\n]+\s*$")

_BRACKETED = re.compile(
    r"\([^()]{0,300}\)|\[[^\[\]]{0,300}\]|\{[^{}]{0,300}\}|<[^<>]{0,300}>|（[^（）]{0,300}）|【[^【】]{0,300}】|［[^［］]{0,300}］"
)
_LABEL = re.compile(r"^[ \t>*_-]*[^\W\d_a-z][^\Wa-z_]*(?:[ .'’#&/-]+[^\Wa-z_]+){0,4}[ \t*_]*[:：](?=\s|$)", re.MULTILINE)
_SUBTITLE = re.compile(r"^[ \t]*(?:\d{1,9}[ \t]*\n[ \t]*)?[\d:.,]{1,20}[ \t]*-->[^\n]*$|\AWEBVTT[^\n]*$", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@lru_cache(maxsize=8)
def spoken_words(script: str, language: str = "en", at_most: int | None = None) -> tuple[Spoken, ...]:
    """The words of a script as they are said, in order; no more than ``at_most``, and no more of the script is read than they need.

    English is read from dictionaries, Mandarin (``zh``, characters or numbered pinyin) from pypinyin's, Japanese from its kana, any
    other language by ``espeak-ng``. A figure is written out in English and Mandarin and stays one word elsewhere. Words in the
    letters of another writing system are said as the language that uses it most; if that needs espeak-ng where it is missing, they
    are left out, as is whatever cannot be said.

    Raises:
        MissingError: the language needs espeak-ng, which is not installed or has no such voice.
    """
    main = _plain_code(language)
    if main not in _READERS:
        espeak.required_voice(main)
    text = _said(script)
    return tuple(islice(_words(text if at_most is None else text[: PART + ROOM * at_most], main), at_most))


def _plain_code(language: str) -> str:
    code = language.strip().lower().replace("_", "-")
    base = code.partition("-")[0]
    base = {"cmn": "zh", "eng": "en", "jpn": "ja", "zho": "zh"}.get(base, base)
    return base if base in _READERS else code


def _words(text: str, main: str) -> Iterator[Spoken]:
    for part in _parts(text):
        yield from _read(written_out(part) if main == "en" else part, main)


def _said(script: str) -> str:
    """The script without what is not said."""
    text = _UNSEEN.sub(" ", script.replace("\r\n", "\n").replace("\r", "\n"))
    for _ in range(2):  # brackets in brackets
        text = _BRACKETED.sub(" ", text)
    text = _SUBTITLE.sub(" ", re.sub(r"[^\S\n]{2,}", " ", text))
    return re.sub(r"\n\s+", "\n", _LABEL.sub(lambda found: " " if found[0].isupper() else found[0], text))


def _parts(text: str) -> Iterator[str]:
    """Pieces of some ``PART`` characters, cut after a line, else a sentence, else a blank, and only if need be within a word."""
    start = 0
    while start < len(text):
        end = start + PART
        if end < len(text):
            cuts = (text.rfind(mark, start + PART // 4, end) for mark in ("\n", ". ", "。", " "))
            end = next((cut + 1 for cut in cuts if cut >= 0), end)
        yield text[start:end]
        start = end


def _read(text: str, main: str) -> list[Spoken]:
    """The words of one part. Whatever its languages are, each is read in one go."""
    clauses = [(language, list(clause)) for language, clause in _clauses(text, main)]
    found: list[list[Spoken]] = [[] for _ in clauses]
    for language in dict.fromkeys(language for language, _ in clauses):
        places = [place for place, (known, _) in enumerate(clauses) if known == language]
        reader = _READERS.get(language) or _by_espeak(language, wanted=language == main)
        for place, words in zip(places, reader([clauses[place][1] for place in places]), strict=True):
            found[place] = words
    return [word for words in found for word in words]


def _clauses(text: str, main: str) -> Iterator[tuple[str, list[str]]]:
    """Words as they are written that are read together, with their language."""
    clause: list[str] = []
    language = main
    pinyin = main == "zh" and mandarin.is_pinyin(text)
    for word in re.findall(r"\S+", text):
        for system, piece in runs(word) or [("", word)]:
            other = main if not system or pinyin or writes(main, system) else _guest(system, main)
            if clause and (other != language or len(clause) >= espeak.CLAUSE):
                yield language, clause
                clause = []
            language = other
            clause += filter(None, re.split(r"[!?…;—–/|~]+|\.{2,}|--+", piece)) if language not in _READERS else [piece]
        if clause and _CLAUSE.search(word):
            yield language, clause
            clause = []
    if clause:
        yield language, clause


def _guest(system: str, main: str) -> str:
    """The language of a word in letters that the script's own language is not written in."""
    return "ja" if system == "han" and main == "ja" else LANGUAGE[system]


def _by_espeak(language: str, *, wanted: bool) -> Callable[[Sequence[Sequence[str]]], list[list[Spoken]]]:
    """A reader by espeak-ng; of a language that is a guest in the script, nothing is said where it cannot."""

    def reader(clauses: Sequence[Sequence[str]]) -> list[list[Spoken]]:
        try:
            voice = espeak.required_voice(language)
            return [[word for word in clause if word] for clause in espeak.said(clauses, voice)]
        except MissingError:
            if wanted:
                raise
            return [[] for _ in clauses]

    return reader


def _english(clauses: Sequence[Sequence[str]]) -> list[list[Spoken]]:
    return [english.read(" ".join(clause)) for clause in clauses]


def _mandarin(clauses: Sequence[Sequence[str]]) -> list[list[Spoken]]:
    return [mandarin.read(" ".join(clause)) for clause in clauses]


def _japanese(clauses: Sequence[Sequence[str]]) -> list[list[Spoken]]:
    return [japanese.said("".join(clause)) for clause in clauses]


_READERS: dict[str, Callable[[Sequence[Sequence[str]]], list[list[Spoken]]]] = {"en": _english, "zh": _mandarin, "ja": _japanese}
"""Languages that need no espeak-ng."""
