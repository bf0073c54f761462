"""Which words of a long script belong to which piece of its recording."""

from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

SAME, OTHER, MISSING = 1.0, -1.0, -0.75  # what a word adds that is heard as written, as another one, or on one side alone


def firsts(script: Sequence[str], heard: Sequence[Sequence[str]]) -> list[int]:
    """The number in ``script`` of each piece's first word, where ``heard`` gives the words heard in each piece.

    The best global alignment of two word sequences (Needleman and Wunsch 1970), one row for each
    word heard. Of the path to each cell only its place at the last piece's start is kept, so that
    memory grows with pieces times words, not with words squared.
    """
    numbers = dict(zip(dict.fromkeys(script), count(), strict=False))
    text = np.array([numbers[word] for word in script])
    gap = MISSING * np.arange(len(script) + 1)
    best, starts = gap.copy(), list[NDArray[np.int32]]()
    for words in heard:
        came_from = np.arange(len(script) + 1, dtype=np.int32)
        for word in words:
            best, step = _row(best, text == numbers.get(word, -1), gap)
            came_from = came_from[step]
        starts.append(came_from)
    found, place = list[int](), len(script)
    for came_from in reversed(starts):
        place = int(came_from[place])
        found.append(place)
    return [0, *found[::-1][1:]]


def _row(above: NDArray[np.float64], same: NDArray[np.bool_], gap: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The scores of one more word heard, and for each of its cells the cell of the row above that its path left."""
    score = above + MISSING
    diagonal = above[:-1] + np.where(same, SAME, OTHER)
    slanted = np.concatenate([[False], diagonal > score[1:]])
    score[1:] = np.maximum(score[1:], diagonal)
    level = score - gap  # so that words of the script left out cost nothing along the row
    reached = np.maximum.accumulate(level)
    leader = np.maximum.accumulate(np.where(level == reached, np.arange(len(level)), 0))
    return reached + gap, leader - slanted[leader]
