"""Speaking rate and accents of lines whose phones are known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.prosody.accents import APART, accents
from backend.speech.prosody.rhythm import speaking_rate
from tests.lines import line


@given(st.floats(2, 9))
def test_syllables_of_one_length_are_said_at_their_rate(rate):
    half = round(0.5 / rate, 3)
    speech = line(" ".join([f"m:{half} ɑ:{half}"] * 40))
    inner = speaking_rate(speech)[100:-100]
    # A span of 1.5 s holds a whole number of syllables, one more or one less.
    np.testing.assert_allclose(inner, 0.5 / half, atol=0.7 if len(inner) else 0)
    assert inner.mean() == pytest.approx(0.5 / half, rel=0.03)


def test_a_pause_does_not_slow_the_rate_and_silence_has_none():
    talk = "m:.1 ɑ:.1 " * 10
    speech = line(f"{talk} sil:.6 {talk} sil:4")
    rate = speaking_rate(speech)
    assert rate[230] == pytest.approx(5, abs=1.2)  # in the middle of the pause
    assert rate[-150:].max() == 0
    assert len(rate) == len(speech.prosody.loudness)


def louder(speech, start, end, by):
    loudness = speech.prosody.loudness.copy()
    loudness[round(start * 100) : round(end * 100)] += by
    return replace(speech, prosody=replace(speech.prosody, loudness=loudness))


@given(st.integers(0, 11))
def test_the_syllable_that_is_loudest_and_highest_is_accented(which):
    speech = line("m:.1 ɑ:.12 " * 12)
    start = 0.22 * which + 0.1
    pitch = np.where(speech.prosody.pitch > 0, 120, 0).astype(np.float32)
    pitch[round(start * 100) : round((start + 0.12) * 100)] = 180
    speech = louder(replace(speech, prosody=replace(speech.prosody, pitch=pitch)), start, start + 0.12, 8)
    strongest = max(accents(speech), key=lambda accent: accent.strength)
    assert strongest.time == pytest.approx(start + 0.06)


@given(st.lists(st.tuples(st.floats(0.05, 0.3), st.floats(-6, 6), st.sampled_from(["ɑ", "ɑ1", "i"])), min_size=2, max_size=20))
def test_accents_lie_on_vowels_and_apart(syllables):
    speech = line(" ".join(f"m:.08 {vowel}:{length:.2f}" for length, _, vowel in syllables))
    vowels = [phone for phone in speech.phones if phone.symbol != "m"]
    for vowel, (_, by, _) in zip(vowels, syllables, strict=True):
        speech = louder(speech, vowel.start, vowel.end, by)
    times = [accent.time for accent in accents(speech)]
    assert all(any(v.start <= time <= v.end for v in vowels) for time in times)
    assert all(b - a >= APART for a, b in pairwise(times))
