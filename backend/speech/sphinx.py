"""The first ear: CMU PocketSphinx, with the American English model that its package carries."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import log10
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.speech.script import Spoken
from backend.speech.speech import SAMPLE_RATE, SILENCE, Phone, Word

FRAME = 0.01  # s
_TURN = RLock()  # a decoder hears one recording at a time, whoever asks
# An aligner must not lose the one path there is: wide beams, and wider ones where those fail (whispers, colds, old films).
_BEAMS = (1e-80, 0.0)


@dataclass(frozen=True)
class Aligned:
    """Words and phones in time, and how well they fit the sound.

    ``fit`` is the mean over the frames of speech of the log likelihood of the sound said, less that of
    the likeliest of all sounds, in PocketSphinx's unit (1024 steps of 1.0001, about 0.1 nat).
    """

    words: list[Word]
    phones: list[Phone]
    fit: float


def recognise(samples: NDArray[np.float32]) -> list[Phone]:
    """Phones of a stretch of speech without knowing its words, by a phone bigram."""
    with _TURN:
        decoder = _phone_decoder()
        _hear(decoder, samples)
        return [_phone(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() or ()]


def align(samples: NDArray[np.float32], words: Sequence[Spoken]) -> Aligned | None:
    """Words and phones of a stretch of speech whose words are known; None where they cannot be fitted."""
    with _TURN:
        for beam in _BEAMS:
            alignment = _fitted(_align_decoder(beam), samples, words)
            if alignment is not None:
                return _read(alignment, words)
    return None


def _fitted(decoder: Any, samples: NDArray[np.float32], words: Sequence[Spoken]) -> Any:
    try:
        decoder.set_align_text(" ".join(_entry(decoder, word) for word in words))
        _hear(decoder, samples)
        if decoder.hyp() is None:
            return None
        decoder.set_alignment()
        _hear(decoder, samples)
        return decoder.get_alignment()
    except RuntimeError:  # its way of saying that no path reached the end
        return None


def recognise_script(samples: NDArray[np.float32], words: tuple[Spoken, ...]) -> list[str]:
    """Which of the script's words are heard in a stretch of speech, by a bigram of the script alone."""
    with _TURN:
        decoder = _script_decoder(words)
        _hear(decoder, samples)
        return [s.word.partition("(")[0] for s in decoder.seg() or () if not s.word.startswith(("<", "[", "+"))]


def _hear(decoder: Any, samples: NDArray[np.float32]) -> None:
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()


def _phone(name: str, first: int, last: int, stress: int = 0) -> Phone:
    # Fillers (+NSN+, +SPN+, breath) and silence move no articulator that speech would.
    return Phone(name if name.isalpha() else SILENCE, first * FRAME, last * FRAME, stress)


def _read(alignment: Any, words: Sequence[Spoken]) -> Aligned:
    said, phones, score, frames = iter(words), list[Phone](), 0, 0
    found: list[Word] = []
    for entry in alignment:
        if entry.name.startswith(("<", "[", "+")):
            phones.append(_phone(SILENCE, entry.start, entry.start + entry.duration))
            continue
        word = next(said)
        found.append(Word(word.text, entry.start * FRAME, (entry.start + entry.duration) * FRAME))
        vowel_stress = iter([stress for phone, stress in zip(word.phones, word.stresses, strict=True) if _is_vowel(phone)])
        for phone in entry:
            stress = next(vowel_stress, 0) if _is_vowel(phone.name) else 0
            phones.append(_phone(phone.name, phone.start, phone.start + phone.duration, stress))
        score, frames = score + entry.score, frames + entry.duration
    return Aligned(found, phones, score / max(frames, 1))


def _is_vowel(phone: str) -> bool:
    return phone[0] in "AEIOU"


def _entry(decoder: Any, word: Spoken) -> str:
    """The word in the decoder's dictionary, put there if it is missing."""
    if decoder.lookup_word(word.text) is None:
        decoder.add_word(word.text, " ".join(word.phones), True)
    return word.text


def _decoder(**settings: Any) -> Any:
    from pocketsphinx import Decoder

    decoder = Decoder(loglevel="FATAL", samprate=float(SAMPLE_RATE), **settings)
    # The model's own settings switch noise removal on, whose tracker carries the noise of one recording into the next;
    # without it the same recording is always heard the same.
    decoder.config["remove_noise"] = False
    decoder.reinit_feat()
    return decoder


@cache
def _phone_decoder() -> Any:
    from pocketsphinx import get_model_path

    # Language weight and beams as PocketSphinx's own documentation of phone recognition gives them.
    return _decoder(allphone=get_model_path("en-us/en-us-phone.lm.bin"), lw=2.0, beam=1e-20, pbeam=1e-20)


@cache
def _align_decoder(beam: float) -> Any:
    # All senones are computed, or scores would be relative to those of the script alone.
    return _decoder(lm=None, bestpath=False, beam=beam, pbeam=beam, wbeam=beam, compallsen=True)


@lru_cache(maxsize=1)
def _script_decoder(words: tuple[Spoken, ...]) -> Any:
    with tempfile.TemporaryDirectory(prefix="mien-") as name:
        folder = Path(name)
        lexicon = {word.text: " ".join(word.phones) for word in words}
        (folder / "words.dict").write_text("".join(f"{text} {phones}\n" for text, phones in sorted(lexicon.items())), "utf-8")
        (folder / "words.arpa").write_text(_bigram([word.text for word in words]), "utf-8")
        return _decoder(dict=str(folder / "words.dict"), lm=str(folder / "words.arpa"), fwdflat=False, bestpath=False)


def _bigram(words: list[str]) -> str:
    """An ARPA language model of one text: what follows what in it, nine parts in ten, and any of its words else."""
    singles, pairs = Counter([*words, "</s>"]), Counter(pairwise(["<s>", *words, "</s>"]))
    total, leading = sum(singles.values()), Counter(["<s>", *words])
    back_off = log10(0.1)
    ones = [f"-99 <s> {back_off:.4f}", *(f"{log10(n / total):.4f} {word} {back_off:.4f}" for word, n in sorted(singles.items()))]
    twos = [f"{log10(0.9 * n / leading[a]):.4f} {a} {b}" for (a, b), n in sorted(pairs.items())]
    head = f"\\data\\\nngram 1={len(ones)}\nngram 2={len(twos)}\n"
    return "\n".join([head, "\\1-grams:", *ones, "", "\\2-grams:", *twos, "", "\\end\\", ""])
