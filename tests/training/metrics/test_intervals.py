"""Bootstrap intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backend.errors import InputError
from backend.training.metrics.intervals import bootstrap_mean


def test_coverage_on_normals_is_95_percent():
    chance = np.random.default_rng(0)
    held = []
    for draw in range(400):
        found = bootstrap_mean(chance.normal(3.0, 2.0, 40), seed=draw, resamples=400)
        held.append(found.low <= 3.0 <= found.high)
    # Binomial with p = 0.94 (the percentile interval is a little narrow at 40) has a deviation of 0.012.
    assert 0.90 <= np.mean(held) <= 0.98


def test_coverage_with_speakers_needs_them_to_be_drawn_whole():
    chance = np.random.default_rng(1)
    held = {"speakers": [], "clips": []}
    names = np.repeat([f"speaker {i}" for i in range(25)], 8)
    for draw in range(200):
        values = np.repeat(chance.normal(0, 1, 25), 8) + chance.normal(0, 0.3, 200)
        for way, groups in (("speakers", names.tolist()), ("clips", None)):
            found = bootstrap_mean(values, groups, seed=draw, resamples=300)
            held[way].append(found.low <= 0 <= found.high)
    assert np.mean(held["speakers"]) >= 0.87
    assert np.mean(held["clips"]) < 0.7


def test_agrees_with_scipys_bootstrap():
    values = np.random.default_rng(2).gamma(2.0, size=60)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", random_state=0).confidence_interval
    ours = bootstrap_mean(values, resamples=4000)
    assert ours.mean == values.mean()
    width = theirs.high - theirs.low
    assert abs(ours.low - theirs.low) < 0.1 * width
    assert abs(ours.high - theirs.high) < 0.1 * width


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(0.1, 10), st.floats(-50, 50))
@settings(max_examples=30, deadline=None)
def test_moves_and_scales_with_the_values_and_repeats(values, scale, shift):
    found = bootstrap_mean(values, resamples=100)
    assert found.low <= found.high
    assert min(values) - 1e-9 <= found.low
    assert found.high <= max(values) + 1e-9
    assert bootstrap_mean(values, resamples=100) == found
    other = bootstrap_mean(np.array(values) * scale + shift, resamples=100)
    np.testing.assert_allclose(
        [other.mean, other.low, other.high], np.array([found.mean, found.low, found.high]) * scale + shift, rtol=1e-6, atol=1e-6
    )


def test_every_clip_its_own_group_is_no_group():
    values = np.random.default_rng(3).normal(size=30)
    assert bootstrap_mean(values, [f"{i:02}" for i in range(30)]) == bootstrap_mean(values)


def test_a_speaker_with_more_clips_weighs_more():
    # Two speakers, drawn twice: both the talkative one (mean 0), one of each (0.1), both the other (1); a half of all draws are mixed.
    found = bootstrap_mean([1.0] + [0.0] * 9, ["short"] + ["long"] * 9, level=0.4)
    assert (found.low, found.high) == pytest.approx((0.1, 0.1))


def test_one_clip_or_one_speaker_has_no_interval():
    for found in (bootstrap_mean([2.0]), bootstrap_mean([1.0, 3.0], ["ann", "ann"])):
        assert found.mean == 2
        assert np.isnan([found.low, found.high]).all()


def test_nothing_is_refused():
    for values, groups in (([], None), ([np.nan, 1.0], None), ([1.0, 2.0], ["ann"])):
        with pytest.raises(InputError):
            bootstrap_mean(values, groups)
