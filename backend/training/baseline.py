"""CMU PocketSphinx alone, to stand beside Mien's ear in measurements."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import ARPABET, SILENCE, from_arpabet
from backend.speech.script import Spoken
from backend.speech.speech import SAMPLE_RATE, Phone

FRAME = 0.01  # s
_BEAMS = (1e-80, 0.0)  # an aligner must not lose the one path there is
_SYMBOL = {ipa: arpabet for arpabet, ipa in ARPABET.items() if arpabet not in ("AX", "IX", "UX", "DX", "SIL")} | {
    "ə": "AH",
    "r": "R",
    "e": "EY",
    "o": "OW",
}


def recognised(samples: NDArray[np.float32]) -> tuple[Phone, ...]:
    """Phones without a script, by its phone bigram."""
    decoder = _phone_decoder()
    _hear(decoder, samples)
    return tuple(_phone(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() or ())


def aligned(samples: NDArray[np.float32], script: Sequence[Spoken]) -> tuple[Phone, ...]:
    """Phones along a script; none where it finds no way."""
    for beam in _BEAMS:
        decoder = _align_decoder(beam)
        try:
            decoder.set_align_text(" ".join(_entry(decoder, word) for word in script))
            _hear(decoder, samples)
            if decoder.hyp() is None:
                continue
            decoder.set_alignment()
            _hear(decoder, samples)
            return tuple(_read(decoder.get_alignment()))
        except RuntimeError:  # its way of saying that no path reached the end
            continue
    return ()


def _read(alignment: Any) -> Any:
    for entry in alignment:
        if entry.name.startswith(("<", "[", "+")):
            yield _phone("SIL", entry.start, entry.start + entry.duration)
        else:
            yield from (_phone(phone.name, phone.start, phone.start + phone.duration) for phone in entry)


def _phone(name: str, first: int, last: int) -> Phone:
    return Phone(from_arpabet(name) if name in ARPABET else SILENCE, first * FRAME, last * FRAME)


def _entry(decoder: Any, word: Spoken) -> str:
    if decoder.lookup_word(word.text) is None:
        decoder.add_word(word.text, " ".join(_SYMBOL[phone] for phone in word.variants[0].phones if phone in _SYMBOL), True)
    return word.text


def _hear(decoder: Any, samples: NDArray[np.float32]) -> None:
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()


@cache
def _phone_decoder() -> Any:
    from pocketsphinx import Decoder, get_model_path

    # Language weight and beams as PocketSphinx's own documentation of phone recognition gives them.
    model = get_model_path("en-us/en-us-phone.lm.bin")
    return Decoder(loglevel="FATAL", samprate=float(SAMPLE_RATE), allphone=model, lw=2.0, beam=1e-20, pbeam=1e-20)


@cache
def _align_decoder(beam: float) -> Any:
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL", samprate=float(SAMPLE_RATE), lm=None, bestpath=False, beam=beam, pbeam=beam, wbeam=beam)
