"""The sounds that Mien tells apart, and what they look like on a face.

``PHONES`` is an IPA reduced to what one network can hear in any language ("IPA-lite"): secondary
articulations, length and tone are left out, and rare sounds stand with their nearest neighbour
(:func:`nearest`). ``VISEMES`` are the fifteen standard visual classes of the Oculus lip-sync set, as
other tools and game engines use them.
"""

import unicodedata
from collections.abc import Mapping

SILENCE = "sil"

_BY_VISEME: Mapping[str, str] = {
    "sil": "sil",
    "PP": "p b m",
    "FF": "f v",
    "TH": "θ ð",
    "DD": "t d",
    "kk": "k ɡ ŋ x ç h",
    "CH": "tʃ dʒ ʃ ʒ",
    "SS": "s z ts dz",
    "nn": "n l ɲ ʎ",
    "RR": "ɹ r ʁ ɝ",
    "aa": "ɑ a æ ʌ ə aɪ aʊ",
    "E": "ɛ e eɪ",
    "ih": "ɪ i j ɨ",
    "oh": "ɔ o oʊ ɔɪ ø",
    "ou": "ʊ u w y ɥ",
}

VISEME: Mapping[str, str] = {phone: viseme for viseme, phones in _BY_VISEME.items() for phone in phones.split()}
"""The viseme of each phone."""
VISEMES: tuple[str, ...] = tuple(_BY_VISEME)
PHONES: tuple[str, ...] = tuple(VISEME)
"""Silence first; the order of the network's outputs."""
DIPHTHONGS = frozenset(("aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ"))
VOWELS = frozenset("ɑaæʌəɛeɪiɨɔoøʊuyɝ") | DIPHTHONGS
CLOSURES = frozenset("pbm")
"""The lips meet."""
STOPS = frozenset("pbtdkɡ")
"""Silent while they are held."""

# What is not told apart, and the phone that is nearest to the eye first and to the ear second.
_NEAR: Mapping[str, str] = {
    **{"g": "ɡ", "ɚ": "ɝ", "ɜ": "ɝ", "ɐ": "ə", "ɘ": "ə", "ɵ": "ə", "ɞ": "ɝ", "œ": "ø", "ɶ": "ø", "ʏ": "y", "ɯ": "ɨ", "ʉ": "u", "ɒ": "ɔ"},
    **{"ɤ": "ʌ", "ɔʏ": "ɔɪ", "ɔø": "ɔɪ", "əʊ": "oʊ", "ou": "oʊ", "ei": "eɪ", "ai": "aɪ", "au": "aʊ", "oi": "ɔɪ", "ɔi": "ɔɪ", "aʊ": "aʊ"},
    **{"ɾ": "r", "ɽ": "r", "ɻ": "ɹ", "ʀ": "ʁ", "ɬ": "l", "ɮ": "l", "ɫ": "l", "ɭ": "l", "ʟ": "l", "ɱ": "m", "ɳ": "n", "ɴ": "ŋ"},
    **{"ɸ": "f", "β": "v", "ʋ": "v", "ʂ": "ʃ", "ɕ": "ʃ", "ʐ": "ʒ", "ʑ": "ʒ", "ʝ": "j", "ɣ": "x", "χ": "x", "ħ": "h", "ʕ": "h", "ɦ": "h"},
    **{"ʈ": "t", "ɖ": "d", "c": "k", "ɟ": "ɡ", "q": "k", "ɢ": "ɡ", "ɰ": "w", "ʍ": "w", "pf": "f"},
    **{"tɕ": "tʃ", "dʑ": "dʒ", "tʂ": "tʃ", "dʐ": "dʒ", "cç": "tʃ", "ɟʝ": "dʒ"},
}
_SPELLED = str.maketrans(
    {"ː": "", "ˑ": "", "ˈ": "", "ˌ": "", "͡": "", "͜": "", "'": "", "ʰ": "", "ʲ": "", "ʷ": "", "ˠ": "", "ˤ": "", "˞": "", "-": ""}
)


def nearest(ipa: str) -> str | None:
    """The phone that stands for an IPA symbol however it is decorated, or None where no phone does (a glottal stop, say)."""
    if "˞" in ipa:
        return "ɝ"
    bare = "".join(c for c in unicodedata.normalize("NFD", ipa.translate(_SPELLED)) if not unicodedata.combining(c) or c == "̧")
    bare = unicodedata.normalize("NFC", bare)
    bare = _NEAR.get(bare, bare)
    return bare if bare in VISEME else None


ARPABET: Mapping[str, str] = {
    **{
        "SIL": "sil",
        "AA": "ɑ",
        "AE": "æ",
        "AH": "ʌ",
        "AO": "ɔ",
        "AW": "aʊ",
        "AX": "ə",
        "AY": "aɪ",
        "EH": "ɛ",
        "ER": "ɝ",
        "EY": "eɪ",
        "IH": "ɪ",
    },
    **{"IX": "ɪ", "IY": "i", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "u", "B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "DX": "d", "F": "f"},
    **{
        "G": "ɡ",
        "HH": "h",
        "JH": "dʒ",
        "K": "k",
        "L": "l",
        "M": "m",
        "N": "n",
        "NG": "ŋ",
        "P": "p",
        "R": "ɹ",
        "S": "s",
        "SH": "ʃ",
        "T": "t",
    },
    **{"TH": "θ", "UX": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ"},
}
"""CMUdict's symbols, for dictionaries and aligners that speak them; an unstressed ``AH`` is a schwa, ``ə``."""


def from_arpabet(symbol: str) -> str:
    """The phone of an ARPAbet symbol with or without its stress digit; KeyError for any other symbol."""
    return "ə" if symbol == "AH0" else ARPABET[symbol.rstrip("012")]
