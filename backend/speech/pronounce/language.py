"""Which language a script is in."""

from collections.abc import Mapping
from functools import cache
from itertools import islice
from threading import Lock
from typing import Any

from backend.speech.pronounce.mandarin import is_pinyin
from backend.speech.pronounce.writing import LANGUAGE, systems

ENOUGH = 2000  # characters that are looked at
FOREIGN = 6.0  # how much likelier than English another language must be
# Words that hardly any other language has; each makes English so much likelier than the letters alone do.
ENGLISH_WORDS = frozenset("the and of you is that this with my was have are what been they".split())  # noqa: SIM905 - reads better
TELLING = 20.0
# Languages in Latin letters that are guessed, each with how seldom a script is in it beside the first; most often asked for first.
_LATIN: Mapping[str, float] = {
    **dict.fromkeys(("en", "de", "fr", "es", "it", "pt"), 1.0),
    **dict.fromkeys(("nl", "pl", "sv", "cs", "fi", "tr", "hu", "ro", "vi", "id"), 0.7),
    **dict.fromkeys(("ca", "da", "no", "sk", "hr", "sl", "et", "lt", "lv"), 0.3),
    **dict.fromkeys(("eu", "gl", "is", "ga", "cy", "sq"), 0.1),
}
# Between languages in one writing system, which otherwise names the language by itself.
_SHARED: Mapping[str, tuple[str, ...]] = {
    "cyrillic": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky"),
    "arabic": ("ar", "fa", "ur", "ug"),
    "devanagari": ("hi", "mr", "ne"),
    "bengali": ("bn", "as"),
}
_KANA_SHARE = 0.05  # of all letters of a text in Han characters and kana; less of kana is a foreign name

_TURN = Lock()


def language_of(script: str) -> str:
    """The code of the language that a script is likeliest in, such as ``en``, ``de``, ``zh`` or ``ja``; English where it cannot be known.

    Its letters decide, as most languages not in Latin letters are known by them; where several share
    them, ``py3langid`` does, a Bayesian classifier of byte sequences whose model its package carries.
    Numbered pinyin is ``zh``.
    """
    text = script[:ENOUGH]
    if is_pinyin(text):
        return "zh"
    letters = systems(text)
    if not letters:
        return "en"
    # A character of Chinese or Korean is a syllable, some three letters.
    system = max(letters, key=lambda name: letters[name] * (3 if name in ("han", "hangul") else 1))
    if system in ("han", "kana"):
        return "ja" if letters.get("kana", 0) > _KANA_SHARE * (letters.get("han", 0) + letters.get("kana", 0)) else "zh"
    if system == "latin":
        return _latin(text)
    return _likeliest(text, _SHARED[system]) if system in _SHARED else LANGUAGE[system]


def _latin(text: str) -> str:
    found = {language: likely * _LATIN[language] for language, likely in _ranked(text, tuple(_LATIN)).items()}
    best = max(found, key=lambda language: found[language])
    telling = TELLING ** sum(word.strip(".,;:!?\"'") in ENGLISH_WORDS for word in text.lower().split()[:100])
    return best if found[best] > FOREIGN * telling * found["en"] and found[best] > _certainty(text) else "en"


def _certainty(text: str) -> float:
    """How likely a language must be that is not English: a word or two may be a name, or a sound."""
    words = sum(1 for _ in islice(text.split(), 3))
    return 0.9 if words == 1 else 0.4 if words == 2 else 0.05


def _likeliest(text: str, languages: tuple[str, ...]) -> str:
    found = _ranked(text, languages)
    return max(languages, key=lambda language: found[language] + (0.2 if language == languages[0] else 0.0))


def _ranked(text: str, languages: tuple[str, ...]) -> dict[str, float]:
    with _TURN:
        return dict(_identifier(languages).rank(text.encode(errors="replace").decode()))


@cache
def _identifier(languages: tuple[str, ...]) -> Any:
    # 0.2, as bpy holds numpy at 1.26; the pickle is of the package itself, not of a user.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(languages)
    return identifier
