"""Words in time: the likeliest way of the script through the sound, where it may pause, stray or leave words out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.speech.hearing.trellis import Chain, Stretch, best_path, best_score
from backend.speech.inventory import PHONES, SILENCE
from backend.speech.script import Pronunciation, Spoken
from backend.speech.speech import Phone, Word

Array = NDArray[np.float32]

FRAME = 0.01  # s
PRIOR = 0.8  # how far the frequency of a phone in training is taken out of its probability (Bourlard & Morgan 1994)
ANYTHING = len(PHONES)  # the column of whatever is likeliest
STRAYING = 3.0  # nats a frame that anything costs beside the likeliest phone
LEAVING_OUT = 40.0  # nats that a word of the script costs that is not said
INSERTING = 15.0  # nats that speech costs which is not in the script
PAUSING = 0.3  # nats for a silence between words
HOPELESS = -5.0  # nats behind the likeliest phone; further behind makes no difference to a word's confidence
FEWEST = 20  # frames of speech that a fit is counted over
SHORTEST, SHORTEST_PAUSE, SHORTEST_STRAY = 3, 3, 8  # frames


@dataclass(frozen=True)
class Aligned:
    """Words and phones in time, in seconds from the first frame. ``stray`` are stretches that no word of the script covers.

    ``score`` is the log likelihood of the whole, up to what depends on the sound alone.
    """

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    stray: tuple[tuple[float, float], ...]
    unsaid: tuple[str, ...]
    score: float


def align(logs: Array, prior: Array, script: Sequence[Spoken]) -> Aligned | None:
    """``script`` along the log posteriors ``logs [frames, len(PHONES)]`` of a stretch of sound; None where that is too short."""
    if not script or not len(logs):
        return None
    network = _Network(script)
    scores = _scores(logs, prior)
    found = best_path(scores, network.chains, network.ends)
    return _read(*found, network, logs, scores) if found else None


def _scores(logs: Array, prior: Array) -> Array:
    """Log likelihoods up to a constant, and a column for whatever is likeliest but silence."""
    scores = logs - PRIOR * np.log(prior)
    anything = scores[:, 1:].max(1, keepdims=True) - STRAYING
    found: Array = np.concatenate([scores, anything], 1)
    return found


def fit(found: Aligned, logs: Array, prior: Array, script: Sequence[Spoken]) -> tuple[float, float]:
    """How much better a script fits a sound than the same sounds in reverse order do: in nats a phone, and in nats a frame of speech.

    Of a script that goes on where the recording ends, the phones are counted as the geometric mean of those
    written and those said.
    That another speaker, language or microphone is harder to hear counts in both, and so leaves the measure alone.
    """
    backwards = tuple(
        Spoken(word.text, tuple(Pronunciation(said.phones[::-1], said.stresses[::-1]) for said in word.variants)) for word in script[::-1]
    )
    network = _Network(backwards)
    other = best_score(_scores(logs, prior), network.chains, network.ends)
    if other is None:  # over minutes, what is in reverse falls so far behind that it does not end with the sound
        return float("inf"), float("inf")
    written = sum(len(word.variants[0].phones) for word in script)
    said = sum(phone.symbol != SILENCE for phone in found.phones)
    frames = int(np.count_nonzero(logs.argmax(1)))
    return (found.score - other) / float(np.sqrt(written * max(said, 1))), (found.score - other) / max(frames, FEWEST)


class _Network:
    """For each word: a pause, a stray stretch, its pronunciations, and its being left out; at the end a pause and a stray stretch."""

    def __init__(self, script: Sequence[Spoken]) -> None:
        self.chains = list[Chain]()
        self.meaning = list[tuple[int, int] | None]()  # the word and its pronunciation; None for what is no word
        self.script = script
        ends: tuple[int, ...] = (-1,)
        for number, word in enumerate(script):
            between = self._between(ends)
            entered = (*ends, *between)
            ends = tuple(
                self._add(Chain(tuple(PHONES.index(phone) for phone in variant.phones), entered, 0.0, SHORTEST), (number, which))
                for which, variant in enumerate(word.variants)
            )
            ends += (self._add(Chain((ANYTHING,), entered, LEAVING_OUT, 1)),)
        self.ends = (*ends, *self._between(ends))

    def _between(self, ends: tuple[int, ...]) -> tuple[int, int, int]:
        pause = self._add(Chain((0,), ends, PAUSING, SHORTEST_PAUSE))
        stray = self._add(Chain((ANYTHING,), (*ends, pause), INSERTING, SHORTEST_STRAY))
        return pause, stray, self._add(Chain((0,), (stray,), PAUSING, SHORTEST_PAUSE))

    def _add(self, chain: Chain, meaning: tuple[int, int] | None = None) -> int:
        self.chains.append(chain)
        self.meaning.append(meaning)
        return len(self.chains) - 1


def _read(path: Sequence[Stretch], total: float, network: _Network, logs: Array, scores: Array) -> Aligned:
    behind = np.maximum(scores - scores[:, : len(PHONES)].max(1, keepdims=True), HOPELESS)
    words, phones, stray = list[Word](), list[Phone](), list[tuple[float, float]]()
    heard = set[int]()
    for stretches in _by_chain(path):
        meaning, begin, end = network.meaning[stretches[0].chain], stretches[0].first, stretches[-1].last
        columns = network.chains[stretches[0].chain].columns
        if meaning is None:
            if columns == (0,):
                phones.append(Phone(SILENCE, begin * FRAME, end * FRAME, confidence=_confidence(logs[begin:end, 0])))
            elif end - begin >= SHORTEST_STRAY:
                stray.append((begin * FRAME, end * FRAME))
            continue
        word = network.script[meaning[0]]
        heard.add(meaning[0])
        missed = np.concatenate([behind[s.first : s.last, columns[s.place]] for s in stretches])
        words.append(Word(word.text, begin * FRAME, end * FRAME, float(np.exp(missed.mean()))))
        for stretch, stress in zip(stretches, word.variants[meaning[1]].stresses, strict=True):
            column = columns[stretch.place]
            likely = _confidence(logs[stretch.first : stretch.last, column])
            phones.append(Phone(PHONES[column], stretch.first * FRAME, stretch.last * FRAME, stress, likely))
    unsaid = tuple(word.text for number, word in enumerate(network.script) if number not in heard)
    return Aligned(tuple(words), tuple(phones), tuple(stray), unsaid, total)


def _by_chain(path: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """The stretches of one passage through one chain at a time."""
    passage = list[Stretch]()
    for stretch in path:
        if passage and (stretch.chain != passage[-1].chain or stretch.place <= passage[-1].place):
            yield passage
            passage = []
        passage.append(stretch)
    yield passage


def _confidence(logs: Array) -> float:
    return float(np.exp(logs).mean())
