# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole mouths: what visemes come closest to the mouth that single channels describe, in numpy alone."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .parts import part_of
from .targets import Columns, Mouth

Thing: TypeAlias = Any
Numbers: TypeAlias = NDArray[np.float64]

# The same figures as the service's: one viseme that fits is better than two that mix to the same (Tibshirani 1996), near twins
# share, and how far the jaw is open shows most.
_SPARSE, _RIDGE, _JAW = 0.03, 1e-3, 2.0
_NEAR = 1e-9  # what rounding may make of a slope of zero
_TIMES, _ROUNDS = 8, 200


def values_of(mouth: Mouth, columns: Columns) -> Iterator[tuple[Thing, str, Numbers]]:
    """Keys, name and values by frame of every shape key that is a whole mouth. None where no channel of the mouth is given."""
    spoken = speak(mouth.poses, columns)
    for key, shape in mouth.places:
        if shape in spoken and shape in key.key_blocks:
            yield key, shape, spoken[shape]


def speak(poses: Mapping[str, Mapping[str, float]], columns: Columns) -> dict[str, Numbers]:
    """Weights by frame, 0 to 1, of every viseme: sparse bounded least squares over the channels that their poses name.

    ``mouthClose`` counts as a jaw that is less open, for no viseme closes the lips over an open jaw.
    """
    channels = [name for name in dict.fromkeys(name for pose in poses.values() for name in pose) if name in columns]
    if not any(part_of(name, {}) == "mouth" for name in channels):
        return {}
    spoken = [shape for shape, pose in poses.items() if any(pose.get(name) for name in channels)]
    table = np.array([[poses[shape].get(name, 0.0) for name in channels] for shape in spoken]).reshape(len(spoken), len(channels))
    aims = np.array([columns[name] for name in channels], np.float64)
    if "jawOpen" in channels:
        jaw = channels.index("jawOpen")
        if "mouthClose" in columns and "mouthClose" not in channels:
            aims[jaw] = np.maximum(aims[jaw] - columns["mouthClose"], 0)
        table[:, jaw], aims[jaw] = table[:, jaw] * _JAW, aims[jaw] * _JAW
    found = {shape: np.zeros(aims.shape[1]) for shape in poses}
    found.update(zip(spoken, _weights(table, aims), strict=True))
    return found


def _weights(table: Numbers, aims: Numbers) -> Numbers:
    """``[visemes, frames]`` for poses ``[visemes, channels]`` and what they shall sum up to ``[channels, frames]``."""
    gram = table @ table.T
    unit = float(np.mean(np.diag(gram))) if len(gram) else 0.0
    gram += _RIDGE * unit * np.eye(len(gram))
    right = table @ aims - _SPARSE * unit
    found, left = np.zeros_like(right), np.arange(right.shape[1])
    for _ in range(_ROUNDS):
        found[:, left] = _descend(gram, right[:, left], found[:, left])
        settled, weights = _between(gram, right[:, left], found[:, left])
        found[:, left[settled]] = weights[:, settled]
        left = left[~settled]
        if not len(left):
            break
    return found


def _descend(gram: Numbers, right: Numbers, weights: Numbers) -> Numbers:
    """Nearer to the least w G w / 2 - b w with 0 <= w <= 1, frame by frame: one weight after the other (Wright 2015)."""
    rest = right - gram @ weights
    for _ in range(_TIMES):
        for index, row in enumerate(gram):
            change = np.clip(weights[index] + rest[index] / row[index], 0, 1) - weights[index]
            weights[index] += change
            rest -= np.outer(row, change)
    return weights


def _between(gram: Numbers, right: Numbers, weights: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """The exact optimum if those at a bound stay there, and for which frames it is one: nothing passes a bound or would leave it."""
    free = ((weights > 0) & (weights < 1)).T
    both = free[:, :, None] & free[:, None, :]
    bound = np.where(free, 0, weights.T)
    aims = np.where(free, right.T - bound @ gram, bound)
    exact = np.linalg.solve(np.where(both, gram, np.eye(len(gram))), aims[..., None])[..., 0]
    slope = exact @ gram - right.T
    wants = np.where(exact >= 1, -slope, slope)
    good = np.where(free, (exact >= 0) & (exact <= 1), wants >= -_NEAR)
    return good.all(axis=1), np.clip(exact, 0, 1).T
