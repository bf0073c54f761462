"""Phones: aligned to the script where it fits what is said, recognised where it does not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.speech import sphinx
from backend.speech.anchors import firsts
from backend.speech.pauses import Span, pieces
from backend.speech.script import Spoken, looks_english, spoken_words
from backend.speech.speech import SAMPLE_RATE, SILENCE, Phone, Word

ALIGNED, RECOGNISED = "pocketsphinx-aligned", "pocketsphinx-recognised"
ONE_PASS = 40.0  # s; up to here the whole script is aligned at once, beyond it piece by piece
# Least fit of a script that is believed. Of the English clips in ../shared/data, scripts of their own reach -27 to -53
# (-61 under 10 dB of white noise), those of other clips -64 to -170 where they can be fitted at all.
BELIEVABLE = -62.0
# A script that leaves out part of what is said squeezes that part into its silences. Phones of whole scripts cover 0.59 (with
# a cold, and much breath) to 1.16 of what is audible there, those of their first halves 0.23 to 0.60.
COVERED = 0.55
UNSAID = 0.3  # s; an audible stretch this long between the script's words was said by somebody
ENOUGH = 0.5  # of the recording's pieces; with fewer of them following the script, none of it is believed
_RECOGNISED_INSTEAD = "the phones are recognised from the sound instead."

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
    if script is None:
        return Understood((), _recognised(samples, spans, progress), RECOGNISED, ())
    words = spoken_words(script)
    if not looks_english(script) or not words:
        note = f"the script is not in plain English, which is all this ear can align: {_RECOGNISED_INSTEAD}"
        return Understood((), _recognised(samples, spans, progress), RECOGNISED, (note,))
    found = _aligned(samples, words, spans, lambda share: progress(0.9 * share))
    if found is None:
        note = f"the script does not fit what is said: {_RECOGNISED_INSTEAD}"
        return Understood((), _recognised(samples, spans, progress, done=0.9), RECOGNISED, (note,))
    progress(1.0)
    return _completed(found, samples, pauses)


def _completed(found: Understood, samples: NDArray[np.float32], pauses: list[Span]) -> Understood:
    """Where a script leaves much of what is said out, the phones of the rest are recognised."""
    duration = len(samples) / SAMPLE_RATE
    said = [phone for phone in found.phones if phone.symbol != SILENCE]
    audible = duration - sum(end - start for start, end in pauses)
    if sum(phone.duration for phone in said) >= COVERED * audible:
        return found
    rest = _recognised(samples, list(_unsaid(said, pauses, duration)), lambda _: None)
    note = "the script leaves out much of what is said: there the phones are recognised from the sound."
    return replace(found, phones=tuple(sorted((*said, *rest), key=lambda phone: phone.start)), notes=(*found.notes, note))


def _unsaid(said: Sequence[Phone], pauses: list[Span], duration: float) -> Iterator[Span]:
    """Audible stretches between the phones, in seconds."""
    here = 0.0
    for start, end in sorted([*pauses, *((phone.start, phone.end) for phone in said), (duration, duration)]):
        if start - here >= UNSAID:
            yield here, start
        here = max(here, end)


def _recognised(samples: NDArray[np.float32], spans: list[Span], progress: Callable[[float], None], done: float = 0.0) -> tuple[Phone, ...]:
    phones: list[Phone] = []
    for i, span in enumerate(spans):
        phones += _moved(([], sphinx.recognise(_cut(samples, span))), span[0])[1]
        progress(done + (1 - done) * (i + 1) / len(spans))
    return tuple(phones)


def _aligned(
    samples: NDArray[np.float32], words: tuple[Spoken, ...], spans: list[Span], progress: Callable[[float], None]
) -> Understood | None:
    """The script in time, piece by piece where the recording is long; None where it does not fit."""
    if len(samples) <= ONE_PASS * SAMPLE_RATE:
        heard = _fitting(samples, words)
        return heard and Understood(tuple(heard[0]), tuple(heard[1]), ALIGNED, ())
    found: Heard = ([], [])
    lost: list[Span] = []
    for span, said in _shared_out(samples, words, spans, progress):
        heard = _fitting(_cut(samples, span), said)
        if heard is None:
            lost += [span] if said else []
            heard = [], sphinx.recognise(_cut(samples, span))
        said_here, phones = _moved(heard, span[0])
        found[0].extend(said_here)
        found[1].extend(phones)
    if not found[0] or len(lost) > (1 - ENOUGH) * len(spans):
        return None
    where = ", ".join(f"{start:.0f} s" for start, _ in lost)
    notes = (f"the script does not fit what is said in the stretches from {where}: there {_RECOGNISED_INSTEAD}",) if lost else ()
    return Understood(tuple(found[0]), tuple(found[1]), ALIGNED, notes)


def _fitting(samples: NDArray[np.float32], words: Sequence[Spoken]) -> Heard | None:
    found = sphinx.align(samples, words) if words else None
    return (found.words, found.phones) if found and found.fit >= BELIEVABLE else None


def _shared_out(
    samples: NDArray[np.float32], words: tuple[Spoken, ...], spans: list[Span], progress: Callable[[float], None]
) -> Iterator[tuple[Span, tuple[Spoken, ...]]]:
    """The words that belong to each piece of a long recording, found by hearing out the script's own words."""
    heard: list[list[str]] = []
    for i, span in enumerate(spans):
        heard.append(sphinx.recognise_script(_cut(samples, span), words))
        progress(0.7 * (i + 1) / len(spans))
    first = [*firsts([word.text for word in words], heard), len(words)]
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
