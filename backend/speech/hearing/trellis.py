"""Chains of phones that a sound may follow, and the likeliest way through them (Viterbi 1967).

A chain is a row of states, each of which takes one frame; a phone is ``least`` states, the last of which
may last. Chains are entered from the ends of other chains. States of one chain lie side by side, and
chains in the order in which they are likely to be heard, so that a frame costs a few operations on the
stretch of states that are still in the running, however long the sound is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

NEVER = np.float32(-1e30)
BEAM = 1000.0  # nats below the best; what is worse is given up
STRIDE = 10  # frames for which a stretch of states is kept


@dataclass(frozen=True)
class Chain:
    """A row of columns of the score matrix, each held for at least ``least`` frames.

    ``after`` are the numbers of the chains it may follow, -1 for the beginning of the sound. ``cost`` is
    taken from the score on entering.
    """

    columns: tuple[int, ...]
    after: tuple[int, ...]
    cost: float = 0.0
    least: int = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` to ``last`` (exclusive) spent in one column of a chain."""

    chain: int
    place: int
    first: int
    last: int


def best_path(scores: Array, chains: Sequence[Chain], ends: Sequence[int]) -> tuple[list[Stretch], float] | None:
    """The likeliest way through ``chains`` that ends in one of ``ends``, and its score; None where the sound is too short for any.

    ``scores [frames, columns]`` are log scores.
    """
    run = _Run(_Grid(chains), scores)
    last, total = run.to_the_end(ends)
    return (run.back_from(last), total) if total > NEVER / 2 else None


def best_score(scores: Array, chains: Sequence[Chain], ends: Sequence[int]) -> float | None:
    """The score of :func:`best_path` alone, in two thirds of the time."""
    _, total = _Run(_Grid(chains), scores, traced=False).to_the_end(ends)
    return total if total > NEVER / 2 else None


class _Grid:
    """Chains laid out as states: what each state hears, where each chain begins and ends, and whom it may follow."""

    def __init__(self, chains: Sequence[Chain]) -> None:
        lengths = np.array([len(chain.columns) * chain.least for chain in chains])
        self.heads = np.cumsum(lengths) - lengths
        self.tails = self.heads + lengths - 1
        self.owner = np.repeat(np.arange(len(chains)), lengths)
        self.column = np.concatenate([np.repeat(chain.columns, chain.least) for chain in chains])
        self.place = np.concatenate([np.repeat(np.arange(len(chain.columns)), chain.least) for chain in chains])
        lasting = np.concatenate([np.tile(np.arange(chain.least) == chain.least - 1, len(chain.columns)) for chain in chains])
        self.staying = np.where(lasting, np.float32(0), NEVER)
        self.costs = np.array([chain.cost for chain in chains], np.float32)
        self.begins = np.array([-1 in chain.after for chain in chains])
        self.before = self._predecessors(chains)
        jumps = np.arange(len(chains))[:, None] - np.where(self.before < len(chains), self.before, np.arange(len(chains))[:, None])
        self.forth, self.back = max(int(jumps.max()), 0), max(int(-jumps.min()), 0)

    @staticmethod
    def _predecessors(chains: Sequence[Chain]) -> NDArray[np.intp]:
        """``[chains, most]``, filled up with a chain that is never left."""
        entered = [[c for c in chain.after if c >= 0] for chain in chains]
        most = max(*(len(some) for some in entered), 1)
        return np.array([some + [len(chains)] * (most - len(some)) for some in entered])


@dataclass(frozen=True, eq=False)
class _Decided:
    """Of some frames: the states that were moved into, from ``state`` on, and how the chains were entered, from ``chain`` on."""

    state: int
    chain: int
    moved: NDArray[np.uint8]
    entered: NDArray[np.uint8]


class _Run:
    """Scores of all states, carried from frame to frame, and what was decided at each."""

    def __init__(self, grid: _Grid, scores: Array, traced: bool = True) -> None:
        self.grid, self.scores, self.traced = grid, scores, traced
        self.score = np.full(len(grid.column), NEVER, np.float32)
        first = grid.heads[grid.begins]
        self.score[first] = scores[0, grid.column[first]] - grid.costs[grid.begins]
        self.left = np.full(len(grid.heads) + 1, NEVER, np.float32)  # the score of leaving each chain
        self.decided = list[_Decided]()

    def to_the_end(self, ends: Sequence[int]) -> tuple[int, float]:
        """The best state among the ends of the chains ``ends`` after the last frame, and its score."""
        for first in range(1, len(self.scores), STRIDE):
            self.advance(first, min(first + STRIDE, len(self.scores)))
        last = max((int(self.grid.tails[chain]) for chain in ends), key=lambda state: self.score[state])
        return last, float(self.score[last])

    def advance(self, first: int, last: int) -> None:
        """Frames ``first`` to ``last``, among the chains that may be reached by then."""
        grid = self.grid
        alive = np.flatnonzero(self.score > max(float(self.score.max()) - BEAM, float(NEVER) / 2))
        if not len(alive):
            return
        low = max(int(grid.owner[alive[0]]) - STRIDE * grid.back, 0)
        high = min(int(grid.owner[alive[-1]]) + 1 + STRIDE * grid.forth, len(grid.heads))
        begin, end = int(grid.heads[low]), int(grid.tails[high - 1]) + 1
        for given_up in (self.score[:begin], self.score[end:], self.left[:low], self.left[high:]):
            given_up[:] = NEVER
        score, column, staying = self.score[begin:end], grid.column[begin:end], grid.staying[begin:end]
        heads, tails, costs = grid.heads[low:high] - begin, grid.tails[low:high] - begin, grid.costs[low:high]
        before, rows = np.ascontiguousarray(grid.before[low:high].T), np.arange(high - low)
        ahead, moved = np.empty_like(score), np.empty((last - first, len(score)), np.bool_)
        entered = np.empty((last - first, high - low), np.uint8)
        for frame in range(first, last):
            self.left[low:high] = score[tails]
            came = self.left[before]
            ahead[1:] = score[:-1]
            if self.traced:
                entered[frame - first] = choice = came.argmax(0)
                ahead[heads] = came[choice, rows] - costs
                np.add(score, staying, out=score)
                np.greater(ahead, score, out=moved[frame - first])
            else:
                ahead[heads] = came.max(0) - costs
                np.add(score, staying, out=score)
            np.maximum(ahead, score, out=score)
            score += self.scores[frame, column]
        if self.traced:
            self.decided.append(_Decided(begin, low, np.packbits(moved, axis=1), entered))

    def back_from(self, state: int) -> list[Stretch]:
        """The way to ``state``, from its beginning."""
        grid, found, frame = self.grid, list[Stretch](), len(self.scores)
        end = frame
        for some in reversed(self.decided):
            for moved, entered in zip(some.moved[::-1], some.entered[::-1], strict=True):
                frame -= 1
                at = state - some.state
                if not moved[at >> 3] >> (7 - (at & 7)) & 1:
                    continue
                chain = int(grid.owner[state])
                entering = state == grid.heads[chain]
                before = int(grid.tails[grid.before[chain, entered[chain - some.chain]]]) if entering else state - 1
                if entering or grid.place[before] != grid.place[state]:
                    found.append(Stretch(chain, int(grid.place[state]), frame, end))
                    end = frame
                state = before
        found.append(Stretch(int(grid.owner[state]), int(grid.place[state]), 0, end))
        return found[::-1]
