"""Errors of channels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.training.metrics import channel_vector_error, intensity, intensity_error, mean_absolute_error, rig_deviation

seeds = st.integers(0, 2**32 - 1)


def test_closed_forms():
    reference = np.zeros((2, 4))
    predicted = np.array([[0.3, -0.4, 0.0, 9.0], [0.0, 0.0, 0.0, 9.0]])
    first = [0, 1, 2]
    assert mean_absolute_error(predicted, reference, first) == pytest.approx(0.7 / 6)
    assert channel_vector_error(predicted, reference, first) == pytest.approx(0.25)
    np.testing.assert_allclose(intensity(predicted, first), [0.7, 0.0])
    assert intensity_error(predicted, reference, first) == pytest.approx(0.35)


def test_intensity_counts_how_much_and_not_which():
    predicted, reference = np.array([[0.5, 0.0]]), np.array([[0.0, 0.5]])
    assert intensity_error(predicted, reference) == 0
    assert mean_absolute_error(predicted, reference) == 0.5


def test_deviation_is_signed_and_cancels_unless_absolute():
    still, swinging = np.zeros((6, 2)), np.zeros((6, 2))
    swinging[1::2, 0] = 0.8
    other = swinging[:, ::-1]
    assert rig_deviation(still, swinging) == pytest.approx(0.2)
    assert rig_deviation(swinging, still) == pytest.approx(-0.2)
    assert rig_deviation(other, swinging) == pytest.approx(0)
    assert rig_deviation(other, swinging, absolute=True) == pytest.approx(0.4)


@given(seeds, st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_agree_with_loops_and_keep_what_they_should(seed, scale):
    predicted, reference = np.random.default_rng(seed).normal(size=(2, 6, 5))
    members = [4, 1]
    frames, order = range(6), [1, 4]
    values = {
        mean_absolute_error: np.mean([abs(predicted[t, c] - reference[t, c]) for t in frames for c in members]),
        channel_vector_error: np.mean([sum((predicted[t, c] - reference[t, c]) ** 2 for c in members) ** 0.5 for t in frames]),
        intensity_error: np.mean([abs(sum(abs(predicted[t, c]) - abs(reference[t, c]) for c in members)) for t in frames]),
        rig_deviation: np.mean([np.std(reference[:, c]) - np.std(predicted[:, c]) for c in members]),
    }
    for error, value in values.items():
        assert error(predicted, reference, members) == pytest.approx(value)
        assert error(predicted, reference, order) == pytest.approx(value)
        assert error(predicted[::-1], reference[::-1], members) == pytest.approx(value)
        assert error(predicted * scale, reference * scale, members) == pytest.approx(value * scale)
        assert error(reference, reference, members) == 0


def test_other_shapes_are_refused():
    for error in (mean_absolute_error, channel_vector_error, intensity_error, rig_deviation):
        with pytest.raises(InputError):
            error(np.zeros((3, 2)), np.zeros((3, 1)))
        with pytest.raises(InputError):
            error(np.zeros((3, 2)), np.zeros((3, 2)), [2])
