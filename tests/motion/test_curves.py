from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.motion import Motion, blend, clamp, mirror, parse_rate, resample, smooth
from backend.motion.arkit import ARKIT

RATES = [parse_rate(r) for r in ("24", "25", "29.97", "30", "60")]


def wave(rate: Fraction, seconds: float = 4.0, hertz: float = 1.5) -> Motion:
    """A sine on one channel, described by time alone."""
    frames = int(seconds * rate) + 1
    times = np.arange(frames) / float(rate)
    return Motion.from_curves(ARKIT, {"jawOpen": 0.5 + 0.4 * np.sin(2 * np.pi * hertz * times)}, frames, rate)


def random_motion(seed: int, frames: int = 40, rate: Fraction = Fraction(30)) -> Motion:
    return Motion(ARKIT, np.random.default_rng(seed).normal(0, 1, (frames, len(ARKIT))).astype(np.float32), rate)


@pytest.mark.parametrize("there", RATES)
@pytest.mark.parametrize("here", RATES)
def test_resampling_follows_time_not_index(here, there):
    moved = resample(wave(here), there)
    expected = 0.5 + 0.4 * np.sin(2 * np.pi * 1.5 * np.minimum(moved.times, wave(here).duration))
    inside = (moved.times > 0.2) & (moved.times < 3.8)
    assert np.abs(moved["jawOpen"] - expected)[inside].max() < 0.012
    assert moved.rate == there
    assert wave(here).duration <= moved.duration + 1e-9 < wave(here).duration + 1 / float(there)


def test_to_the_same_rate_and_to_a_multiple_and_back_nothing_is_lost():
    motion = random_motion(0)
    assert resample(motion, Fraction(30)) is motion
    doubled = resample(motion, Fraction(60))
    assert np.allclose(doubled.values[::2], motion.values, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), rate=st.sampled_from(RATES[2:]))
def test_resampling_up_never_overshoots(seed, rate):
    motion = random_motion(seed, rate=Fraction(24))
    moved = resample(motion, rate)
    assert (moved.values <= motion.values.max(axis=0) + 1e-5).all()
    assert (moved.values >= motion.values.min(axis=0) - 1e-5).all()


def test_what_the_lower_rate_cannot_carry_is_removed_not_folded():
    fast = wave(Fraction(60), hertz=20.0)  # beyond the 12 Hz that 24 fps can carry; folded it would show as 4 Hz
    slow = resample(fast, Fraction(24))["jawOpen"][5:-5]
    assert np.abs(slow - 0.5).max() < 0.05


def test_one_frame_stays_itself():
    still = Motion.from_curves(ARKIT, {"jawOpen": [0.3]}, 1, Fraction(30))
    assert resample(still, Fraction(24)).values.tolist() == still.values.tolist()


@pytest.mark.parametrize("rate", RATES)
def test_smoothing_is_by_seconds(rate):
    motion = wave(rate, hertz=2.0)
    sigma = 0.06
    kept = np.exp(-2 * (np.pi * 2.0 * sigma) ** 2)  # a Gaussian's response at 2 Hz
    middle = slice(motion.frames // 4, -motion.frames // 4)
    softened = smooth(motion, sigma)["jawOpen"] - 0.5
    assert np.abs(softened - kept * (motion["jawOpen"] - 0.5))[middle].max() < 0.01
    assert smooth(motion, 0.0) is motion


def test_smoothing_leaves_other_channels_alone():
    motion = random_motion(1)
    softened = smooth(motion, 0.1, ("jawOpen",))
    others = [i for i, name in enumerate(ARKIT.names) if name != "jawOpen"]
    assert np.array_equal(softened.values[:, others], motion.values[:, others])
    assert not np.array_equal(softened["jawOpen"], motion["jawOpen"])
    with pytest.raises(InputError):
        smooth(motion, -0.1)


def test_blend_ends_middle_and_curve():
    a, b = random_motion(1), random_motion(2)
    assert np.array_equal(blend(a, b, 0).values, a.values)
    assert np.array_equal(blend(a, b, 1).values, b.values)
    ramp = np.linspace(0, 1, a.frames)
    assert np.allclose(blend(a, b, ramp).values, blend(b, a, 1 - ramp).values, atol=1e-6)
    with pytest.raises(InputError, match="resample"):
        blend(a, resample(b, Fraction(60)), 0.5)


@given(seed=st.integers(0, 99))
def test_mirror_is_its_own_inverse_and_clamp_happens_once(seed):
    motion = random_motion(seed)
    assert np.array_equal(mirror(mirror(motion)).values, motion.values)
    once = clamp(motion)
    assert np.array_equal(clamp(once).values, once.values)
    assert np.array_equal(clamp(mirror(motion)).values, mirror(once).values)


def test_mirror_exchanges_left_and_right_and_turns_the_head():
    motion = Motion.from_curves(ARKIT, {"mouthSmileLeft": [0.5], "headYaw": [0.2], "headPitch": [0.1], "jawOpen": [0.3]}, 1, Fraction(30))
    seen = mirror(motion)
    assert seen["mouthSmileRight"] == np.float32(0.5)
    assert seen["mouthSmileLeft"] == 0
    assert seen["headYaw"] == np.float32(-0.2)
    assert seen["headPitch"] == np.float32(0.1)
    assert seen["jawOpen"] == np.float32(0.3)


def test_a_motion_is_whole_and_cannot_be_changed():
    motion = random_motion(3)
    with pytest.raises(ValueError, match="read-only"):
        motion.values[0, 0] = 1
    with pytest.raises(InputError, match="jawOpen"):
        motion.with_curves({"jawOpen": np.nan})
    with pytest.raises(InputError, match=r"\[frames, 63\]"):
        Motion(ARKIT, np.zeros((3, 52), np.float32), Fraction(30))
    with pytest.raises(InputError):
        Motion(ARKIT, np.zeros((0, 63), np.float32), Fraction(30))
