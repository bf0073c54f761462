"""Clusters and embeddings, beside scikit-learn and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from backend.errors import InputError
from backend.training.metrics import calinski_harabasz, cosine_similarity, delta_ch, frechet_distance, identity_consistency

seeds = st.integers(0, 2**32 - 1)


def clusters(seed, apart=3.0):
    chance = np.random.default_rng(seed)
    labels = np.repeat(["angry", "happy", "sad"], [7, 9, 11])
    centres = chance.normal(size=(3, 4)) * apart
    return centres[np.unique(labels, return_inverse=True)[1]] + chance.normal(size=(27, 4)), labels


def test_index_of_two_pairs():
    # Centres at -2 and 2, points 1 to either side: between 16 on one degree of freedom, within 4 on two.
    assert calinski_harabasz([[-3.0], [-1.0], [1.0], [3.0]], [0, 0, 1, 1]) == pytest.approx(16 / (4 / 2))
    assert calinski_harabasz([[1.0], [1.0], [2.0], [2.0]], [0, 0, 1, 1]) == np.inf


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_index_is_that_of_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    points, labels = clusters(seed)
    assert calinski_harabasz(points, labels) == pytest.approx(metrics.calinski_harabasz_score(points, labels))


@given(seeds, st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_delta_ch_sees_clusters_and_nothing_else(seed, scale):
    points, labels = clusters(seed)
    moved = points[:, ::-1] * scale + 5
    assert delta_ch(moved, points, labels) == pytest.approx(0, abs=1e-9)
    merged, _ = clusters(seed, apart=0.0)
    wanted = calinski_harabasz(points, labels)
    assert delta_ch(merged, points, labels, relative=False) == pytest.approx(abs(calinski_harabasz(merged, labels) - wanted))
    assert delta_ch(merged, points, labels) == pytest.approx(delta_ch(merged, points, labels, relative=False) / wanted)


def test_delta_ch_of_lost_emotions_is_near_one():
    points, labels = clusters(1, apart=30.0)
    shuffled = points[np.random.default_rng(0).permutation(len(points))]
    assert 0.9 < delta_ch(shuffled, points, labels) < 1


def test_cosines():
    assert cosine_similarity([[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0], [0.0, -1.0]]) == 0
    points, _ = clusters(0)
    assert cosine_similarity(points, points * 7) == pytest.approx(1)
    assert identity_consistency(np.ones((5, 10))) == pytest.approx(1)
    assert identity_consistency([[1.0, 0.0], [0.0, 1.0]]) == pytest.approx(0.5)


def test_frechet_distance_of_shifted_and_of_scaled_sets():
    chance = np.random.default_rng(2)
    points = chance.normal(size=(200, 3))
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(points + np.array([1, 2, 2]), points) == pytest.approx(9)
    # Of two normals about zero of which one is twice as wide, the trace of the narrow one's covariance.
    centred = points - points.mean(axis=0)
    assert frechet_distance(centred * 2, centred) == pytest.approx(np.trace(np.cov(centred.T)))


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_frechet_distance_is_that_of_the_square_root_of_matrices(seed):
    chance = np.random.default_rng(seed)
    a, b = chance.normal(size=(40, 4)) @ chance.normal(size=(4, 4)), chance.normal(size=(30, 4)) + 1
    one, two = np.cov(a.T), np.cov(b.T)
    shift = a.mean(axis=0) - b.mean(axis=0)
    wanted = shift @ shift + np.trace(one + two - 2 * np.real(sqrtm(one @ two)))
    assert frechet_distance(a, b) == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b), rel=1e-6)
    turn = np.linalg.qr(chance.normal(size=(4, 4)))[0]
    assert frechet_distance(a @ turn, b @ turn) == pytest.approx(frechet_distance(a, b), rel=1e-6)


def test_frechet_distance_bears_fewer_samples_than_dimensions():
    points = np.random.default_rng(0).normal(size=(3, 20))
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-6)


def test_what_cannot_be_measured_is_refused():
    for points, labels in (([[1.0], [2.0]], [0, 0]), ([[1.0], [2.0]], [0, 1]), ([[1.0], [2.0], [3.0]], [0, 1])):
        with pytest.raises(InputError):
            calinski_harabasz(points, labels)
    with pytest.raises(InputError):
        delta_ch([[1.0], [2.0], [3.0], [4.0]], [[1.0], [1.0], [2.0], [2.0]], [0, 0, 1, 1])
    with pytest.raises(InputError):
        cosine_similarity([[0.0, 0.0]], [[1.0, 0.0]])
    with pytest.raises(InputError):
        frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(InputError):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))
