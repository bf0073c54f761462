"""Errors between moving meshes: closed forms, naive second implementations, what may not matter and what must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from backend.errors import InputError
from backend.training.metrics import (
    distances,
    diversity,
    dynamics,
    fdd,
    landmark_distance,
    max_error,
    max_squared_error,
    mean_error,
    opening_deviation,
)

ERRORS = (mean_error, max_error, max_squared_error)
seeds = st.integers(0, 2**32 - 1)


def meshes(seed, frames=7, vertices=5):
    chance = np.random.default_rng(seed)
    return chance.normal(size=(2, frames, vertices, 3))


def test_one_vertex_off_by_3_4_12_is_off_by_13():
    reference = np.zeros((2, 4, 3))
    predicted = reference.copy()
    predicted[0, 1] = 3, 4, 12
    assert mean_error(predicted, reference) == pytest.approx(13 / 8)
    assert max_error(predicted, reference) == pytest.approx(13 / 2)
    assert max_squared_error(predicted, reference) == pytest.approx(169 / 2)
    assert mean_error(predicted, reference, [1]) == pytest.approx(13 / 2)
    assert max_error(predicted, reference, np.array([False, True, True, False])) == pytest.approx(13 / 2)
    assert max_error(predicted, reference, [0, 2, 3]) == 0


def test_variants_of_lve_differ_as_they_are_said_to():
    # Two frames whose worst vertices are off by 1 and 3: the mean of squares is not the square of the mean.
    predicted = np.zeros((2, 2, 3))
    predicted[:, 0, 0] = 1, 3
    none = np.zeros_like(predicted)
    assert (mean_error(predicted, none), max_error(predicted, none), max_squared_error(predicted, none)) == (1.0, 2.0, 5.0)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_agree_with_loops_and_with_scipy(seed):
    predicted, reference = meshes(seed)
    members = [0, 2, 3]
    apart = [[cdist(p[[v]], r[[v]])[0, 0] for v in members] for p, r in zip(predicted, reference, strict=True)]
    np.testing.assert_allclose(distances(predicted, reference, members), apart)
    assert mean_error(predicted, reference, members) == pytest.approx(sum(map(sum, apart)) / (len(apart) * 3))
    assert max_error(predicted, reference, members) == pytest.approx(sum(map(max, apart)) / len(apart))
    assert max_squared_error(predicted, reference, members) == pytest.approx(sum(max(row) ** 2 for row in apart) / len(apart))


@given(seeds, st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_what_does_not_matter_and_what_scales(seed, scale):
    predicted, reference = meshes(seed)
    order = np.random.default_rng(seed).permutation(predicted.shape[1])
    turn = Rotation.random(random_state=seed % 1000).as_matrix()
    for error, power in ((mean_error, 1), (max_error, 1), (max_squared_error, 2)):
        value = error(predicted, reference)
        assert error(reference, reference) == 0
        assert error(reference, predicted) == pytest.approx(value)
        assert error(predicted[:, order], reference[:, order]) == pytest.approx(value)
        assert error(predicted[::-1], reference[::-1]) == pytest.approx(value)
        assert error(predicted @ turn.T + 5, reference @ turn.T + 5) == pytest.approx(value)
        assert error(predicted * scale, reference * scale) == pytest.approx(value * scale**power)
    assert mean_error(predicted, reference) <= max_error(predicted, reference) <= np.sqrt(max_squared_error(predicted, reference)) + 1e-12


def test_long_clips_are_measured_as_a_whole():
    predicted, reference = meshes(0, frames=300)
    assert distances(predicted, reference).shape == (300, 5)
    np.testing.assert_allclose(distances(predicted, reference), np.sqrt(((predicted - reference) ** 2).sum(axis=2)))


def test_dynamics_of_a_swing():
    # Along x between 0 and 2a: lengths 0 and 2a in turn, standard deviation a; of squares 2a²; speed is constant.
    vertices = np.zeros((8, 2, 3))
    vertices[1::2, 0, 0] = 0.6
    template = np.zeros((2, 3))
    np.testing.assert_allclose(dynamics(vertices, template), [0.3, 0])
    np.testing.assert_allclose(dynamics(vertices, template, kind="squared"), [0.18, 0])
    np.testing.assert_allclose(dynamics(vertices, template, kind="speed", rate=30), [0, 0], atol=1e-12)
    # Speeds of 1 and 3 units a frame in turn at 10 frames a second: standard deviation 10.
    vertices[:, 0, 0] = np.cumsum([0, 1, 3, 1, 3, 1, 3, 1])
    assert dynamics(vertices[:7], template, [0], "speed", 10.0)[0] == pytest.approx(10.0)


def test_fdd_has_a_sign_and_can_lose_it():
    template = np.zeros((1, 3))
    calm, wild = np.zeros((2, 6, 1, 3))
    calm[1::2, 0, 1], wild[1::2, 0, 1] = 0.2, 0.6
    assert fdd(calm, wild, template) == pytest.approx(0.2)
    assert fdd(wild, calm, template) == pytest.approx(-0.2)
    assert fdd(wild, calm, template, absolute=True) == pytest.approx(0.2)
    assert fdd(calm, wild, template, kind="squared") == pytest.approx((0.36 - 0.04) / 2)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_fdd_agrees_with_loops_and_keeps_what_it_should(seed):
    predicted, reference = meshes(seed, frames=9)
    template = np.random.default_rng(seed + 1).normal(size=(5, 3))
    members = [1, 4]
    for kind, power in (("l2", 1), ("squared", 2)):
        spreads = [
            [np.std([np.sqrt(sum((frame[v] - template[v]) ** 2)) ** power for frame in clip]) for v in members]
            for clip in (reference, predicted)
        ]
        value = fdd(predicted, reference, template, members, kind)
        assert value == pytest.approx(np.mean(spreads[0]) - np.mean(spreads[1]))
        assert fdd(predicted[::-1], reference[::-1], template, members, kind) == pytest.approx(value)
        assert fdd(predicted * 3, reference * 3, template * 3, members, kind) == pytest.approx(value * 3**power)
        turn = Rotation.random(random_state=seed % 1000).as_matrix().T
        assert fdd(predicted @ turn + 1, reference @ turn + 1, template @ turn + 1, members, kind) == pytest.approx(value)
        assert fdd(predicted, predicted, template, members, kind) == 0
    speed = fdd(predicted, reference, template, members, "speed", 25.0)
    assert fdd(predicted, reference, template, members, "speed", 50.0) == pytest.approx(2 * speed)
    assert fdd(predicted + 1, reference, template, members, "speed", 25.0) == pytest.approx(speed)


def test_landmarks_are_compared_about_their_own_place():
    chance = np.random.default_rng(3)
    reference = chance.normal(size=(20, 18, 2))
    assert landmark_distance(reference + np.array([4, -2]), reference) == pytest.approx(0, abs=1e-12)
    assert landmark_distance(reference + np.array([3, 4]), reference, centred=False) == pytest.approx(5)
    # A place that changes in the middle of the clip is movement.
    moved = reference.copy()
    moved[10:, :, 0] += 2
    assert landmark_distance(moved, reference) == pytest.approx(1)


def test_mouth_opening_deviation_is_the_mean_absolute_difference():
    assert opening_deviation([0.0, 1.0, 5.0], [0.0, 3.0, 4.0]) == 1.0
    assert opening_deviation([1.0, 2.0], [1.0, 2.0]) == 0


def test_diversity_is_over_pairs_of_samples():
    samples = np.zeros((3, 4, 2, 3))
    samples[1, :, :, 0], samples[2, :, :, 1] = 3, 4  # apart by 3, 4 and 5
    assert diversity(samples) == pytest.approx(4)
    assert diversity(np.repeat(samples[:1], 3, axis=0)) == 0
    assert diversity(samples[[2, 0, 1]]) == pytest.approx(4)
    assert diversity(samples[:, ::-1] * 2 + 7) == pytest.approx(8)
    # Channels: the length of the vector of all of them.
    assert diversity(np.array([[[0.0, 0.0]], [[3.0, 4.0]]])) == 5


@pytest.mark.parametrize(
    ("predicted", "reference", "members"),
    [
        (np.zeros((3, 4, 3)), np.zeros((3, 5, 3)), None),
        (np.zeros((3, 4, 3)), np.zeros((2, 4, 3)), None),
        (np.zeros((3, 4)), np.zeros((3, 4)), None),
        (np.zeros((0, 4, 3)), np.zeros((0, 4, 3)), None),
        (np.zeros((3, 4, 3)), np.zeros((3, 4, 3)), []),
        (np.zeros((3, 4, 3)), np.zeros((3, 4, 3)), [4]),
        (np.zeros((3, 4, 3)), np.zeros((3, 4, 3)), [-1]),
        (np.zeros((3, 4, 3)), np.zeros((3, 4, 3)), [True, False]),
        (np.full((3, 4, 3), np.nan), np.zeros((3, 4, 3)), None),
    ],
)
def test_what_cannot_be_measured_is_refused(predicted, reference, members):
    for error in ERRORS:
        with pytest.raises(InputError):
            error(predicted, reference, members)


def test_dynamics_and_diversity_refuse_what_they_cannot_measure():
    with pytest.raises(InputError):
        fdd(np.zeros((3, 4, 3)), np.zeros((3, 4, 3)), np.zeros((5, 3)))
    with pytest.raises(InputError):
        dynamics(np.zeros((1, 4, 3)), np.zeros((4, 3)), kind="speed")
    for samples in (np.zeros((1, 5, 3)), np.full((2, 5, 3), np.inf)):
        with pytest.raises(InputError):
            diversity(samples)
