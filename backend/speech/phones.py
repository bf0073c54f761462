"""Phones: along the script where it fits what is said, along the words that are heard where those do, else from the sound alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.errors import MissingError
from backend.speech.hearing.align import FRAME, Aligned, align, fit
from backend.speech.hearing.posteriors import Ear, posteriors, shipped
from backend.speech.hearing.recognise import recognise
from backend.speech.pauses import Span, pieces
from backend.speech.script import language_of, spoken_words
from backend.speech.speech import SAMPLE_RATE, Phone, Word
from backend.speech.words import Recogniser, recognise_words

SCRIPT, WORDS, SOUND = "script", "recognised words", "sound alone"
# A word is not believed when the sound agrees less with it and its neighbours; a script's words are likelier to be said than
# recognised ones.
WRITTEN, GUESSED = 0.12, 0.35
# Nats a phone, or nats a frame, by which a believable script fits better than its reverse. In ../shared/data 110 of 119 scripts in
# eight languages do (the others are cut off in their middle, or noisy), and 3 of 677 that belong to other clips.
BELIEVABLE = 11.0, 1.2
ENGLISH = 0.6  # of the recognised words' time; where less is believed, it is not English
UNSAID = 0.5  # s; the artist is told of speech that the script leaves out from here on
MOST_WORDS = 12  # a second; nobody speaks faster
_INSTEAD = "the phones are recognised from the sound instead."

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Understood:
    """Words and phones in time, the log posteriors ``[frames, len(PHONES)]`` they were read from, how, and what the artist should know."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]
    posteriors: Array
    ear: str
    notes: tuple[str, ...]


def understand(
    samples: Array,
    script: str | None,
    pauses: list[Span],
    language: str | None = None,
    progress: Callable[[float], None] = lambda _: None,
    ear: Ear | None = None,
    recogniser: Recogniser | None = None,
) -> Understood:
    """Words and phones of ``samples`` at 16 kHz. Without a ``language``, that of the script is guessed.

    Without a script, a ``recogniser`` is asked for one; what it writes is doubted as PocketSphinx's words are.
    """
    ear = ear or shipped()
    logs = posteriors(samples, ear)
    progress(0.4)
    spans = pieces(len(samples) / SAMPLE_RATE, pauses)
    heard, notes = None, tuple[str, ...]()
    if script is not None:
        heard, notes = _along_script(logs, ear.prior, script, language or language_of(script))
    elif recogniser is not None and (text := recogniser(samples, language).strip()):
        heard, _ = _along_script(logs, ear.prior, text, language or language_of(text), GUESSED)
    if heard is None and script is None and language in (None, "en"):
        heard = _along_heard_words(samples, logs, ear.prior, spans, lambda share: progress(0.4 + 0.5 * share))
    words, phones = heard or ((), tuple(_freely(logs, spans)))
    progress(1.0)
    return Understood(words, phones, logs, (WORDS if script is None else SCRIPT) if heard else SOUND, notes)


Heard = tuple[tuple[Word, ...], tuple[Phone, ...]]


def _along_script(logs: Array, prior: Array, script: str, language: str, least: float = WRITTEN) -> tuple[Heard | None, tuple[str, ...]]:
    try:
        words = spoken_words(script, language, round(MOST_WORDS * len(logs) * FRAME) + 5)
    except MissingError as error:
        return None, (f"{str(error).rstrip('.')}: {_INSTEAD}",)
    found = align(logs, prior, words)
    if found is None:
        return None, (f"nothing of the script can be said in this recording: {_INSTEAD}",)
    if all(better < least for better, least in zip(fit(found, logs, prior, words), BELIEVABLE, strict=True)):
        return None, (f"the script does not fit what is said: {_INSTEAD}",)
    return (tuple(found.words), _merged(found, logs, least)), tuple(_notes(found))


def _notes(found: Aligned) -> Iterator[str]:
    believed = set(_believed(found.words, WRITTEN))
    doubtful = [word for word in found.words if word not in believed]
    if doubtful:
        some = ", ".join(f"{word.text} ({word.start:.1f} s)" for word in doubtful[:4])
        more = f" and {len(doubtful) - 4} more" if len(doubtful) > 4 else ""
        yield f"these words of the script do not sound as written: {some}{more}; there {_INSTEAD}"
    if found.unsaid:
        some = ", ".join(found.unsaid[:4]) + (f" and {len(found.unsaid) - 4} more" if len(found.unsaid) > 4 else "")
        yield f"these words of the script are not heard: {some}."
    stray = [span for span in found.stray if span[1] - span[0] >= UNSAID]
    if stray:
        where = ", ".join(f"{start:.1f} s" for start, _ in stray[:4]) + (" and elsewhere" if len(stray) > 4 else "")
        yield f"the script leaves out what is said at {where}: there {_INSTEAD}"


def _along_heard_words(samples: Array, logs: Array, prior: Array, spans: list[Span], progress: Callable[[float], None]) -> Heard | None:
    """English words, as far as our own ear agrees with them; None where it mostly does not."""
    words, phones, stray = list[Word](), list[Phone](), list[Span]()
    for number, span in enumerate(spans):
        said = spoken_words(" ".join(recognise_words(samples[round(span[0] * SAMPLE_RATE) : round(span[1] * SAMPLE_RATE)])), "en")
        found = align(_cut(logs, span), prior, said)
        if found is not None:
            words += [replace(word, start=word.start + span[0], end=word.end + span[0]) for word in found.words]
            phones += _moved(found.phones, span[0])
            stray += [(start + span[0], end + span[0]) for start, end in found.stray]
        progress((number + 1) / len(spans))
    believed = _believed(words, GUESSED)
    spoken = sum(word.end - word.start for word in words) + sum(end - start for start, end in stray)
    if not believed or sum(word.end - word.start for word in believed) < ENGLISH * spoken:
        return None
    return believed, _merged(Aligned(tuple(words), tuple(phones), tuple(stray), (), 0.0), logs, GUESSED)


def _merged(found: Aligned, logs: Array, least: float) -> tuple[Phone, ...]:
    """The phones of the words that are believed, and freely recognised ones where none is."""
    believed = set(_believed(found.words, least))
    doubted = [*((word.start, word.end) for word in found.words if word not in believed), *found.stray]
    kept = [phone for phone in found.phones if not _inside(phone, doubted)]
    filling = _freely(logs, _gaps(kept, len(logs) * FRAME))
    return tuple(sorted([*kept, *filling], key=lambda phone: phone.start))


def _freely(logs: Array, spans: Iterable[Span]) -> Iterator[Phone]:
    """The phones of stretches whose words are not known."""
    for span in spans:
        yield from _moved(recognise(_cut(logs, span)), span[0])


def _believed(words: Sequence[Word], least: float) -> tuple[Word, ...]:
    """The words that the sound agrees with, or that are so short that their neighbours must vouch for them."""
    vouched = np.array([word.confidence for word in words])
    lasting = np.array([word.end - word.start for word in words])
    padded, weights = np.pad(vouched * lasting, 1), np.pad(lasting, 1)
    around = (padded[:-2] + padded[1:-1] + padded[2:]) / np.maximum(weights[:-2] + weights[1:-1] + weights[2:], 1e-6)
    return tuple(word for word, own, near in zip(words, vouched, around, strict=True) if max(own, near) >= least)


def _inside(phone: Phone, spans: Iterable[Span]) -> bool:
    middle = (phone.start + phone.end) / 2
    return any(start <= middle < end for start, end in spans)


def _gaps(phones: Sequence[Phone], end: float) -> Iterator[Span]:
    here = 0.0
    for phone in phones:
        if phone.start - here > FRAME / 2:
            yield here, phone.start
        here = max(here, phone.end)
    if end - here > FRAME / 2:
        yield here, end


def _cut(logs: Array, span: Span) -> Array:
    return logs[round(span[0] / FRAME) : round(span[1] / FRAME)]


def _moved(phones: Iterable[Phone], by: float) -> list[Phone]:
    return [replace(phone, start=phone.start + by, end=phone.end + by) for phone in phones]
