"""Phones that cover a recording, and pieces that make it up, for any phones and any pauses."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.inventory import SILENCE
from backend.speech.pauses import QUIET_FOR, pieces, quiet, tile, until_silence
from backend.speech.speech import Phone, Word

durations = st.floats(0.1, 20.0)
times = st.floats(0.0, 20.0)


@st.composite
def spans(draw, longest=20.0):
    """Pauses in order, apart from each other."""
    marks = sorted(set(draw(st.lists(st.integers(0, int(longest * 100)), max_size=12))))
    return [(a / 100, b / 100) for a, b in zip(marks[::2], marks[1::2], strict=False) if b - a >= QUIET_FOR * 100]


@st.composite
def spoken(draw):
    """Phones as an aligner gives them: in order on a grid of 10 ms, perhaps with gaps, silences and a late end."""
    found, now = [], 0.0
    for symbol, gap, length in draw(st.lists(st.tuples(st.sampled_from(["ɑ", "p", "s", SILENCE]), st.integers(0, 30), st.integers(1, 60)))):
        now += gap / 100
        found.append(Phone(symbol, now, now + length / 100, int(symbol == "ɑ")))
        now += length / 100
    return found


@given(spoken(), spans(), durations)
def test_phones_cover_the_recording_exactly_once(phones, pauses, duration):
    tiled = tile(phones, pauses, duration)
    assert tiled[0].start == 0.0
    assert tiled[-1].end == duration
    assert all(a.end == b.start for a, b in pairwise(tiled))
    assert all(phone.duration > 0 for phone in tiled)
    assert all(a.symbol != SILENCE or b.symbol != SILENCE for a, b in pairwise(tiled))
    assert all(phone.stress == 0 for phone in tiled if phone.symbol != "ɑ")


@given(spoken(), spans(), durations)
def test_nothing_is_said_in_the_middle_of_a_pause(phones, pauses, duration):
    tiled = tile(phones, pauses, duration)
    for start, end in pauses:
        middle = (start + end) / 2
        if middle < duration - 0.03:  # a remainder shorter than a slip belongs to the last phone
            assert next(p for p in tiled if p.start <= middle < p.end).symbol == SILENCE


@given(spoken())
def test_tiling_keeps_the_order_and_times_of_what_needs_no_change(phones):
    duration = phones[-1].end if phones else 1.0
    wanted = [phone for phone in phones if phone.symbol != SILENCE and phone.duration >= 0.03]
    kept = [phone for phone in tile(phones, [], duration) if phone.symbol != SILENCE]
    left = iter(kept)
    assert all(any(k.symbol == w.symbol and abs(k.start - w.start) < 0.031 and k.end >= w.end - 1e-9 for k in left) for w in wanted)


def test_a_phone_that_begins_a_slip_before_a_pause_is_heard_after_it():
    tiled = tile([Phone("ɑ", 0, 0.98), Phone("s", 0.98, 1.5), Phone("i", 1.5, 2)], [(1.0, 1.4)], 2.0)
    assert [(p.symbol, p.start, p.end) for p in tiled] == [("ɑ", 0, 0.98), (SILENCE, 0.98, 1.4), ("s", 1.4, 1.5), ("i", 1.5, 2)]


@pytest.mark.parametrize(
    ("start", "end", "held"), [(0.9, 1.2, (0.9, 1.07)), (1.0, 1.05, (1.0, 1.05)), (1.31, 1.4, (1.33, 1.4)), (0.98, 1.5, (1.33, 1.5))]
)
def test_lips_that_are_closed_in_a_pause_stay_closed(start, end, held):
    """The closure of a stop is as quiet as the pause before or after it."""
    tiled = tile([Phone("ɑ", 0, start), Phone("p", start, end), Phone("i", max(end, 1.4), 2)], [(1.0, 1.4)], 2.0)
    assert [(p.start, p.end) for p in tiled if p.symbol == "p"] == [pytest.approx(held)]


@given(spoken(), spans(), durations, st.data())
def test_words_end_with_a_sound(phones, pauses, duration, data):
    tiled = tile(phones, pauses, duration)
    start, end = sorted(data.draw(st.tuples(st.floats(0, duration), st.floats(0, duration))))
    (word,) = until_silence([Word("a", start, end, 0.5)], tiled)
    assert (word.text, word.start, word.confidence) == ("a", start, 0.5)
    assert start <= word.end <= end
    # Nothing but the silence that it ended in is taken away.
    between = [phone for phone in tiled if phone.start < end - 1e-6 and phone.end > word.end + 1e-6]
    assert all(phone.symbol == SILENCE for phone in between) or word.end == end
    assert len(between) <= 1


@given(st.floats(0.1, 600.0), spans(600.0))
def test_pieces_follow_each_other_and_are_short(duration, pauses):
    cut = pieces(duration, [(a, b) for a, b in pauses if b <= duration])
    assert cut[0][0] == 0.0
    assert cut[-1][1] == duration
    assert all(a[1] == b[0] for a, b in pairwise(cut))
    assert all(0 < end - start <= 30.0 + 1e-9 for start, end in cut)


@given(st.integers(0, 3), st.lists(st.integers(16, 200), min_size=1, max_size=8), st.floats(-45, -10), st.floats(35, 50))
def test_quiet_stretches_are_found_where_they_are(lead, lengths, speech, drop):
    """Half-second bursts of speech between pauses of known length."""
    loudness, expected = [np.full(lead, speech)], []
    for length in lengths:
        loudness.append(np.full(50, speech))
        start = sum(map(len, loudness)) / 100
        loudness.append(np.full(length, speech - drop))
        expected.append((start, start + length / 100))
    loudness.append(np.full(50, speech))
    np.testing.assert_allclose(quiet(np.concatenate(loudness).astype(np.float32)), expected, atol=1e-9)


def test_a_stop_is_no_pause():
    loudness = np.full(200, -20.0, np.float32)
    loudness[100:112] = -70
    assert quiet(loudness) == []


def test_silence_is_one_pause_and_a_steady_tone_none():
    assert quiet(np.full(101, -100, np.float32)) == [(0.0, 1.01)]
    assert quiet(np.full(101, -20, np.float32)) == []
