"""Least squares between bounds for every frame at once, in the small space of the shapes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded, solveh_banded
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from backend.errors import InputError

Array = NDArray[np.float64]

_ROUNDS = 80
_STENCIL = (1, -2, 1)
_BACK_OFF = 0.9995  # the share of the way to a bound that a step may go (Nocedal & Wright 2006, section 14.2)


@dataclass(frozen=True)
class Problem:
    """Minimise, over ``w [frames, n]`` with ``low <= w <= high``, the sum over the frames of

        w G w / 2 - b w + a B a / 2, where a = w[t - 1] - 2 w[t] + w[t + 1]

    ``gram`` is G, positive definite, ``[n, n]`` or one for each frame ``[frames, n, n]``; ``right [frames, n]`` is b; ``low`` and
    ``high`` are ``[n]``; ``bend [n, n]`` is B, positive semidefinite, or None. The first and the last frame have no second difference.
    """

    gram: Array
    right: Array
    low: Array
    high: Array
    bend: Array | None = None

    @property
    def stiffness(self) -> Array:
        """The diagonal of G, ``[n]`` or ``[frames, n]``."""
        return np.diagonal(self.gram, axis1=-2, axis2=-1)

    def _through(self, weights: Array) -> Array:
        through: Array = weights @ self.gram if self.gram.ndim == 2 else np.einsum("fi,fij->fj", weights, self.gram)
        return through

    def gradient(self, weights: Array) -> Array:
        """``[frames, n]``."""
        slope: Array = self._through(weights) - self.right
        if self.bend is not None:
            push = np.diff(weights, 2, axis=0) @ self.bend
            for k, times in enumerate(_STENCIL):
                slope[k : k + len(push)] += times * push
        return slope

    def objective(self, weights: Array) -> float:
        cost = float(np.sum(weights * self._through(weights) / 2 - self.right * weights))
        turns = np.diff(weights, 2, axis=0)
        return cost if self.bend is None else cost + float(np.sum(turns * (turns @ self.bend))) / 2

    def distance(self, weights: Array) -> float:
        """How far feasible weights are from meeting the conditions of Karush, Kuhn and Tucker: zero at the optimum.

        The largest step, in units of the weights, that a descent scaled by the diagonal of G still takes
        once it is cut off at the bounds.
        """
        aim = weights - self.gradient(weights) / self.stiffness
        return float(np.abs(weights - np.clip(aim, self.low, self.high)).max(initial=0.0))


def minimise(problem: Problem, tolerance: float = 1e-8) -> Array:
    """The best weights ``[frames, n]``: no frame's distance from the optimum exceeds ``tolerance``.

    A primal-dual interior point method with Mehrotra's predictor and corrector (1992). Frames meet only
    their two neighbours, so that the whole system is one banded matrix, factored once a round.

    Raises:
        InputError: it did not converge, as with a matrix that is not positive definite.
    """
    # LAPACK cuts a banded matrix into pieces far too small to share: two threads take longer than one.
    with _threads().limit(limits=1, user_api="blas"):
        return _minimise(problem, tolerance)


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _minimise(problem: Problem, tolerance: float) -> Array:
    band = _band(problem)
    low, high = (np.broadcast_to(bound, problem.right.shape) for bound in (problem.low, problem.high))
    press = np.mean(np.abs(problem.right)) + np.mean(problem.stiffness) * np.mean(high - low)
    point = _Point((low + high) / 2, (high - low) / 2, (high - low) / 2, np.full(low.shape, press), np.full(low.shape, press))
    for _ in range(_ROUNDS):
        found = _snapped(problem, point)
        if problem.distance(found) <= tolerance:
            return found
        point = _round(problem, band, point)
    raise InputError("the weights of these frames cannot be solved for: the face's shapes are too alike, so solve with a larger ridge.")


@dataclass(frozen=True)
class _Point:
    """Weights, their room down to the low and up to the high bound, and how hard they press on each: ``[frames, n]``.

    The room is kept apart, for the difference from a bound would round to nothing long before it should.
    """

    weights: Array
    under: Array
    over: Array
    below: Array
    above: Array


def _snapped(problem: Problem, at: _Point) -> Array:
    """The weights, those put on a bound that press on it harder than they are away from it."""
    stiffness = problem.stiffness
    snapped: Array = np.where(
        stiffness * at.under < at.below, problem.low, np.where(stiffness * at.over < at.above, problem.high, at.weights)
    )
    return np.clip(snapped, problem.low, problem.high)


def _round(problem: Problem, band: Array, at: _Point) -> _Point:
    """One predictor and one corrector step."""
    solve = _solver(band, at.below / at.under + at.above / at.over)
    slope = problem.gradient(at.weights)

    def step(aim_below: Array | float, aim_above: Array | float) -> tuple[Array, Array, Array]:
        move = solve(-slope + aim_below / at.under - aim_above / at.over)
        return move, (aim_below - at.below * move) / at.under - at.below, (aim_above + at.above * move) / at.over - at.above

    def gone(move: Array, below: Array, above: Array, share: float) -> _Point:
        far = share * min(_reach(at.under, move), _reach(at.over, -move))
        hard = share * min(_reach(at.below, below), _reach(at.above, above))
        return _Point(
            at.weights + far * move, at.under + far * move, at.over - far * move, at.below + hard * below, at.above + hard * above
        )

    move, below, above = step(0.0, 0.0)
    gap, left = _gap(at), _gap(gone(move, below, above, 1.0))
    centre = gap * (left / gap) ** 3
    return gone(*step(centre - move * below, centre + move * above), _BACK_OFF)


def _gap(at: _Point) -> float:
    return float(np.mean(at.below * at.under + at.above * at.over)) / 2


def _reach(values: Array, change: Array) -> float:
    """How much of the change can be added before a value reaches zero, at most all of it."""
    return 1.0 / max(1.0, float(np.max(-change / values)))


def _band(problem: Problem) -> Array:
    """The Hessian over all frames by its lower diagonals, ``[bands, frames * n]``: of ``n``, or ``3 n`` where frames meet."""
    frames, n = problem.right.shape
    blocks = [np.array(np.broadcast_to(problem.gram, (frames, n, n)))]
    if problem.bend is not None and frames > 2:
        times = _times(frames)
        blocks = [times[k, :, None, None] * problem.bend for k in range(3)]
        blocks[0] += problem.gram
    band = np.zeros((len(blocks) * n, frames, n))
    for k, block in enumerate(blocks):
        for row in range(n):
            for column in range(n):
                if (down := k * n + row - column) >= 0:
                    band[down, :, column] = block[:, row, column]
    return band.reshape(len(band), frames * n)


def _times(frames: int) -> Array:
    """Diagonal, first and second lower diagonal of D^T D, where D takes second differences; filled up to ``[3, frames]``."""
    counted = np.zeros((3, frames))
    for k in range(3):
        for start in range(3 - k):
            counted[k, start : start + frames - 2] += _STENCIL[start] * _STENCIL[start + k]
    return counted


def smoothed(values: Array, strength: float) -> Array:
    """``values [frames, n]`` with the sum of ``(smooth - value)^2 + strength * (second difference of smooth)^2`` least (Whittaker 1923)."""
    if strength == 0 or len(values) < 3:
        return values
    bands = strength * _times(len(values))
    bands[0] += 1
    found: Array = solveh_banded(bands, values, lower=True)
    return found


def _solver(band: Array, extra: Array) -> Callable[[Array], Array]:
    """Solve with the banded matrix, ``extra [frames, n]`` added to its diagonal."""
    stiff = band.copy()
    stiff[0] += extra.ravel()
    try:
        factor = cholesky_banded(stiff, lower=True, overwrite_ab=True, check_finite=False)
    except np.linalg.LinAlgError:
        raise InputError("two of the face's shapes are the same: solve with a ridge above zero.") from None

    def solve(right: Array) -> Array:
        found: Array = cho_solve_banded((factor, True), right.ravel(), check_finite=False)
        return found.reshape(extra.shape)

    return solve
