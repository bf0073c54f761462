"""A mouth in time, late, early, the wrong way round, and still."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.training.metrics import expected_opening, expert_sync, sync
from tests.training.metrics.lines import line

RATE = 30.0


def noise(seed, frames=150):
    """Smooth enough to be a mouth, and like itself at no other time."""
    return np.convolve(np.random.default_rng(seed).normal(size=frames + 8), np.hanning(9), "valid")


def late(curve, frames):
    """The same ``frames`` later; before, what it began with."""
    return np.interp(np.arange(len(curve)) - frames, np.arange(len(curve)), curve)


def test_a_mouth_that_is_what_is_heard_is_in_time():
    curve = noise(0)
    found = sync(curve, curve, RATE)
    assert found.lag == pytest.approx(0, abs=1e-3)
    assert found.correlation == pytest.approx(1)
    assert found.distance == pytest.approx(0, abs=1e-6)
    assert found.confidence == pytest.approx(np.sqrt(2), abs=0.15)  # unrelated curves are a right angle apart


@given(st.integers(0, 2**31), st.floats(-8, 8), st.floats(0.01, 100), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_lag_is_found_between_frames_whatever_the_amplitude(seed, shift, scale, rest):
    curve = noise(seed)
    found = sync(late(curve, shift) * scale + rest, curve, RATE)
    assert found.lag == pytest.approx(shift / RATE, abs=0.35 / RATE)
    assert found.correlation > 0.9


def test_lag_turns_round_with_time_and_with_the_places():
    curve = noise(5)
    moved = late(curve, 4)
    there, back = sync(moved, curve, RATE), sync(moved[::-1], curve[::-1], RATE)
    assert there.lag == pytest.approx(4 / RATE, abs=0.1 / RATE)
    assert back.lag == pytest.approx(-there.lag, abs=1e-9)
    assert sync(curve, moved, RATE).lag == pytest.approx(-there.lag, abs=1e-9)
    assert back.confidence == pytest.approx(there.confidence)


def test_twice_the_rate_is_half_the_lag():
    curve = noise(5)
    moved = late(curve, 4)
    assert sync(moved, curve, 60.0, reach=0.25).lag == pytest.approx(sync(moved, curve, 30.0).lag / 2)


def test_correlation_is_pearsons_over_the_overlap():
    mouth, sound = noise(1), noise(2)
    wanted = max(np.corrcoef(mouth[max(s, 0) : 150 + min(s, 0)], sound[max(-s, 0) : 150 + min(-s, 0)])[0, 1] for s in range(-15, 16))
    found = sync(mouth, sound, RATE)
    assert found.correlation == pytest.approx(wanted)
    assert found.distance == pytest.approx(np.sqrt(2 - 2 * wanted))


def test_confidence_falls_with_noise():
    curve = noise(3, 400)
    chance = np.random.default_rng(0).normal(size=400)
    confident = [sync(curve + amount * chance, curve, RATE).confidence for amount in (0, 1, 4, 16)]
    assert all(a > b for a, b in pairwise(confident))


def test_a_still_mouth_is_neither_early_nor_late():
    found = sync(np.zeros(60), noise(0, 60), RATE)
    assert np.isnan(found.lag)
    assert (found.confidence, found.correlation) == (0, 0)
    assert found.distance == pytest.approx(np.sqrt(2))


def test_too_short_a_clip_is_refused():
    with pytest.raises(InputError, match="24"):
        sync(np.arange(23.0), np.arange(23.0), RATE)
    with pytest.raises(InputError):
        sync(np.arange(30.0), np.arange(31.0), RATE)
    with pytest.raises(InputError):
        expert_sync(np.zeros((2, 4)), np.zeros((2, 4)), RATE)


def test_expected_opening_is_wide_on_open_vowels_and_shut_on_closures():
    curve = expected_opening(line("sil:0.5 ɑ:0.5 m:0.5 i:0.5 sil:0.5"), 75, RATE)
    at = {name: curve[round(t * RATE)] for name, t in (("before", 0.25), ("ɑ", 0.75), ("m", 1.25), ("i", 1.75), ("after", 2.3))}
    assert at["before"] == pytest.approx(0, abs=1e-6)
    assert at["m"] == pytest.approx(0, abs=1e-6)
    assert at["after"] == pytest.approx(0, abs=1e-6)
    assert at["ɑ"] == pytest.approx(1, abs=1e-6)
    assert 0 < at["i"] < at["ɑ"]
    assert curve.min() >= 0
    assert curve.max() <= 1


def test_expected_opening_is_where_it_is_said():
    # Symmetric about the middle of the vowel.
    curve = expected_opening(line("sil:1 ɑ:0.2 sil:1"), 67, RATE)
    assert (curve @ np.arange(67)) / curve.sum() / RATE == pytest.approx(1.1, abs=0.5 / RATE)


def test_an_experts_embeddings_are_compared_as_syncnet_does():
    sound = np.random.default_rng(0).normal(size=(60, 8))
    motion = np.roll(sound, 3, axis=0)
    found = expert_sync(motion, sound, 25.0)
    assert found.lag == pytest.approx(3 / 25, abs=0.2 / 25)
    assert found.distance == pytest.approx(0, abs=1e-9)
    assert found.correlation == pytest.approx(1)
    apart = [np.mean([np.sqrt(((motion[t + s] - sound[t]) ** 2).sum()) for t in range(60) if 0 <= t + s < 60]) for s in range(-15, 16)]
    assert found.confidence == pytest.approx(np.median(apart) - min(apart))
    # A scale of the embedding is a scale of the distances.
    assert expert_sync(motion * 2, sound * 2, 25.0).confidence == pytest.approx(2 * found.confidence)
    assert expert_sync(np.ones((60, 8)), np.ones((60, 8)), 25.0).confidence == 0
