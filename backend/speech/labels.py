"""What aligners and phoneticians write on a sound: ARPAbet with its stress digits, or IPA however decorated."""

import unicodedata
from collections.abc import Iterable, Iterator

from backend.speech.inventory import ARPABET, SILENCE, from_arpabet, nearest

SILENT = frozenset(("", "sil", "sp", "spn", "pau", "#", "_", "<p:>", "<sil>", "<eps>"))
"""Labels of HTK, the Montreal aligner, festival and WebMAUS for no speech; ``spn`` is its noise."""
_OFFGLIDES = {
    "aj": "aɪ",
    "aw": "aʊ",
    "ej": "eɪ",
    "ow": "oʊ",
    "əw": "oʊ",
    "ɔj": "ɔɪ",
    "oj": "ɔɪ",
}  # the Montreal aligner's way with diphthongs
_TONES = str.maketrans("", "", "˥˦˧˨˩0123456789")
_LONGEST = 3  # letters; a label with more sounds is a word in the wrong tier


def in_arpabet(labels: Iterable[str]) -> bool:
    """Whether a tier is written in ARPAbet, be it in small letters: each label is of it, and one at least is no single letter."""
    sounds = {label.rstrip("012").upper() for label in labels if label.lower() not in SILENT}
    return bool(sounds) and sounds <= ARPABET.keys() and max(map(len, sounds)) > 1


def sounds_of(label: str, arpabet: bool) -> tuple[str, ...] | None:
    """The phones of a label, none for a sound that no phone stands for (a glottal stop), None where it is no label of a sound.

    ``arpabet`` is what :func:`in_arpabet` says of its tier; in capitals it is understood in any tier.
    """
    if label.lower() in SILENT:
        return (SILENCE,)
    if (arpabet or label.isupper()) and label.upper().rstrip("012") in ARPABET:
        return (from_arpabet(label.upper()),)
    toneless = label.translate(_TONES)
    whole = _OFFGLIDES.get(toneless) or nearest(toneless)
    return (whole,) if whole else _several(toneless)


def stress_of(label: str) -> int:
    """1 or 2 for primary or secondary stress, else 0."""
    if label.isupper() and label.isascii() and label[-1] in "12":
        return int(label[-1])
    return 1 if "ˈ" in label else 2 if "ˌ" in label else 0


def _several(label: str) -> tuple[str, ...] | None:
    letters = list(_letters(label))
    if not 0 < len(letters) <= _LONGEST:
        return None
    found = list[str]()
    while letters:
        pair, single = nearest("".join(letters[:2])), nearest(letters[0])
        if pair or single:
            found.append(pair or single or "")
        elif not _ipa(letters[0]):
            return None
        del letters[: 2 if pair else 1]
    return tuple(found)


def _letters(label: str) -> Iterator[str]:
    """Letters without what is written above, below and beside them."""
    for letter in unicodedata.normalize("NFC", label):
        if nearest(letter) is None:
            letter = unicodedata.normalize("NFD", letter)[0]  # noqa: PLW2901 - only its base counts from here on
        if unicodedata.category(letter) not in ("Mn", "Lm", "Sk"):
            yield letter


def _ipa(letter: str) -> bool:
    """Whether a letter is of Unicode's IPA extensions, or a click."""
    return "\u0250" <= letter <= "\u02af" or letter in "ʘǀǁǂǃ"
