"""How English words are said: two dictionaries, the reductions of everyday speech, and a guess for the rest."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from backend.speech.inventory import VOWELS, from_arpabet, nearest
from backend.speech.pronounce.guess import guessed
from backend.speech.pronounce.words import Pronunciation, Spoken, distinct, pronunciation

# Weak forms that dictionaries leave out, as Wells (Longman Pronunciation Dictionary, 2008) and Jones give them; IPA, blanks between.
_WEAK: Mapping[str, str] = {
    **{"a": "ə", "an": "ə n", "and": "ə n d|ə n|n", "the": "ð ə|ð i", "of": "ə v|ə", "to": "t ə|t ʊ", "for": "f ɝ", "from": "f ɹ ə m"},
    **{"at": "ə t", "as": "ə z", "or": "ɝ", "but": "b ə t", "than": "ð ə n", "that": "ð ə t", "can": "k ə n", "could": "k ə d"},
    **{"him": "ɪ m", "his": "ɪ z", "her": "ɝ", "he": "i", "them": "ð ə m|ə m", "us": "ə s", "you": "j ə", "your": "j ɝ"},
    **{
        "have": "ə v|h ə v",
        "has": "ə z|h ə z",
        "had": "ə d|h ə d",
        "was": "w ə z",
        "were": "w ɝ",
        "are": "ɝ",
        "am": "ə m",
        "'em": "ə m",
        "yeah": "j ɛ|j ɛ ə",
        "gonna": "ɡ ʌ n ə|ɡ ə n ə",
    },
    **{"do": "d ə", "does": "d ə z", "would": "w ə d|ə d", "should": "ʃ ə d", "must": "m ə s t", "just": "dʒ ə s t|dʒ ɪ s t"},
    **{"some": "s ə m", "so": "s ə", "because": "b ɪ k ə z|k ə z", "there": "ð ɝ", "it's": "ɪ t s|t s", "what": "w ə t", "into": "ɪ n t ə"},
    **{"i'm": "ɑ m|ə m", "i'll": "ɑ l", "going": "ɡ oʊ ɪ n", "been": "b ɪ n", "our": "ɑ ɹ"},
}
_SLANG: Mapping[str, str] = {
    **{
        "shoulda": "ʃ ˈʊ d ə",
        "coulda": "k ˈʊ d ə",
        "woulda": "w ˈʊ d ə",
        "musta": "m ˈʌ s t ə",
        "sorta": "s ˈɔ ɹ t ə",
        "cuz": "k ə z|k ˈʌ z",
    },
    **{"whatcha": "w ˈʌ tʃ ə", "s'pose": "s p ˈoʊ z", "d'you": "d j ə|dʒ ə|d j u", "innit": "ˈɪ n ɪ t", "tryna": "t ɹ ˈaɪ n ə"},
}
_STRESS = {"ˈ": 1, "ˌ": 2}
_ENTRY = re.compile(r"^(.+?)(?:\(\d+\))? (.+)$")
_SOUNDS: Mapping[str, str] = {
    **{"hm": "h m|m", "m": "m", "mhm": "m h m", "sh": "ʃ", "pst": "p s t", "br": "b ɹ", "tsk": "t s k", "gr": "ɡ ɹ", "z": "z"},
    **{"pf": "p f", "pft": "p f t", "psh": "p ʃ", "ah": "ɑ", "ugh": "ʌ|ʌ ɡ|ʌ x", "argh": "ɑ ɹ|ɑ ɹ ɡ", "uf": "ʊ f"},
    **{"umph": "ʊ m f", "hmph": "h m f", "ew": "i u|ɪ u", "ow": "aʊ", "aw": "ɔ|aʊ", "ych": "j ʌ k", "phew": "f j u", "whew": "h j u|f j u"},
}
_SPELLED = frozenset(("us", "it", "tv", "uk", "pc", "eu", "un", "ai", "id", "er", "ok", "la", "pm", "am", "dj", "vip", "ceo", "fbi", "cia"))
"""Words that are letters where they are written in capitals, or may be."""
ACRONYM = 5  # letters at most
LONGEST = 60
PART = 4  # letters of a part of a compound at least
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|'?[^\W\d_]+(?:'[^\W\d_]+)*'?")
_CONTRACTED: Mapping[str, tuple[str, ...]] = {"'ve": ("ə", "v"), "'d": ("d",), "'ll": ("ə", "l"), "'re": ("ɝ",)}
_JOINED = re.compile(r"(?<=..)(?:'s|s'|s|'ve|'d|'ll|'re)$")


def read(text: str) -> list[Spoken]:
    """The words of English text without figures, as :func:`backend.speech.pronounce.english_text.written_out` leaves it."""
    found = (said(_unquoted(piece[0])) for piece in _WORD.finditer(text.replace("’", "'")))
    return [word for word in found if word]


def _unquoted(word: str) -> str:
    """Without the apostrophes that are quotes: those of ``'em`` and ``runnin'`` are the word's own."""
    if word[0] == "'" and (whole := next((form for form in (word, word.rstrip("'")) if _known(form.lower())), None)):
        return whole
    return word.lstrip("'") if word.lower().endswith("in'") and word[0] != "'" else word.strip("'")


def said(written: str) -> Spoken | None:
    """One English word as it is written, capitals and all; None where it has no letter that can be said.

    Pronunciations are those of gruut's lexicon (CMUdict's words, with stress), then those that CMUdict
    as PocketSphinx carries it has besides, then weak forms of function words. Dotted letters are
    spelled, capitals that no dictionary has are spelled or guessed.
    """
    word = _unaccented(written.replace(".", ""))
    if not any("a" <= c <= "z" for c in word):
        return None
    capitals = 1 < len(word) <= ACRONYM and written.replace(".", "").isupper()
    if capitals and "." in written:
        variants: tuple[Pronunciation, ...] = (_spelled(word),)
    elif capitals and (word in _SPELLED or not _known(word)):
        as_word = _variants(word) if _known(word) or len(word) >= ACRONYM - 1 else ()
        variants = distinct([*as_word[:2], _spelled(word)] if len(word) >= ACRONYM - 1 else [_spelled(word), *as_word])
    else:
        variants = _variants(word)
    return Spoken(written.lower().replace(".", ""), variants) if variants else None


def _unaccented(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.lower().replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("œ", "oe"))
    return "".join(c for c in plain if "a" <= c <= "z" or c == "'")[:LONGEST]


@lru_cache(maxsize=20_000)
def _variants(word: str) -> tuple[Pronunciation, ...]:
    strong = _sound(word) or _known(word) or _slurred(word) or _drawn(word) or _inflected(word) or _dropped(word)
    strong = strong or (*_compound(word), _guess(word))
    return distinct([*strong[:2], *_weak(word), *strong[2:]])


def _guess(word: str) -> Pronunciation:
    return _read(guessed(word)) if set(word) & set("aeiouy") else _spelled(word)


def _sound(word: str) -> tuple[Pronunciation, ...]:
    """Sounds that are no words: ``hmm``, ``shh``."""
    short = re.sub(r"(.)\1+", r"\1", word) if len(word) > 1 else ""
    return tuple(pronunciation((phone, 0) for phone in way.split()) for way in _SOUNDS.get(short, "").split("|") if way)


def _slurred(word: str) -> tuple[Pronunciation, ...]:
    """Spellings of casual speech: ``shoulda``."""
    return tuple(_read(way) for way in _SLANG.get(word, "").split("|") if way)


def _drawn(word: str) -> tuple[Pronunciation, ...]:
    """A word drawn out in writing: ``nooo``, ``sooooo``."""
    if not re.search(r"(.)\1\1", word):
        return ()
    return (
        _known(re.sub(r"(.)\1{2,}", r"\1\1", word)) or _known(re.sub(r"(.)\1{2,}", r"\1", word)) or _known(re.sub(r"(.)\1+", r"\1", word))
    )


def _dropped(word: str) -> tuple[Pronunciation, ...]:
    """``runnin``: running, said with an n."""
    whole = _known(word.rstrip("'") + "g") if word.rstrip("'").endswith("in") else ()
    return tuple(Pronunciation((*v.phones[:-1], "n"), v.stresses) for v in whole if v.phones[-1] == "ŋ")


def _spelled(word: str) -> Pronunciation:
    names = [_letter(c) for c in word if c != "'"]
    return Pronunciation(tuple(p for name in names for p in name.phones), tuple(s for name in names for s in name.stresses))


def _letter(letter: str) -> Pronunciation:
    known = _known(letter)
    return known[1] if letter == "a" else known[0]


def _known(word: str) -> tuple[Pronunciation, ...]:
    marked = tuple(_read(sounds) for sounds in _lexicon().get(word, ()))
    return (*marked, *(_stressed(symbols.split(), marked) for symbols in _sphinx().get(word, ())))


def _weak(word: str) -> Iterator[Pronunciation]:
    for sounds in filter(None, _WEAK.get(word, "").split("|")):
        yield pronunciation((phone, 0) for phone in sounds.split())


def _inflected(word: str) -> tuple[Pronunciation, ...]:
    """A genitive, plural or contraction where the dictionary has the word alone: ``Zoltan's``, ``wouldn't've``."""
    found = _JOINED.search(word)
    stem = _known(word[: found.start()]) if found else ()
    return tuple(_with(variant, _CONTRACTED.get(found[0]) or _ending(variant)) for variant in stem) if found else ()


def _with(stem: Pronunciation, ending: tuple[str, ...]) -> Pronunciation:
    return Pronunciation(stem.phones + ending, stem.stresses + (0,) * len(ending))


def _ending(stem: Pronunciation) -> tuple[str, ...]:
    """An s after what is voiceless, z or əz after the rest."""
    last = stem.phones[-1]
    if last in ("s", "z", "ʃ", "ʒ", "tʃ", "dʒ"):
        return ("ə", "z")
    return ("s",) if last in ("p", "t", "k", "f", "θ") else ("z",)


def _compound(word: str) -> tuple[Pronunciation, ...]:
    """Two words written as one, both known: ``moonbase``. Of three letters they would be accidents: a guess is right more often then."""
    for cut in range(len(word) - PART, PART - 1, -1):
        first, second = word[:cut], word[cut:]
        if (head := _known(first)[:1]) and (tail := _known(second)[:1]):
            stresses = (*head[0].stresses, *(2 if stress == 1 else stress for stress in tail[0].stresses))
            return (Pronunciation(head[0].phones + tail[0].phones, stresses),)
    return ()


def _read(sounds: str) -> Pronunciation:
    found = ((nearest(sound), _STRESS.get(sound[:1], 0)) for sound in sounds.split())
    return pronunciation((phone, stress) for phone, stress in found if phone)


def _stressed(symbols: list[str], marked: tuple[Pronunciation, ...]) -> Pronunciation:
    """ARPAbet without stress: stressed as the variant with as many vowels is, or on its first full vowel."""
    vowels = [place for place, symbol in enumerate(symbols) if symbol[0] in "AEIOU"]
    model = next((pattern for variant in marked if len(pattern := _pattern(variant)) == len(vowels)), None)
    if model is None:
        full = next((i for i, place in enumerate(vowels) if symbols[place] not in ("AH", "ER")), 0)
        model = [int(i == full) for i in range(len(vowels))]
    stresses = dict(zip(vowels, model, strict=True))
    return pronunciation(
        ("ə" if symbol == "AH" and not stresses[place] else from_arpabet(symbol), stresses.get(place, 0))
        for place, symbol in enumerate(symbols)
    )


def _pattern(variant: Pronunciation) -> list[int]:
    return [stress for phone, stress in zip(variant.phones, variant.stresses, strict=True) if phone in VOWELS]


@cache
def _lexicon() -> Mapping[str, list[str]]:
    from gruut_lang_en import get_lang_dir

    words: dict[str, list[str]] = {}
    place = Path(get_lang_dir()) / "lexicon.db"
    with sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True) as base:
        for word, sounds in base.execute("SELECT word, phonemes FROM word_phonemes ORDER BY word, pron_order"):
            words.setdefault(word, []).append(sounds)
    base.close()
    return words


@cache
def _sphinx() -> Mapping[str, list[str]]:
    from pocketsphinx import get_model_path

    words: dict[str, list[str]] = {}
    for line in Path(get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines():
        if entry := _ENTRY.match(line):
            words.setdefault(entry[1], []).append(entry[2])
    return words
