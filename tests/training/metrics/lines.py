"""Speech that is written down, not heard."""

from dataclasses import replace

import numpy as np

from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE, Phone, Speech


def line(text: str) -> tuple[Phone, ...]:
    """Phones from ``symbol:seconds``, one after the other."""
    phones, at = [], 0.0
    for word in text.split():
        symbol, seconds = word.split(":")
        phones.append(Phone(symbol, at, at + float(seconds)))
        at += float(seconds)
    return tuple(phones)


def spoken(phones: tuple[Phone, ...], loudness: dict[str, float] | None = None) -> Speech:
    """A recording in which each phone has a loudness of its own, in dB; silence has none."""
    samples = np.zeros(round(phones[-1].end * SAMPLE_RATE), np.float32)
    silent = prosody(samples)
    times, level = silent.times, np.full_like(silent.loudness, -100.0)
    for phone in phones:
        if phone.symbol != "sil":
            level[(times >= phone.start) & (times < phone.end)] = (loudness or {}).get(phone.symbol, -20.0)
    pitch = np.where(level > -100, 120.0, 0.0).astype(np.float32)
    heard = replace(silent, loudness=level, pitch=pitch, voicing=(pitch > 0).astype(np.float32))
    return Speech(samples, (), phones, np.zeros((len(level), 1), np.float16), heard, "0" * 64, "written down")
