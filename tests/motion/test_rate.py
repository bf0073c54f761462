from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import DirectionError
from backend.motion.rate import frame_ceil, frame_floor, frame_nearest, frame_times, frames_to_cover, parse_rate

RATES = st.sampled_from([parse_rate(r) for r in ("23.976", "24", "25", "29.97", "30", "48", "59.94", "60", "120", "12.5")])


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("24", Fraction(24)),
        ("29.97", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_broadcast_rates_are_exact(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["fast", "", "0", "-24", "1001", "nan", "inf", "1/0", "1e999999999"])
def test_no_rate(text):
    with pytest.raises(DirectionError, match="frame rate"):
        parse_rate(text)


@given(frame=st.integers(0, 200_000), rate=RATES)
def test_every_rounding_keeps_a_frame_on_its_own_time(frame, rate):
    seconds = float(frame / rate)
    assert frame_floor(seconds, rate) == frame_ceil(seconds, rate) == frame_nearest(seconds, rate) == frame


@given(seconds=st.floats(0, 7200), rate=RATES)
def test_rounding_is_as_named(seconds, rate):
    floor, ceil = frame_floor(seconds, rate), frame_ceil(seconds, rate)
    slack = 2e-6 / float(rate)
    assert float(floor / rate) <= seconds + slack
    assert float(ceil / rate) >= seconds - slack
    assert ceil - floor <= 1
    assert abs(float(frame_nearest(seconds, rate) / rate) - seconds) <= 0.5 / float(rate) + slack


@given(seconds=st.floats(0, 3600), rate=RATES)
def test_frames_cover_the_time_and_no_more(seconds, rate):
    times = frame_times(frames_to_cover(seconds, rate), rate)
    assert times[0] == 0
    assert times[-1] >= seconds - 2e-6
    assert len(times) == 1 or times[-2] < seconds
    assert np.all(np.diff(times) > 0)
