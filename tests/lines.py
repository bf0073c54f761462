"""Lines of speech made from nothing, whose every phone is known."""

from collections.abc import Sequence

import numpy as np

from backend.speech.inventory import PHONES, SILENCE, VOWELS
from backend.speech.speech import BANDS, PROSODY_RATE, SAMPLE_RATE, Phone, Prosody, Speech

MAMA = "sil:.5 m:.08 ɑ1:.16 m:.08 ə:.08 b:.07 i1:.14 f:.09 ɔ1:.13 ɹ:.07 ʃ:.12 u1:.15 t:.06 w:.07 ɛ1:.12 s:.1 sil:1.6"


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
        if phone.symbol != SILENCE:
            loudness[(times >= phone.start) & (times < phone.end)] = -18 if phone.symbol in VOWELS else -32
    voiced = loudness > -25
    pitch = np.where(voiced, 120 + 20 * np.sin(times * 7), 0).astype(np.float32)
    bands = np.repeat(loudness[:, None], len(BANDS) - 1, 1)
    prosody = Prosody(loudness, 10 ** (loudness / 20), pitch, voiced.astype(np.float32), bands)
    samples = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    return Speech(samples, (), tuple(phones), np.log(_certain(phones, len(times))), prosody, "0" * 64, "by hand")


def _certain(phones: Sequence[Phone], frames: int) -> np.ndarray:
    """Posteriors of somebody who knows the phones."""
    shares = np.full((frames, len(PHONES)), 1e-3, np.float16)
    for phone in phones:
        shares[round(phone.start * 100) : round(phone.end * 100), PHONES.index(phone.symbol)] = 1
    return shares
