"""Phones: aligned to the script where it fits what is said, recognised where it does not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from backend.speech import sphinx
from backend.speech.pauses import Span, pieces
from backend.speech.script import Spoken, looks_english, spoken_words
from backend.speech.speech import SAMPLE_RATE, SILENCE, Phone, Word

ALIGNED, RECOGNISED = "pocketsphinx-aligned", "pocketsphinx-recognised"
ONE_PASS = 40.0  # s; up to here the whole script is aligned at once, beyond it piece by piece
# Share of frames on which alignment and free recognition hear the same class of sound. Of the English clips in
# ../shared/data, scripts of their own reach 0.51 to 0.85 (0.38 with a cold), those of another clip 0.09 to 0.44,
# half of them under 0.28, where they can be fitted at all.
BELIEVABLE = 0.37
_CLASSES = (
    "AA AE AH AO AW AY EH ER EY OW OY UH",
    "IH IY Y",
    "UW W",
    "P B M",
    "F V",
    "T D N L DH TH",
    "S Z SH ZH CH JH",
    "K G NG HH",
    "R ER",
    "SIL",
)
_CLASS_OF = {phone: number for number, names in reversed(list(enumerate(_CLASSES))) for phone in names.split()}

Heard = tuple[list[Word], list[Phone]]


@dataclass(frozen=True)
class Understood:
    """Words and phones in time, which ear found them, and what the artist should know."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    ear: str
    notes: tuple[str, ...]


def understand(
    samples: NDArray[np.float32], script: str | None, pauses: list[Span], progress: Callable[[float], None] = lambda _: None
) -> Understood:
    """Phones of ``samples`` at 16 kHz, with the words where a script is given and fits."""
    spans = pieces(len(samples) / SAMPLE_RATE, pauses)
    free: list[Phone] = []
    for i, span in enumerate(spans):
        free += _moved(([], sphinx.recognise(_cut(samples, span))), span[0])[1]
        progress((i + 1) / len(spans) * (1.0 if script is None else 0.4))
    if script is None:
        return Understood((), tuple(free), RECOGNISED, ())
    words = spoken_words(script)
    if not looks_english(script) or not words:
        return _unaligned(free, "the script is not in plain English, which is all this ear can align")
    found = _aligned(samples, words, spans, lambda share: progress(0.4 + 0.6 * share))
    if found is None or agreement(found[1], free) < BELIEVABLE:
        return _unaligned(free, "the script does not fit what is said")
    return Understood(tuple(found[0]), tuple(found[1]), ALIGNED, ())


def agreement(one: Sequence[Phone], other: Sequence[Phone]) -> float:
    """Share of the 10 ms frames with speech in either on which two phone sequences agree in class of sound."""
    end = max((phone.end for phone in (*one, *other)), default=0.0)
    a, b = _classes(one, end), _classes(other, end)
    spoken = (a != _CLASS_OF[SILENCE]) | (b != _CLASS_OF[SILENCE])
    return float((a == b)[spoken].mean()) if spoken.any() else 0.0


def _classes(phones: Sequence[Phone], end: float) -> NDArray[np.int_]:
    row = np.full(round(end * 100) + 1, _CLASS_OF[SILENCE])
    for phone in phones:
        row[round(phone.start * 100) : round(phone.end * 100)] = _CLASS_OF[phone.symbol]
    return row


def _unaligned(free: list[Phone], reason: str) -> Understood:
    return Understood((), tuple(free), RECOGNISED, (f"{reason}: the phones are recognised from the sound instead.",))


def _aligned(samples: NDArray[np.float32], words: tuple[Spoken, ...], spans: list[Span], progress: Callable[[float], None]) -> Heard | None:
    if len(samples) <= ONE_PASS * SAMPLE_RATE:
        return sphinx.align(samples, words)
    found: Heard = ([], [])
    for span, said in _shared_out(samples, words, spans, progress):
        heard = sphinx.align(_cut(samples, span), said) if said else None
        heard = heard or ([], sphinx.recognise(_cut(samples, span)))
        said_here, phones = _moved(heard, span[0])
        found[0].extend(said_here)
        found[1].extend(phones)
    return found


def _shared_out(
    samples: NDArray[np.float32], words: tuple[Spoken, ...], spans: list[Span], progress: Callable[[float], None]
) -> Iterator[tuple[Span, tuple[Spoken, ...]]]:
    """The words that belong to each piece of a long recording, found by hearing out the script's own words."""
    heard: list[str] = []
    owner: list[int] = []
    for i, span in enumerate(spans):
        said = sphinx.recognise_script(_cut(samples, span), words)
        heard += said
        owner += [i] * len(said)
        progress(0.7 * (i + 1) / len(spans))
    texts = [word.text for word in words]
    first = np.full(len(spans) + 1, len(words))  # of each piece: its first word of the script
    first[0] = 0
    for block in SequenceMatcher(None, texts, heard, autojunk=False).get_matching_blocks():
        for k in range(block.size):
            i = owner[block.b + k]
            if i:
                first[i] = min(first[i], block.a + k)
    first = np.minimum.accumulate(first[::-1])[::-1]
    for i, span in enumerate(spans):
        yield span, words[first[i] : first[i + 1]]
        progress(0.7 + 0.3 * (i + 1) / len(spans))


def _cut(samples: NDArray[np.float32], span: Span) -> NDArray[np.float32]:
    return samples[round(span[0] * SAMPLE_RATE) : round(span[1] * SAMPLE_RATE)]


def _moved(heard: Heard, by: float) -> Heard:
    words, phones = heard
    return (
        [replace(word, start=word.start + by, end=word.end + by) for word in words],
        [replace(phone, start=phone.start + by, end=phone.end + by) for phone in phones],
    )
