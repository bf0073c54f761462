"""Lines of speech made from nothing, whose every phone is known."""

from collections.abc import Sequence

import numpy as np

from backend.speech.speech import PROSODY_RATE, SAMPLE_RATE, Phone, Prosody, Speech

LOUD = {"AA", "AE", "AH", "AO", "EH", "ER", "IH", "IY", "UH", "UW", "AY", "OW"}
MAMA = "SIL:.5 M:.08 AA1:.16 M:.08 AH:.08 B:.07 IY1:.14 F:.09 AO1:.13 R:.07 SH:.12 UW1:.15 T:.06 W:.07 EH1:.12 S:.1 SIL:1.6"


def line(text: str = MAMA, repeat: int = 1) -> Speech:
    """Speech whose phones are written as ``SYMBOL[stress]:seconds``; vowels are loud and voiced."""
    phones: list[Phone] = []
    for item in (text + " ").split() * repeat:
        symbol, _, seconds = item.partition(":")
        start = phones[-1].end if phones else 0.0
        phones.append(Phone(symbol.rstrip("12"), start, start + float(seconds), int("0" + symbol[-1]) if symbol[-1].isdigit() else 0))
    return heard(phones)


def heard(phones: Sequence[Phone]) -> Speech:
    duration = phones[-1].end
    times = np.arange(int(duration * PROSODY_RATE) + 1) / float(PROSODY_RATE)
    loudness = np.full(len(times), -80.0, np.float32)
    for phone in phones:
        if phone.symbol != "SIL":
            loudness[(times >= phone.start) & (times < phone.end)] = -18 if phone.symbol in LOUD else -32
    voiced = loudness > -25
    prosody = Prosody(loudness, np.where(voiced, 120 + 20 * np.sin(times * 7), 0).astype(np.float32), voiced.astype(np.float32))
    samples = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    return Speech(samples, (), tuple(phones), prosody, "0" * 64, "by hand")
