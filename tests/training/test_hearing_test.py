"""The yardstick of the ear, on phones whose score can be counted on the fingers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.speech import Phone
from backend.training.hearing_test import Score


def phones(text: str) -> list[Phone]:
    """``SYMBOL:seconds``; a symbol ``?`` is time that nobody labelled."""
    found, now = [], 0.0
    for symbol, _, seconds in (item.partition(":") for item in text.split()):
        if symbol != "?":
            found.append(Phone(symbol, now, now + float(seconds)))
        now = round(now + float(seconds), 6)
    return found


def score(reference: str, heard: str) -> Score:
    found = Score()
    found.add(phones(reference), phones(heard))
    found.add_starts(phones(reference), phones(heard))
    return found


LINE = "sil:.2 m:.1 ɑ:.2 p:.1 s:.1 i:.3 sil:.2"


def test_what_is_heard_right_is_perfect():
    found = score(LINE, LINE)
    assert (found.strict, found.within_20_ms, found.in_speech, found.recall, found.precision, found.median) == (1, 1, 1, 1, 1, 0)


def test_a_shift_by_two_frames_is_near_and_by_five_is_not():
    near, far = (score(LINE, f"sil:{0.2 + by} m:.1 ɑ:.2 p:.1 s:.1 i:.3 sil:{0.2 - by}") for by in (0.02, 0.05))
    assert near.strict < 0.95
    assert near.within_20_ms == 1
    assert far.within_20_ms < 1
    assert near.median == pytest.approx(0.02)
    assert far.within(0.02) == 0
    assert far.within(0.05) == 1


def test_frames_of_another_viseme_are_wrong_and_of_the_same_are_right():
    assert score("ɑ:1", "æ:1").strict == 1  # both look like aa
    assert score("ɑ:.5 i:.5", "ɑ:1").strict == pytest.approx(0.5, abs=0.011)


def test_closures_are_counted_once_and_only_where_somebody_labelled():
    found = score("ɑ:.3 p:.05 b:.05 ɑ:.3 m:.1 ɑ:.2", "ɑ:.3 m:.1 ɑ:.1 b:.1 ɑ:.4")
    assert found.closures == 2  # p and b are one
    assert (found.recall, found.precision) == (0.5, 0.5)
    # One that lies half in time that nobody labelled is found all the same; one that lies there wholly is not judged.
    found = score("ɑ:.3 p:.1 ?:.3 ɑ:.3", "ɑ:.36 p:.12 ɑ:.06 b:.1 ɑ:.36")
    assert (found.recall, found.precision) == (1, 1)


def test_speech_where_there_is_none_is_wrong():
    assert score("sil:1", "ɑ:1").strict == 0
    assert score("sil:.5 ɑ:.5", "sil:1").in_speech == 0


@given(st.lists(st.sampled_from("ptkmsɑiu"), min_size=1, max_size=20), st.lists(st.sampled_from("ptkmsɑiu"), min_size=1, max_size=20))
def test_all_shares_are_shares(reference, heard):
    found = score(" ".join(f"{p}:.08" for p in reference), " ".join(f"{p}:.08" for p in heard))
    for share in (found.strict, found.within_20_ms, found.in_speech, found.recall, found.precision):
        assert 0 <= share <= 1
    assert found.strict <= found.within_20_ms
    assert found.true <= found.claimed
    assert found.found <= found.closures
