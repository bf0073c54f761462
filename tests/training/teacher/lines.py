"""A line for the teacher, made of noise and phones at known times."""

import numpy as np

from backend.speech.inventory import PHONES, SILENCE, VOWELS
from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE, Phone, Speech

SOUNDS = "h ɛ l oʊ b ɑ m sil p i t ɑ f u sil m ɔ b ɑ p ɪ s sil"


def line(repeats: int = 2) -> Speech:
    """Loud vowels, soft consonants, pauses of 0.3 s; about 2.7 s for each repetition."""
    random, end = np.random.default_rng(5), 0.0
    phones: list[Phone] = []
    pieces: list[np.ndarray] = []
    for number, symbol in enumerate([SILENCE, *SOUNDS.split() * repeats]):
        seconds = 0.3 if symbol == SILENCE else 0.13 if symbol in VOWELS else 0.08
        loud = 0.0 if symbol == SILENCE else (0.1 + 0.15 * (number % 3 == 0)) if symbol in VOWELS else 0.02
        begin, end = end, round(end + seconds, 3)
        phones.append(Phone(symbol, begin, end, int(symbol in VOWELS and number % 3 == 0)))
        count = round(end * SAMPLE_RATE) - round(begin * SAMPLE_RATE)
        pieces.append(loud * random.standard_normal(count).astype(np.float32))
    samples = np.clip(np.concatenate(pieces), -1, 1)
    return Speech(samples, (), tuple(phones), np.zeros((0, len(PHONES)), np.float16), prosody(samples), "0" * 64, "made for a test")
