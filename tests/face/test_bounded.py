"""The bounded problem under the retargeting: optimal by an independent solver and against any change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from backend.errors import InputError
from backend.face.solve.bounded import Problem, minimise, smoothed


def random_problem(seed, frames=7, n=5, smooth=0.0):
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(n, 30)) * rng.uniform(0.2, 3, size=(n, 1))
    aims = rng.normal(size=(frames, n)) * 0.8 + 0.4
    gram = shapes @ shapes.T
    low, high = rng.uniform(-1, 0, n), rng.uniform(0.3, 1.5, n)
    return Problem(gram, (aims @ shapes + rng.normal(size=(frames, 30))) @ shapes.T, low, high, smooth * gram if smooth else None)


def stacked(problem):
    """The same problem as one dense least squares system over all frames and channels, by another route: its square root."""
    frames, n = problem.right.shape
    hessian = np.kron(np.eye(frames), problem.gram)
    if problem.bend is not None:
        second = np.diff(np.eye(frames), 2, axis=0)
        hessian += np.kron(second.T @ second, problem.bend)
    root = np.linalg.cholesky(hessian).T
    aim = np.linalg.solve(root.T, problem.right.ravel())
    found = lsq_linear(root, aim, (np.tile(problem.low, frames), np.tile(problem.high, frames)), method="bvls", tol=1e-15)
    return found.x.reshape(frames, n)


@pytest.mark.parametrize("smooth", [0.0, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_is_that_of_an_independent_solver(seed, smooth):
    problem = random_problem(seed, smooth=smooth)
    found = minimise(problem, 1e-10)
    assert np.abs(found - stacked(problem)).max() < 1e-8
    assert problem.distance(found) <= 1e-10
    assert ((found == problem.low) | (found == problem.high)).any()
    assert ((found > problem.low) & (found < problem.high)).any()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.3, 30.0]), st.floats(1e-4, 1.0))
def test_no_allowed_change_lowers_the_objective(seed, smooth, size):
    problem = random_problem(seed % 7, frames=12, smooth=smooth)
    found = minimise(problem, 1e-9)
    rng = np.random.default_rng(seed)
    other = np.clip(found + size * rng.normal(size=found.shape) * (rng.random(found.shape) < rng.random()), problem.low, problem.high)
    assert problem.objective(found) <= problem.objective(other) + 1e-9 * abs(problem.objective(other))


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_few_frames_are_enough(frames):
    problem = random_problem(3, frames=frames, smooth=2.0)
    assert np.abs(minimise(problem, 1e-10) - stacked(problem)).max() < 1e-8


def test_what_has_no_optimum_is_refused():
    with pytest.raises(InputError, match="ridge"):
        minimise(Problem(-np.eye(2), np.zeros((3, 2)), np.zeros(2), np.ones(2)))


def test_smoothed_series_minimise_what_they_say():
    values = np.random.default_rng(0).normal(size=(20, 3))
    second = np.diff(np.eye(20), 2, axis=0)
    expected = np.linalg.solve(np.eye(20) + 5 * second.T @ second, values)
    assert np.abs(smoothed(values, 5.0) - expected).max() < 1e-12
    assert smoothed(values, 0.0) is values
    assert smoothed(values[:2], 5.0).tolist() == values[:2].tolist()
