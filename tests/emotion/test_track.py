"""Strengths between frames."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.emotion.track import EmotionTrack

SECONDS = st.lists(st.floats(-2, 9), max_size=6)


@given(st.integers(1, 40), st.sampled_from([Fraction(100), Fraction(30), Fraction(30000, 1001)]), SECONDS, st.integers(0, 9))
def test_any_times_of_a_track_are_what_the_whole_gives(frames, rate, seconds, seed):
    chance = np.random.default_rng(seed)
    weights, intensity = chance.random((frames, 2), np.float32), chance.random(frames, np.float32)
    track = EmotionTrack(("happy", "sad"), weights, intensity, rate)
    found = track.at(np.array(seconds))
    assert found.shape == (len(seconds), 2)
    assert found.dtype == np.float32
    for column in range(2):
        whole = np.interp(seconds, track.times, (weights * intensity[:, None])[:, column]).astype(np.float32)
        np.testing.assert_array_equal(found[:, column], whole)
    # One by one, each looks at other frames of the track, and finds the same.
    for number, second in enumerate(seconds):
        np.testing.assert_array_equal(track.at(np.array([second]))[0], found[number])


def test_a_track_of_nothing_gives_nothing():
    track = EmotionTrack((), np.zeros((3, 0), np.float32), np.ones(3, np.float32), Fraction(30))
    assert track.at(np.array([0.0, 1.0])).shape == (2, 0)
