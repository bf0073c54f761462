"""Scripts along posteriors that are made by hand, so that every phone's time is known."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.speech.hearing.align import align
from backend.speech.hearing.recognise import recognise
from backend.speech.inventory import PHONES, SILENCE
from backend.speech.script import Pronunciation, Spoken

PRIOR = np.full(len(PHONES), 1 / len(PHONES), np.float32)
HELLO = ("sil", "h", "ɛ", "l", "oʊ", "sil", "w", "ɝ", "l", "d", "sil")


def sounding(phones: list[tuple[str, int]], sure: float = 0.8, seed: int = 0) -> np.ndarray:
    """Log posteriors of phones, each for a number of frames, with noise on all others."""
    random = np.random.default_rng(seed)
    rows = []
    for phone, frames in phones:
        shares = random.dirichlet(np.full(len(PHONES), 0.3), frames) * (1 - sure)
        shares[:, PHONES.index(phone)] += sure
        rows.append(shares)
    return np.log(np.concatenate(rows) + 1e-9).astype(np.float32)


def word(text: str, *variants: str) -> Spoken:
    return Spoken(text, tuple(Pronunciation(tuple(v.split()), (0,) * len(v.split())) for v in variants))


SCRIPT = (word("hello", "h ʌ l oʊ", "h ɛ l oʊ"), word("world", "w ɝ l d"))


@settings(deadline=None)
@given(st.lists(st.integers(4, 30), min_size=len(HELLO), max_size=len(HELLO)), st.integers(0, 99))
def test_each_phone_is_where_it_sounds(frames, seed):
    found = align(sounding(list(zip(HELLO, frames, strict=True)), seed=seed), PRIOR, SCRIPT)
    assert found is not None
    assert [phone.symbol for phone in found.phones] == list(HELLO)
    starts = np.cumsum([0, *frames[:-1]]) / 100
    assert np.allclose([phone.start for phone in found.phones], starts, atol=0.011)
    assert [w.text for w in found.words] == ["hello", "world"]
    assert all(w.confidence > 0.6 for w in found.words)
    assert found.stray == found.unsaid == ()


def test_the_pronunciation_that_sounds_is_chosen():
    said = [("h", 8), ("ʌ", 9), ("l", 8), ("oʊ", 12)]
    found = align(sounding(said), PRIOR, SCRIPT[:1])
    assert found is not None
    assert [phone.symbol for phone in found.phones] == ["h", "ʌ", "l", "oʊ"]


def test_a_word_that_is_not_said_is_left_out_and_said_so():
    script = (SCRIPT[0], word("strange", "s t ɹ eɪ n dʒ"), SCRIPT[1])
    found = align(sounding([(phone, 10) for phone in HELLO]), PRIOR, script)
    assert found is not None
    assert found.unsaid == ("strange",)
    assert [w.text for w in found.words] == ["hello", "world"]


def test_speech_that_is_not_in_the_script_is_told_apart():
    between = [(phone, 12) for phone in ["s", "t", "a", "m", "ɔ", "z", "i", "k"]]
    said = [*((phone, 10) for phone in HELLO[:6]), *between, *((phone, 10) for phone in HELLO[5:])]
    found = align(sounding(said), PRIOR, SCRIPT)
    assert found is not None
    assert [w.text for w in found.words] == ["hello", "world"]
    assert len(found.stray) == 1
    assert np.allclose(found.stray[0], (0.6, 1.56), atol=0.05)


def test_nothing_is_aligned_to_nothing():
    assert align(np.zeros((0, len(PHONES)), np.float32), PRIOR, SCRIPT) is None
    assert align(sounding([("sil", 5)]), PRIOR, ()) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PHONES), st.integers(4, 25)), min_size=1, max_size=12), st.integers(0, 99))
def test_phones_are_recognised_as_they_sound(said, seed):
    merged: list[tuple[str, int]] = []
    for phone, frames in said:
        if merged and merged[-1][0] == phone:
            merged[-1] = phone, merged[-1][1] + frames
        else:
            merged.append((phone, frames))
    heard = recognise(sounding(merged, seed=seed))
    assert [phone.symbol for phone in heard] == [phone for phone, _ in merged]
    ends = np.cumsum([frames for _, frames in merged]) / 100
    assert np.allclose([phone.end for phone in heard], ends, atol=0.011)
    assert heard[0].start == 0


def test_silence_is_silence():
    assert [phone.symbol for phone in recognise(sounding([("sil", 300)]))] == [SILENCE]
