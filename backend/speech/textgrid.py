"""Praat's TextGrids: words and phones out to be corrected by hand, and in again. Format: ``docs/formats/textgrid.md``."""

import math
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from backend.errors import TextGridError
from backend.speech.inventory import SILENCE, VOWELS
from backend.speech.labels import SILENT, in_arpabet, sounds_of, stress_of
from backend.speech.pauses import SHORTEST_GAP
from backend.speech.speech import Phone, Speech, Word

EAR = "textgrid"
APART = 0.5  # s; a TextGrid this much longer or shorter than the recording is another one's
TOUCHING = 1e-4  # s; a gap or overlap this short is a rounding error

# What tiers are called by aligners (HTK, Montreal, WebMAUS) and by people.
_PHONES = re.compile("phn|phon|phones?|phon[eè]mes?|phonem|phonetics?|segments?|sounds?|ipa|mau|laute?|sons?|fon[eo]m?[aio]s?|音素")
_WORDS = re.compile("wrd|words?|ort(hography|-mau)?|transcript|w[oö]rte?r?|mots?|palabras?|palavras?|parol[ae]|单词|單詞|词|詞|単語")

Heard = tuple[tuple[Word, ...], tuple[Phone, ...]]


class _Interval(NamedTuple):
    start: float
    end: float
    label: str


class _Tier(NamedTuple):
    speaker: str
    name: str
    number: int


def write(words: Iterable[Word], phones: Iterable[Phone], duration: float) -> str:
    """Praat's long text format with two tiers, ``words`` and ``phones``, that cover ``duration`` seconds.

    A vowel's stress is written before it as the IPA does. Loses confidences.
    """
    tiers = {
        "words": [_Interval(word.start, word.end, _line(word.text)) for word in words],
        "phones": [_Interval(p.start, p.end, "" if p.symbol == SILENCE else ("", "ˈ", "ˌ")[p.stress] + p.symbol) for p in phones],
    }
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {duration!r}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        lines += _tier_lines(number, name, list(_covering(intervals, duration)), duration)
    return "\n".join(lines) + "\n"


def _tier_lines(number: int, name: str, intervals: Sequence[_Interval], duration: float) -> Iterator[str]:
    yield f"    item [{number}]:"
    yield '        class = "IntervalTier"'
    yield f'        name = "{name}"'
    yield "        xmin = 0"
    yield f"        xmax = {duration!r}"
    yield f"        intervals: size = {len(intervals)}"
    for count, (start, end, label) in enumerate(intervals, 1):
        quoted = label.replace('"', '""')
        yield f"        intervals [{count}]:"
        yield f"            xmin = {float(start)!r}"
        yield f"            xmax = {float(end)!r}"
        yield f'            text = "{quoted}"'


def _covering(intervals: Iterable[_Interval], duration: float) -> Iterator[_Interval]:
    """From zero to ``duration`` without overlaps, with an empty label in every gap."""
    here = 0.0
    for start, end, label in sorted(intervals):
        start, end = max(start, here), min(end, duration)  # noqa: PLW2901 - cut back
        if end - start <= TOUCHING:
            continue
        if start - here > TOUCHING:
            yield _Interval(here, start, "")
        yield _Interval(start if start - here > TOUCHING else here, end, label)
        here = end
    if duration - here > TOUCHING or not here:
        yield _Interval(here, duration, "")


def read(path: Path) -> Heard:
    """Words and phones of a TextGrid in any of Praat's formats and encodings; its beginning is second zero.

    The tiers are known by their names. Phones may be IPA or ARPAbet; what no phone stands for belongs to
    its neighbour. Phones cover the TextGrid to its end, with silence in the gaps. Without a tier of words
    there are none.

    Raises:
        TextGridError: it cannot be read, has no phones or those of several speakers, intervals overlap, or a
            label is no sound.
    """
    from parselmouth.praat import call

    grid = _opened(path)
    tiers = list(_tiers(grid))
    of_phones = [tier for tier in tiers if _PHONES.fullmatch(tier.name)]
    if not of_phones:
        names = ", ".join(f"'{tier.name}'" for tier in tiers) or "none at all"
        raise TextGridError(f"{path} has no tier called 'phones' (its interval tiers: {names}). Name the one with the sounds so.")
    speakers = sorted({tier.speaker for tier in of_phones})
    if len(speakers) > 1:
        raise TextGridError(f"{path} has phones of several speakers ({', '.join(speakers)}). Keep the tiers of one of them.")
    of_words = [tier for tier in tiers if _WORDS.fullmatch(tier.name) and tier.speaker in (speakers[0], "")]
    words = [interval for tier in of_words[:1] for interval in _intervals(grid, tier, path)]
    call(grid, "Convert to Unicode")  # phoneticians type \as for ɑ; in words a backslash stays what it is
    phones = _phones(_intervals(grid, of_phones[0], path), path)
    return (
        tuple(Word(label.lower(), start, end) for start, end, label in words if label.lower() not in SILENT),
        _tiled(phones, grid.xmax - grid.xmin),
    )


def corrected(speech: Speech, words: Sequence[Word], phones: Sequence[Phone]) -> Speech:
    """The same recording with the words and phones of a TextGrid, at their times; they are certain, and former doubts are dropped.

    Raises:
        TextGridError: they end more than half a second before or after the recording.
    """
    end = max([word.end for word in words] + [phone.end for phone in phones], default=0.0)
    if abs(end - speech.duration) > APART:
        raise TextGridError(
            f"the TextGrid is {end:.2f} s long and the recording {speech.duration:.2f} s: it belongs to another recording or cut."
        )
    sure = [replace(phone, confidence=1.0) for phone in phones]
    said = [replace(word, end=min(word.end, speech.duration), confidence=1.0) for word in words if word.start < speech.duration]
    return replace(speech, words=tuple(said), phones=_tiled(sure, speech.duration), ear=EAR, notes=())


def _opened(path: Path) -> Any:
    import parselmouth

    _check(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", parselmouth.PraatWarning)  # what Praat overlooks, we may
            grid = parselmouth.read(str(path))
    except (parselmouth.PraatError, RuntimeError) as error:
        why = str(error).partition("\n")[0].strip().rstrip(".")
        raise TextGridError(f"{path} is no TextGrid, or it is damaged ({why}). Save it again from Praat.") from error
    if not isinstance(grid, parselmouth.TextGrid):
        raise TextGridError(f"{path} holds no TextGrid but a {type(grid).__name__}. Save the TextGrid from Praat.")
    if not 0 < grid.xmax - grid.xmin < math.inf:
        raise TextGridError(f"{path} has no duration. Save it again from Praat.")
    return grid


def _check(path: Path) -> None:
    """Whether Praat may be shown the file: of its binary formats, damaged ones bring it down."""
    try:
        with path.open("rb") as file:
            head = file.read(400).replace(b"\0", b"")  # leaves ASCII of UTF-16, too
    except OSError as error:
        raise TextGridError(f"cannot read the TextGrid {path}: {(error.strerror or str(error)).lower()}.") from error
    if b"ooTextFile" not in head or b"TextGrid" not in head:
        raise TextGridError(f"{path} is no TextGrid in Praat's text formats. Save it from Praat with 'Save as text file'.")


def _line(text: str) -> str:
    return " ".join(text.split())


def _tiers(grid: Any) -> Iterator[_Tier]:
    """The interval tiers: ``NAME - phones`` is how the Montreal aligner names those of a speaker."""
    from parselmouth.praat import call

    for number in range(1, call(grid, "Get number of tiers") + 1):
        if call(grid, "Is interval tier", number):
            speaker, _, name = call(grid, "Get tier name", number).rpartition(" - ")
            yield _Tier(_line(speaker), _line(name).lower(), number)


def _intervals(grid: Any, tier: _Tier, path: Path) -> list[_Interval]:
    from parselmouth.praat import call

    found = [
        _Interval(
            call(grid, "Get start time of interval", tier.number, number) - grid.xmin,
            call(grid, "Get end time of interval", tier.number, number) - grid.xmin,
            _line(call(grid, "Get label of interval", tier.number, number)),
        )
        for number in range(1, call(grid, "Get number of intervals", tier.number) + 1)
    ]
    for start, end, label in found:
        if not -TOUCHING <= start <= end <= grid.xmax - grid.xmin + TOUCHING:
            raise TextGridError(f"the interval '{label}' of the tier '{tier.name}' in {path} lies outside the TextGrid. Mend its times.")
    for one, other in pairwise(found):
        if other.start < one.end - TOUCHING:
            raise TextGridError(
                f"the intervals '{one.label}' and '{other.label}' of the tier '{tier.name}' in {path} overlap at {other.start:.2f} s."
            )
    return [interval for interval in found if interval.end - interval.start > TOUCHING]


def _phones(intervals: Sequence[_Interval], path: Path) -> list[Phone]:
    """Sounds that no phone stands for go to the one before; at the beginning of speech to the one after."""
    arpabet = in_arpabet(interval.label for interval in intervals)
    found, since = list[Phone](), None
    for start, end, label in intervals:
        symbols = sounds_of(label, arpabet)
        if symbols is None:
            raise TextGridError(f"the label '{label}' at {start:.2f} s in {path} is neither IPA nor ARPAbet. Mend it, or leave it empty.")
        if symbols:
            begin = start if since is None or symbols[0] == SILENCE else since
            found += _shared(symbols, begin, end, stress_of(label.upper() if arpabet else label))
            since = None
        elif found and found[-1].symbol != SILENCE:
            found[-1] = replace(found[-1], end=end)
        elif since is None:
            since = start
    return found


def _shared(symbols: Sequence[str], start: float, end: float, stress: int) -> Iterator[Phone]:
    """One phone after another in equal shares of the time; the first vowel carries the stress."""
    stressed = next((place for place, symbol in enumerate(symbols) if symbol in VOWELS), None)
    for place, symbol in enumerate(symbols):
        share = (end - start) / len(symbols)
        last = end if place == len(symbols) - 1 else start + (place + 1) * share
        yield Phone(symbol, start + place * share, last, stress if place == stressed else 0)


def _tiled(phones: Iterable[Phone], duration: float) -> tuple[Phone, ...]:
    """The phones from zero to ``duration``: silence in every gap, and silences that touch made one."""
    found, here = list[Phone](), 0.0
    for phone in phones:
        start, end = max(phone.start, here), min(phone.end, duration)
        if end - start <= TOUCHING:
            continue
        if start - here > TOUCHING:
            _add(found, Phone(SILENCE, here, start))
            here = start
        _add(found, replace(phone, start=here, end=end))
        here = end
    if duration - here >= SHORTEST_GAP or not found:
        _add(found, Phone(SILENCE, here, duration))
    found[-1] = replace(found[-1], end=duration)
    return tuple(found)


def _add(found: list[Phone], phone: Phone) -> None:
    if found and found[-1].symbol == phone.symbol == SILENCE:
        found[-1] = replace(found[-1], end=phone.end)
    else:
        found.append(phone)
