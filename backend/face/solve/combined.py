"""Weights of shapes and of the correctives that come in with their products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.face.solve.bounded import Problem, minimise

Array = NDArray[np.float64]

_ROUNDS = 12
_HALVINGS = 4


@dataclass(frozen=True)
class Combined:
    """Bounded least squares on ``n`` shapes and ``k`` correctives, each weighted by the product of some of the shapes' weights.

    ``gram [n + k, n + k]`` and ``right [frames, n + k]`` are the products of shapes and correctives with each other and with
    the frames; ``together`` has the channels of each corrective. ``ridge [n, n]``, and ``low`` and ``high`` as in
    :class:`backend.face.solve.bounded.Problem`.
    """

    gram: Array
    right: Array
    together: tuple[tuple[int, ...], ...]
    ridge: Array
    low: Array
    high: Array

    def mixture(self, weights: Array) -> Array:
        """Weights of shapes and correctives ``[frames, n + k]`` from those of the shapes."""
        return mixture(weights, self.together)

    def objective(self, weights: Array) -> Array:
        """Of every frame, ``[frames]``."""
        full = self.mixture(weights)
        cost: Array = (
            np.sum(full * (full @ self.gram) / 2 - self.right * full, axis=1) + np.sum(weights * (weights @ self.ridge), axis=1) / 2
        )
        return cost

    def around(self, weights: Array) -> Problem:
        """The problem with the products made straight lines about some weights (Gauss and Newton's step)."""
        slopes = np.zeros((*weights.shape, len(self.gram)))
        slopes[:, range(weights.shape[1]), range(weights.shape[1])] = 1
        for column, channels in enumerate(self.together, weights.shape[1]):
            for channel in channels:
                slopes[:, channel, column] = np.prod(weights[:, [other for other in channels if other != channel]], axis=1)
        steep = slopes @ self.gram
        gram = steep @ slopes.transpose(0, 2, 1)
        left = self.right - self.mixture(weights) @ self.gram
        right = np.einsum("fik,fk->fi", slopes, left) + np.einsum("fij,fj->fi", gram, weights)
        return Problem(gram + self.ridge, right, self.low, self.high)


def mixture(weights: Array, together: tuple[tuple[int, ...], ...]) -> Array:
    """Weights of shapes ``[frames, n]``, and after them the products that are the correctives' weights ``[frames, n + k]``."""
    products = [np.prod(weights[:, list(channels)], axis=1) for channels in together]
    return np.column_stack([weights, *products])


def settle(combined: Combined, tolerance: float, tight: float) -> Array:
    """Weights ``[frames, n]``: bounded problems, each about the solution of the one before, until no weight moves by ``tolerance``."""
    n = len(combined.low)
    weights = minimise(Problem(combined.gram[:n, :n] + combined.ridge, combined.right[:, :n], combined.low, combined.high), tight)
    for _ in range(_ROUNDS):
        nearer = _nearer(combined, weights, minimise(combined.around(weights), tight))
        moved = float(np.abs(nearer - weights).max())
        weights = nearer
        if moved <= tolerance:
            break
    return weights


def _nearer(combined: Combined, weights: Array, aim: Array) -> Array:
    """In each frame as far towards the aim as its objective falls; the weights themselves where it nowhere does."""
    found, best = weights.copy(), combined.objective(weights)
    waiting = np.ones(len(weights), np.bool_)
    for halving in range(_HALVINGS):
        there = weights + (aim - weights) / 2**halving
        falls = waiting & (combined.objective(there) <= best)
        found[falls] = there[falls]
        waiting &= ~falls
    return found
