"""Beats of the voice and of the head."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.training.metrics import above_chance, audio_beats, beat_alignment, beat_distance, emphasis, motion_beats, peaks

times = st.lists(st.floats(0, 10), min_size=1, max_size=12)


def test_beats_of_a_voice_are_where_syllables_begin():
    level = np.full(400, -70.0)
    for start in (50, 150, 270):
        level[start : start + 30] = -20.0
    np.testing.assert_allclose(audio_beats(level, 100.0), [0.5, 1.5, 2.7], atol=0.011)
    np.testing.assert_allclose(audio_beats(level + 5, 100.0), [0.5, 1.5, 2.7], atol=0.011)
    assert len(audio_beats(np.full(300, -100.0), 100.0)) == 0
    assert len(audio_beats(-90 + 10 * np.sin(np.arange(300)), 100.0)) == 0  # below what counts


def test_a_swinging_head_beats_where_it_turns_round():
    at = np.arange(300) / 60
    head = np.stack([np.cos(2 * np.pi * at), 0 * at, 0 * at], axis=1)
    found = motion_beats(head, 60.0)
    np.testing.assert_allclose(found, np.arange(0.5, 4.9, 0.5), atol=0.005)
    np.testing.assert_allclose(motion_beats(head * 0.01 + 3, 60.0), found, atol=1e-6)
    np.testing.assert_allclose(np.sort(at[-1] - motion_beats(head[::-1], 60.0)), found, atol=1e-6)
    assert len(motion_beats(np.ones((50, 3)), 60.0)) == 0
    assert len(motion_beats(head[:2], 60.0)) == 0


def test_distance_and_alignment_in_closed_form():
    assert beat_distance([1.0, 2.0], [1.1, 5.0]) == pytest.approx((0.1 + 0.9) / 2)
    assert beat_alignment([1.0, 2.0], [1.05, 9.0]) == pytest.approx(np.exp(-0.5) / 2)
    # Bailando counts in frames of 60 per second, with a deviation of three.
    assert beat_alignment([0.0], [7 / 60]) == pytest.approx(np.exp(-(7**2) / 2 / 9))
    assert beat_alignment([1.0], []) == 0
    assert np.isnan(beat_alignment([], [1.0]))
    assert np.isnan(beat_distance([1.0], []))


@given(times, times, st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_agree_with_loops_and_know_no_zero(beats, moves, shift):
    near = [min(abs(b - m) for m in moves) for b in beats]
    assert beat_distance(beats, moves) == pytest.approx(np.mean(near))
    assert beat_alignment(beats, moves) == pytest.approx(np.mean([np.exp(-(d**2) / 2 / 0.05**2) for d in near]))
    beats, moves = np.array(beats), np.array(moves)
    assert beat_distance(beats + shift, moves + shift) == pytest.approx(np.mean(near), abs=1e-9)
    assert beat_distance(10 - beats, 10 - moves) == pytest.approx(np.mean(near), abs=1e-9)
    assert beat_alignment(beats, beats) == 1
    assert beat_distance(beats, beats) == 0


def test_what_chance_gives_is_taken_off():
    chance = np.random.default_rng(0)
    beats = np.sort(chance.uniform(0, 20, 25))
    score = partial(beat_alignment, sigma=0.05)
    assert above_chance(score, beats, beats, 20.0) > 0.5
    unrelated = [above_chance(score, beats, np.sort(chance.uniform(0, 20, 25)), 20.0) for _ in range(40)]
    assert abs(np.mean(unrelated)) < 0.05
    # A head that is always beating is near everything, and that is worth nothing.
    assert beat_alignment(beats, np.arange(0, 20, 0.01)) > 0.99
    assert above_chance(score, beats, np.arange(0, 20, 0.01), 20.0) == pytest.approx(0, abs=0.01)
    assert above_chance(score, beats, beats, 20.0, seed=3) == above_chance(score, beats, beats, 20.0, seed=3)


def test_peaks_stand_out():
    at = np.arange(200) / 50
    curve = 0.5 * np.exp(-(((at - 1) / 0.1) ** 2)) + 0.02 * np.exp(-(((at - 2) / 0.1) ** 2)) + 0.3
    np.testing.assert_allclose(peaks(curve, 50.0, 0.1), [1.0], atol=0.011)
    np.testing.assert_allclose(peaks(curve, 50.0, 0.01), [1.0, 2.0], atol=0.011)


def test_emphasis_in_closed_form():
    found = emphasis([1.0, 2.0, 3.0, 4.0], [1.1, 2.2, 7.0])
    assert found.recall == 0.5
    assert found.precision == pytest.approx(2 / 3)
    assert found.lag == pytest.approx(0.15)
    early = emphasis([-1.0, -2.0, -3.0, -4.0], [-1.1, -2.2, -7.0])
    assert (early.recall, early.precision) == (found.recall, found.precision)
    assert early.lag == pytest.approx(-found.lag)
    perfect = emphasis([1.0, 2.0], [1.0, 2.0])
    assert (perfect.recall, perfect.precision, perfect.lag) == (1, 1, 0)


def test_emphasis_without_occasion():
    for accents, moves, recall, precision in (([1.0], [], 0, np.nan), ([], [1.0], np.nan, 0), ([], [], np.nan, np.nan)):
        found = emphasis(accents, moves)
        np.testing.assert_equal((found.recall, found.precision, found.lag), (recall, precision, np.nan))
