"""Where nothing is said: cutting long recordings into pieces, and keeping phones out of silence."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import SILENCE, STOPS
from backend.speech.speech import PROSODY_RATE, Phone, Word

QUIET_FOR = 0.15  # s; longer than any stop's closure (Byrd 1993: under 0.1 s), so a quiet this long is a pause
BELOW_SPEECH, ABOVE_FLOOR = 32.0, 6.0  # dB; a pause lies this far under loud speech, or this little over the room
SILENT = -65.0  # dB FS; a recording that never gets louder holds no speech
LONGEST_PIECE = 30.0  # s
SHORTEST_GAP = 0.03  # s; a phone this short is a slip of the aligner
HELD = 0.07  # s of a pause that a stop beside it may be held for; under half of the shortest pause

Span = tuple[float, float]


def quiet(loudness: NDArray[np.float32]) -> list[Span]:
    """Stretches in seconds of at least 0.15 s that are far below the level of the speech."""
    speech, floor = np.percentile(loudness, [95, 5])
    threshold = max(SILENT, min(speech - 12.0, max(speech - BELOW_SPEECH, min(floor + ABOVE_FLOOR, speech - 20.0))))
    under = np.concatenate([[False], loudness < threshold, [False]])
    edges = np.flatnonzero(np.diff(under.astype(np.int8))).reshape(-1, 2) / float(PROSODY_RATE)
    return [(float(start), float(end)) for start, end in edges if end - start >= QUIET_FOR]


def pieces(duration: float, pauses: list[Span], longest: float = LONGEST_PIECE) -> list[Span]:
    """Cut ``[0, duration]`` in the middle of pauses so that no piece is longer than ``longest`` seconds.

    Where somebody talks on for longer without a pause, the cut falls at ``longest``.
    """
    middles = np.array([(start + end) / 2 for start, end in pauses])
    cuts = [0.0]
    while duration - cuts[-1] > longest:
        near = middles[(middles > cuts[-1] + 0.3 * longest) & (middles <= cuts[-1] + longest)]
        cuts.append(float(near[-1]) if len(near) else cuts[-1] + longest)
    return list(zip(cuts, [*cuts[1:], duration], strict=True))


def tile(phones: Iterable[Phone], pauses: list[Span], duration: float) -> tuple[Phone, ...]:
    """Phones without gaps or overlaps from zero to ``duration``, cut back where the recording is quiet."""
    kept: list[Phone] = []
    for phone in phones:
        cut = _beside if phone.symbol in STOPS else _outside
        start, end = cut(max(phone.start, kept[-1].end if kept else 0.0), min(phone.end, duration), pauses)
        if phone.symbol == SILENCE or end - start < SHORTEST_GAP / 2:
            continue
        if kept and start - kept[-1].end < SHORTEST_GAP:
            start = kept[-1].end
        elif start > (kept[-1].end if kept else 0.0):
            kept.append(Phone(SILENCE, kept[-1].end if kept else 0.0, start))
        kept.append(replace(phone, start=start, end=end))
    last = kept[-1].end if kept else 0.0
    if duration - last >= SHORTEST_GAP or not kept:
        kept.append(Phone(SILENCE, last, duration))
    elif duration > last:
        kept[-1] = replace(kept[-1], end=duration)
    return tuple(kept)


def until_silence(words: Iterable[Word], phones: Sequence[Phone]) -> tuple[Word, ...]:
    """The words, each ended with its last sound: an aligner lets them reach into the pause."""
    starts = [phone.start for phone in phones]
    return tuple(replace(word, end=_last_sound(word, phones, starts)) for word in words)


def _last_sound(word: Word, phones: Sequence[Phone], starts: Sequence[float]) -> float:
    last = bisect_left(starts, word.end - 1e-6) - 1
    silent = last >= 0 and phones[last].symbol == SILENCE and phones[last].start > word.start
    return min(word.end, phones[last].start) if silent else word.end


def _outside(start: float, end: float, pauses: list[Span]) -> Span:
    """What is left of a phone outside the pauses that it reaches into.

    Where a pause falls inside it, that is its first part, unless too little of it lies there to be more than a slip.
    """
    for quiet_start, quiet_end in pauses[bisect_right(pauses, start, key=itemgetter(1)) :]:
        if quiet_start >= end:
            break
        if quiet_start - start >= SHORTEST_GAP:
            return start, quiet_start
        start = min(quiet_end, end)
    return start, end


def _beside(start: float, end: float, pauses: list[Span]) -> Span:
    """The same for a stop, whose closure is quiet too: it is let go where a pause ends, or held where one begins."""
    for quiet_start, quiet_end in pauses[bisect_right(pauses, start, key=itemgetter(1)) :]:
        if quiet_start >= end:
            break
        if end < quiet_end - HELD:
            return start, min(end, quiet_start + HELD)
        start = max(start, quiet_end - HELD)
    return start, end
