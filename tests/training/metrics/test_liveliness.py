"""Blinks, action units and smoothness."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.motion import RIGS, Motion
from backend.motion.arkit import ARKIT
from backend.training.metrics import activation_spread, activations, blink_rate, blinks, eye_closure, jerk, smoothness
from backend.training.metrics.liveliness import UNITS


def lids(*times, rate=60.0, seconds=10.0, width=0.07, height=1.0):
    at = np.arange(round(seconds * rate)) / rate
    return sum((height * np.exp(-(((at - t) / width) ** 2)) for t in times), np.zeros_like(at))


@given(st.lists(st.integers(1, 18), unique=True, max_size=10), st.sampled_from([24.0, 30.0, 60.0]))
@settings(max_examples=25, deadline=None)
def test_every_blink_is_counted_once_and_found(halves, rate):
    times = sorted(half / 2 for half in halves)
    curve = lids(*times, rate=rate)
    np.testing.assert_allclose(blinks(curve, rate), times, atol=0.5 / rate + 1e-9)
    assert blink_rate(curve, rate) == pytest.approx(len(times) / 10)
    assert blink_rate(curve[::-1], rate) == blink_rate(curve, rate)


def test_what_is_no_blink():
    rate = 60.0
    assert len(blinks(lids(3, height=0.4), rate)) == 0  # lids that droop
    assert len(blinks(lids(3, width=1.0), rate)) == 0  # closed eyes
    assert len(blinks(np.ones(600), rate)) == 0
    assert len(blinks(lids(0, 10), rate)) == 0  # begun before, or not ended
    trembling = lids(3) * (1 - 0.25 * (np.arange(600) % 2))
    assert len(blinks(trembling, rate)) == 1
    half = 0.25 + lids(2, 5, height=0.7)  # eyes that are half closed and blink
    assert len(blinks(half, rate)) == 2


def test_closure_is_the_mean_of_both_lids():
    motion = Motion.from_curves(ARKIT, {"eyeBlinkLeft": [0, 1, 1], "eyeBlinkRight": [0, 0, 1]}, 3, Fraction(30))
    np.testing.assert_allclose(eye_closure(motion), [0, 0.5, 1])


def test_activations_are_what_the_face_was_told():
    smile = {"mouthSmileLeft": [0.0, 0.8], "mouthSmileRight": [0.0, 0.8]}
    found = activations(Motion.from_curves(ARKIT, smile, 2, Fraction(30)))
    np.testing.assert_allclose(found[1, UNITS.index(12)], 0.8, rtol=1e-6)
    assert np.abs(np.delete(found, UNITS.index(12), axis=1)).max() == 0
    raised = {"cheekSquintLeft": 0.6, "eyeSquintLeft": 0.21, "cheekSquintRight": 0.6, "eyeSquintRight": 0.21}  # AU6 has 0.35 of a squint
    cheeks = activations(Motion.from_curves(ARKIT, {name: [value] for name, value in raised.items()}, 1, Fraction(30)))
    assert cheeks[0, UNITS.index(6)] == pytest.approx(0.6)
    one_sided = activations(Motion.from_curves(ARKIT, {"mouthSmileLeft": [0.8]}, 1, Fraction(30)))
    assert one_sided[0, UNITS.index(12)] == pytest.approx(0.4)
    with pytest.raises(InputError, match="metahuman"):
        activations(Motion.still(RIGS["metahuman"], 2, Fraction(30)))


def test_spread_is_the_mean_deviation():
    active = np.zeros((4, 2))
    active[::2, 0] = 1
    assert activation_spread(active) == 0.25
    assert activation_spread(np.ones((5, 3))) == 0
    assert activation_spread(active[::-1] * 3 + 1) == pytest.approx(0.75)


def test_jerk_of_a_cubic_is_six_times_its_coefficient():
    rate = 25.0
    times = np.arange(50) / rate
    assert jerk(2 * times**3 + times**2 - 7, rate) == pytest.approx(12)
    assert jerk(5 * times**2 + times, rate) == pytest.approx(0, abs=1e-6)
    assert jerk(np.stack([times**3, 0 * times], 1), rate) == pytest.approx(6 / np.sqrt(2))
    assert np.isnan(jerk(times[:3], rate))


@given(st.integers(0, 2**31), st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_smoothness_knows_neither_amplitude_nor_tempo_nor_direction(seed, scale):
    curve = np.random.default_rng(seed).normal(size=(40, 2)).cumsum(axis=0)
    value = smoothness(curve, 30.0)
    assert smoothness(curve * scale + 1, 30.0) == pytest.approx(value)
    assert smoothness(curve, 30.0 * scale) == pytest.approx(value)
    assert smoothness(curve[::-1], 30.0) == pytest.approx(value)
    assert jerk(curve[::-1], 30.0) == pytest.approx(jerk(curve, 30.0))
    assert jerk(curve * scale, 30.0) == pytest.approx(scale * jerk(curve, 30.0))


@given(st.integers(0, 2**31), st.floats(0.01, 1))
@settings(max_examples=25, deadline=None)
def test_trembling_is_less_smooth_and_has_more_jerk(seed, amount):
    curve = np.sin(2 * np.pi * np.arange(90) / 30)[:, None]
    trembling = curve + amount * np.random.default_rng(seed).normal(size=curve.shape)
    assert smoothness(trembling, 30.0) < smoothness(curve, 30.0)
    assert jerk(trembling, 30.0) > jerk(curve, 30.0)


def test_the_smoothest_reach_has_the_textbook_value():
    # A minimum-jerk reach (Flash & Hogan 1985): squared jerk integrates to 720, the peak speed is 15/8.
    times = np.linspace(0, 1, 2001)
    reach = 10 * times**3 - 15 * times**4 + 6 * times**5
    assert smoothness(reach[:, None], 2000.0) == pytest.approx(-np.log(720 / (15 / 8) ** 2), abs=0.01)
    assert np.isnan(smoothness(np.ones((9, 1)), 30.0))
    assert np.isnan(smoothness(np.ones((3, 1)), 30.0))
