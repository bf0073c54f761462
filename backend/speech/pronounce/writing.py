"""Writing systems: which one a letter belongs to, and which language is likeliest to be written in it."""

import re
from collections.abc import Mapping

_RANGES: Mapping[str, str] = {
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005-\u3007\U00020000-\U000323af",
    "kana": "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "hangul": "\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "devanagari": "\u0900-\u097f",
    "bengali": "\u0980-\u09ff",
    "gurmukhi": "\u0a00-\u0a7f",
    "gujarati": "\u0a80-\u0aff",
    "tamil": "\u0b80-\u0bff",
    "telugu": "\u0c00-\u0c7f",
    "kannada": "\u0c80-\u0cff",
    "malayalam": "\u0d00-\u0d7f",
    "sinhala": "\u0d80-\u0dff",
    "thai": "\u0e00-\u0e7f",
    "burmese": "\u1000-\u109f",
    "georgian": "\u10a0-\u10ff",
    "armenian": "\u0530-\u058f",
    "ethiopic": "\u1200-\u137f",
    "latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a",
}
"""Unicode's blocks, as ranges of a character class."""

LANGUAGE: Mapping[str, str] = {
    **{"han": "zh", "kana": "ja", "hangul": "ko", "cyrillic": "ru", "greek": "el", "hebrew": "he", "arabic": "ar", "devanagari": "hi"},
    **{"bengali": "bn", "gurmukhi": "pa", "gujarati": "gu", "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml"},
    **{"sinhala": "si", "thai": "th", "burmese": "my", "georgian": "ka", "armenian": "hy", "ethiopic": "am", "latin": "en"},
}
"""Who writes so most often."""

_WRITTEN_IN: Mapping[str, frozenset[str]] = {
    "cyrillic": frozenset(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tt", "ba", "cv", "mn", "os")),
    "arabic": frozenset(("ar", "fa", "ur", "ug", "ps", "sd", "ku")),
    "devanagari": frozenset(("hi", "mr", "ne", "kok", "sa")),
    "bengali": frozenset(("bn", "as", "bpy")),
    "hebrew": frozenset(("he", "yi")),
    "ethiopic": frozenset(("am", "ti")),
    "han": frozenset(("zh", "ja", "yue", "hak")),
    "kana": frozenset(("ja",)),
}

_ANY = re.compile("|".join(f"(?P<{name}>[{ranges}]+)" for name, ranges in _RANGES.items()))


def systems(text: str) -> dict[str, int]:
    """How many letters of each writing system a text has, in the order in which they are met."""
    found: dict[str, int] = {}
    for run in _ANY.finditer(text):
        name = str(run.lastgroup)
        found[name] = found.get(name, 0) + len(run[0])
    return found


def runs(text: str) -> list[tuple[str, str]]:
    """A text cut where its writing system changes, as ``(system, piece)``; what is no letter stays with the letters before it."""
    starts: list[tuple[str, int]] = []
    for run in _ANY.finditer(text):
        name = str(run.lastgroup)
        if not starts or starts[-1][0] != name:
            starts.append((name, run.start() if starts else 0))
    ends = [*(start for _, start in starts[1:]), len(text)]
    return [(name, text[start:end]) for (name, start), end in zip(starts, ends, strict=False)]


def writes(language: str, system: str) -> bool:
    """Whether a language (two or three letters, without region) is written in a system."""
    known = _WRITTEN_IN.get(system)
    if known is not None:
        return language in known
    if system == "latin":
        return language not in LANGUAGE.values() or language == "en"
    return LANGUAGE[system] == language
