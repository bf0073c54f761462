"""Slips of the fingers: neighbours on the keyboard, letters swapped, lost or doubled."""

import re

import numpy as np

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST = 4  # letters; shorter words are too easily turned into others


def misspelt(text: str, share: float, chance: np.random.Generator) -> str:
    """The text with a slip in the given share of its longer words; the first letter of a word stays."""
    if share <= 0:
        return text
    return re.sub(rf"[A-Za-z]{{{_SHORTEST},}}", lambda found: _slip(found[0], chance) if chance.random() < share else found[0], text)


def _slip(word: str, chance: np.random.Generator) -> str:
    at = int(chance.integers(1, len(word) - 1))
    kind = int(chance.integers(4))
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + _neighbour(word[at].lower(), chance) + word[at + 1 :]


def _neighbour(letter: str, chance: np.random.Generator) -> str:
    row = next(row for row in _ROWS if letter in row)
    at = row.index(letter)
    return row[at - 1] if at == len(row) - 1 or (at and chance.random() < 0.5) else row[at + 1]
