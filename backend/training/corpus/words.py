"""When each written word was said: the synthesisers tell phones, not words, and in a dozen spellings.

Letters are matched with phones as strings are by Wagner & Fischer (1974), cheaply where a letter often stands for a phone, and word
ends with pauses. Letters of other scripts are known by their Unicode names (``CYRILLIC SMALL LETTER BE`` reads "be").
"""

import unicodedata
from collections.abc import Sequence

from backend.speech.inventory import SILENCE, VOWELS
from backend.speech.speech import Phone, Word

# Letters that often spell a phone, the likeliest first, where it is not the phone's own sign.
_SPELLED = {
    **{"ʃ": "sc", "tʃ": "ct", "θ": "t", "ð": "td", "ŋ": "n", "ɡ": "g", "j": "yji", "ʒ": "zjgs", "dʒ": "jgd", "ɹ": "r", "ʁ": "r"},
    **{"ɲ": "n", "ʎ": "l", "x": "hxjgc", "ç": "hc", "h": "hjgx", "k": "kcqx", "f": "fp", "v": "vwf", "s": "sczx", "z": "zs"},
    **{"w": "wou", "ɥ": "uy", "b": "bv", "ts": "tczs", "dz": "dz"},
}
_VOWEL_LETTERS = frozenset("aeiouyw")
_SILENT, _UNSPELLED, _PAUSE_INSIDE = 0.7, 0.8, 2.0
_BREAK = "|"


def word_times(text: str, phones: Sequence[Phone]) -> tuple[Word, ...]:
    """The words of a sentence in lower case, with the times of their phones; one that no phone is left for is left out."""
    written = [(word, _letters(word)) for word in text.lower().split()]
    tokens = [(letter, number) for number, (_, letters) in enumerate(written) for letter in (*letters, _BREAK)][:-1]
    heard = list(phones[_first(phones) : _last(phones)])
    found: dict[int, list[Phone]] = {}
    for number, phone in zip(_aligned(tokens, [phone.symbol for phone in heard]), heard, strict=True):
        if phone.symbol != SILENCE:
            found.setdefault(number, []).append(phone)
    return tuple(Word(_bare(written[number][0]), mine[0].start, mine[-1].end) for number, mine in sorted(found.items()))


def _aligned(tokens: list[tuple[str, int]], symbols: list[str]) -> list[int]:
    """The number of the word that each phone belongs to, by least cost."""
    rows, columns = len(tokens) + 1, len(symbols) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    move = [[""] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            ways: list[tuple[float, str]] = []
            if i and j:
                ways.append((cost[i - 1][j - 1] + _apart(tokens[i - 1][0], symbols[j - 1]), "both"))
            if i:
                ways.append((cost[i - 1][j] + (0.0 if tokens[i - 1][0] == _BREAK else _SILENT), "letter"))
            if j:
                ways.append((cost[i][j - 1] + (_PAUSE_INSIDE if symbols[j - 1] == SILENCE else _UNSPELLED), "phone"))
            if ways:
                cost[i][j], move[i][j] = min(ways, key=lambda way: way[0])
    return _traced(tokens, move)


def _traced(tokens: list[tuple[str, int]], move: list[list[str]]) -> list[int]:
    numbers: list[int] = []
    i, j = len(move) - 1, len(move[0]) - 1
    while i or j:
        step = move[i][j]
        if step != "letter":
            numbers.append(tokens[max(i - 1, 0)][1] if tokens else 0)
        i, j = i - (step != "phone"), j - (step != "letter")
    return numbers[::-1]


def _apart(letter: str, symbol: str) -> float:
    """What it costs that a letter spells a phone."""
    if symbol == SILENCE or letter == _BREAK:
        return 0.0 if symbol == SILENCE and letter == _BREAK else 4.0
    if symbol in VOWELS:
        return 0.0 if letter in _VOWEL_LETTERS else 2.5
    spelled = _SPELLED.get(symbol, symbol[0])
    if letter in spelled:
        return 0.0 if letter == spelled[0] else 0.1
    return 1.2 if letter not in _VOWEL_LETTERS else 2.5


def _letters(word: str) -> str:
    return "".join(_read(c) for c in unicodedata.normalize("NFD", word) if c.isalpha() or unicodedata.category(c) == "Mc")


def _read(letter: str) -> str:
    if letter.isascii():
        return letter
    name = unicodedata.name(letter, "")
    plain = name.split(" WITH ")[0].split()[-1].lower() if name else ""
    return plain if plain.isascii() and plain.isalpha() and len(plain) <= 4 else ""


def _bare(word: str) -> str:
    return word.strip(".,?!;:")


def _first(phones: Sequence[Phone]) -> int:
    return next((i for i, phone in enumerate(phones) if phone.symbol != SILENCE), len(phones))


def _last(phones: Sequence[Phone]) -> int:
    return len(phones) - next((i for i, phone in enumerate(reversed(phones)) if phone.symbol != SILENCE), 0)
