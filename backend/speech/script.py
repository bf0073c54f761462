"""The script as words and how they are said."""

from dataclasses import dataclass
from functools import cache

# gruut writes American English in IPA; the acoustic model wants ARPAbet.
_ARPABET = {
    **{"ɑ": "AA", "æ": "AE", "ʌ": "AH", "ə": "AH", "ɔ": "AO", "aʊ": "AW", "aɪ": "AY", "ɛ": "EH", "ɚ": "ER", "ɝ": "ER", "eɪ": "EY"},
    **{"ɪ": "IH", "i": "IY", "oʊ": "OW", "ɔɪ": "OY", "ʊ": "UH", "u": "UW", "b": "B", "t͡ʃ": "CH", "d": "D", "ð": "DH", "f": "F"},
    **{"ɡ": "G", "g": "G", "h": "HH", "d͡ʒ": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "s": "S"},
    **{"ʃ": "SH", "t": "T", "θ": "TH", "v": "V", "w": "W", "j": "Y", "z": "Z", "ʒ": "ZH", "ɾ": "D", "x": "K", "ʔ": "T"},
}
_STRESS = {"ˈ": 1, "ˌ": 2}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word and its most likely pronunciation, ARPAbet; ``stresses`` gives one digit for each phone."""

    text: str
    phones: tuple[str, ...]
    stresses: tuple[int, ...]


@cache
def spoken_words(script: str) -> tuple[Spoken, ...]:
    """The words of an English script as they are said: numbers and abbreviations written out, unknown words guessed.

    ``gruut`` does the reading (its lexicon is CMUdict's; a small trained model guesses what is not in
    it). Words that it cannot say, of other scripts say, are left out.
    """
    import gruut

    found: list[Spoken] = []
    for sentence in gruut.sentences(script, lang="en-us"):
        for word in sentence:
            said = [_split(phone) for phone in word.phonemes or ()]
            known = [(symbol, stress) for symbol, stress in said if symbol]
            if known and word.is_spoken:
                symbols, stresses = zip(*known, strict=True)
                found.append(Spoken(_plain(word.text), symbols, stresses))
    return tuple(found)


def looks_english(script: str) -> bool:
    """Whether most letters are of the plain Latin alphabet; the acoustic model knows no other language."""
    letters = [c for c in script if c.isalpha()]
    return sum(c.isascii() for c in letters) > 0.85 * len(letters)


def _split(phone: str) -> tuple[str, int]:
    stress = _STRESS.get(phone[:1], 0)
    return _ARPABET.get(phone.lstrip("ˈˌ").replace("ː", ""), ""), stress


def _plain(text: str) -> str:
    return text.lower().replace("’", "'").strip()
