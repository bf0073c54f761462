"""How words of a hundred languages are said, by ``espeak-ng`` where it is installed.

The program is called, not linked: it is under the GPL. Each word is read alone, so that its phones are
certain to be its own, and each clause is read as a whole, where words are run together and weakened;
both readings become variants.
"""

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from backend.errors import MissingError
from backend.speech.inventory import VOWELS, nearest
from backend.speech.pronounce.words import Pronunciation, Spoken, distinct, pronunciation

PROGRAM = "espeak-ng"
PATIENCE = 60  # s for one call
CLAUSE = 12  # words read together at most; espeak-ng cuts lines of about 800 bytes
LONGEST = 100  # characters of a word, less than what it cuts
KEPT = 20_000  # readings of words
PHONES = 90  # of one word at most
_STRESS = {"ˈ": 1, "ˌ": 2}
# Where the voice's symbols are not those of the language's phonetics: one phoneme, and the phones that stand for it.
_OWN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {"ɾ": ("ʁ",), "r": ("ʁ",), "ɜ": ("ə",), "pf": ("p", "f")},
    "it": {"ɪ": ("i",), "ʊ": ("u",)},
    "fi": {"ɪ": ("i",), "ʊ": ("u",)},
    "ko": {"ɐ": ("a",)},
    "sv": {"sx": ("ʃ",)},
    "nb": {"x": ("ç",)},
}
_JOINED: dict[str, str] = {"ɐʊ": "aʊ", "ɛɪ": "eɪ", "æɪ": "eɪ", "ɔʊ": "oʊ", "ɑɪ": "aɪ", "ɑʊ": "aʊ", "œy": "aʊ", "ɔy": "ɔɪ"}
# Ligatures, a Greek letter, and names of phonemes that some voices let through.
_JOINED |= {"ʦ": "ts", "ʣ": "dz", "ʧ": "tʃ", "ʤ": "dʒ", "ε": "ɛ", "A": "a", "S": "ʃ", "X": "x"}
_TONAL = frozenset(
    ("vi", "vi-vn-x-central", "vi-vn-x-south", "yue", "th", "hak", "cmn", "cmn-latn-pinyin", "shn", "my")
)  # a short ɜ is a tone there
_ALONE: dict[tuple[str, str], str] = {}  # how words are read alone, by voice and word
_TONE = re.compile("ɜ(?!ː)")
_FLAG = re.compile(r"\([^()]*\)")
_READ = frozenset(".,'’%°€$£+/:&@-\u200c\u200d")  # all but letters, marks and figures that may be read; the rest ends clauses or is markup
_VOICES: Mapping[str, str] = {
    "en": "en-us",
    "fr": "fr-fr",
    "no": "nb",
    "nn": "nb",
    "zh": "cmn",
    "vi": "vi",
    "tl": "en-us",
    "in": "id",
    "iw": "he",
}

WHERE = (
    "on Debian and Ubuntu `sudo apt install espeak-ng`, on macOS `brew install espeak-ng`, "
    "on Windows the installer of its releases at github.com/espeak-ng/espeak-ng"
)


def installed() -> bool:
    """Whether the program is found on the path."""
    return shutil.which(PROGRAM) is not None


@cache
def voices() -> frozenset[str]:
    """Its voices, named by languages such as ``de`` or ``pt-br``; none where it is not installed."""
    if not installed():
        return frozenset()
    listed = (_call(["--voices"], "") or "").splitlines()[1:]
    codes = (fields[1] for line in listed if len(fields := line.split()) > 1)
    return frozenset(code for code in codes if code.islower())  # it lists one in capitals, Cherokee's, that it then does not find


def voice_of(language: str) -> str | None:
    """The voice for a language code such as ``de`` or ``pt-BR``; None where there is none."""
    code = language.lower().replace("_", "-")
    for name in (code, _VOICES.get(code), code.partition("-")[0], _VOICES.get(code.partition("-")[0])):
        if name in voices():
            return name
    return None


def required_voice(language: str) -> str:
    """As :func:`voice_of`.

    Raises:
        MissingError: the program is not installed, or has no such voice.
    """
    if not installed():
        raise MissingError(f"to read a script in '{language}' Mien needs espeak-ng: {WHERE}.")
    voice = voice_of(language)
    if voice is None:
        raise MissingError(f"espeak-ng has no voice for the language '{language}': `espeak-ng --voices` lists those it has.")
    return voice


def said(clauses: Sequence[Sequence[str]], voice: str) -> list[list[Spoken | None]]:
    """The words of some clauses, each with what is said for it; None where nothing is.

    Raises:
        MissingError: the program failed.
    """
    texts = [[_legible(word) for word in clause] for clause in clauses]
    known = {word: _ALONE.get((voice, word), "") for clause in texts for word in clause if word}
    alone = [word for word, reading in known.items() if not reading]
    together = [line if " " in line else "" for line in (" ".join(filter(None, clause)) for clause in texts)]
    readings = read((*alone, *together), voice)
    fresh = dict(zip(alone, readings, strict=False))
    by_word = known | fresh
    _remember(voice, fresh)
    found: list[list[Spoken | None]] = []
    for words, legible, line in zip(clauses, texts, readings[len(alone) :], strict=True):
        parts = line.split()
        fitting = iter(parts if len(parts) == sum(1 for word in legible if word) else ())
        found.append(
            [_spoken(word, by_word[plain], next(fitting, ""), voice) if plain else None for word, plain in zip(words, legible, strict=True)]
        )
    return found


def _remember(voice: str, readings: Mapping[str, str]) -> None:
    if len(_ALONE) > KEPT:
        _ALONE.clear()
    _ALONE.update({(voice, word): reading for word, reading in readings.items()})


def _spoken(word: str, alone: str, together: str, voice: str) -> Spoken | None:
    isolated, running = _pronunciation(alone, voice), _pronunciation(together, voice)
    # A reading of the clause that gives the word twice or half its sounds has given it a neighbour's.
    fits = 0.5 * len(isolated.phones) <= len(running.phones) <= 1.5 * len(isolated.phones) + 1
    variants = distinct((running, isolated) if fits else (isolated,))
    return Spoken(_bare(word), variants) if variants else None


def _bare(word: str) -> str:
    """The word without the punctuation around it, lower case."""
    inside = [place for place, c in enumerate(word) if c.isalnum() or unicodedata.category(c)[0] == "M" or c in "%€$£°"]
    return word[inside[0] : inside[-1] + 1].lower().replace("’", "'")


@lru_cache(maxsize=20_000)
def _pronunciation(reading: str, voice: str) -> Pronunciation:
    sounds: list[tuple[str, int]] = []
    for token in re.split(r"[\s_]+", _FLAG.sub("", reading)):
        stress = next((_STRESS[mark] for mark in token if mark in _STRESS), 0)
        phones = _phones(token, voice)
        carrier = next((place for place, phone in enumerate(phones) if phone in VOWELS), -1)
        sounds += [(phone, stress if place == carrier else 0) for place, phone in enumerate(phones)]
    # A long sound is one phone, as it is where the voice marks it long.
    return pronunciation([s for i, s in enumerate(sounds) if i == 0 or s[0] != sounds[i - 1][0]][:PHONES])


@lru_cache(maxsize=4096)
def _phones(token: str, voice: str) -> tuple[str, ...]:
    """The phones of one phoneme as IPA, tones and rare marks left out: as a whole, else by its longest known parts."""
    bare = _TONE.sub("", token) if voice in _TONAL else token
    bare = unicodedata.normalize("NFD", "".join(c for c in bare if not (c.isdigit() or c in "ˈˌ.|^;\"'-ːˑ")))
    bare = unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c) or c == "\u0327"))
    own = _OWN.get(voice, {})
    phones: list[str] = []
    while bare:
        size = next((n for n in (3, 2, 1) if len(bare) >= n and _phone(bare[:n], own)), 0)
        phones += _phone(bare[:size], own)
        bare = bare[size or 1 :]
    return tuple(phones)


def _phone(symbol: str, own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    known = own.get(symbol) or nearest(_JOINED.get(symbol, symbol))
    return (known,) if isinstance(known, str) else known or ()


def read(lines: Sequence[str], voice: str) -> list[str]:
    """One reading for each line, in IPA, phonemes parted by ``_``, words by blanks; empty where a line is, or cannot be read.

    The program answers a line with a line; where it answered some with several, or broke down, halves
    are read again until it is known which.
    """
    asked = [line for line in lines if line]
    answers = iter(_answers(asked, voice))
    return [next(answers) if line else "" for line in lines]


def _answers(lines: list[str], voice: str) -> list[str]:
    if not lines:
        return []
    answer = _call(["-q", "--ipa", "--sep=_", "-b", "1", "-v", voice], "".join(f"{line}\n" for line in lines))
    if answer is not None:
        answers = [line.strip() for line in answer.removesuffix("\n").split("\n")]
        if len(answers) == len(lines):
            return answers
    if len(lines) == 1:
        return [" ".join(answers) if answer is not None else ""]
    half = len(lines) // 2
    return _answers(lines[:half], voice) + _answers(lines[half:], voice)


def _legible(word: str) -> str:
    """The word as the program may see it: no mark that ends a clause or switches its mode, nothing longer than it takes."""
    normal = unicodedata.normalize("NFC", word[: 2 * LONGEST])
    plain = "".join(c for c in normal if c.isalnum() or c in _READ or unicodedata.category(c)[0] == "M")[:LONGEST].strip(".,:'’-/+&@")
    return plain if any(c.isalnum() for c in plain) else ""


def _call(options: list[str], text: str) -> str | None:
    """What the program writes; None where the text broke it down."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingError(f"espeak-ng is not installed: {WHERE}.")
    try:
        done = subprocess.run([program, *options], input=text.encode(), capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"espeak-ng could not be run ({error}): reinstall it, {WHERE}.") from None
    if done.returncode > 0:
        raise MissingError(f"espeak-ng failed ({done.stderr.decode(errors='replace').strip()[:200]}): reinstall it, {WHERE}.")
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
