# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys: what they get, what stands in the way, and sliders wide enough."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import visemes
from .targets import Columns, Mouth, Target

Thing: TypeAlias = Any
LIMIT = 10.0  # what Blender lets a slider reach


@dataclass
class Shapes:
    """Values of shape keys, by frame, of one datablock of keys."""

    key: Thing
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def path_of(shape: str) -> str:
    """Of a shape key's value on its datablock, as Blender writes it."""
    escaped = shape.replace("\\", "\\\\").replace('"', '\\"')
    return f'key_blocks["{escaped}"].value'


def gather(targets: Iterable[Target], columns: Columns, mouths: Iterable[Mouth] = ()) -> list[Shapes]:
    """What every shape key gets: the sum of what its channels give, or the share of a whole mouth. What is gone is left out."""
    found: dict[str, Shapes] = {}
    for target in targets:
        if target.channel not in columns or target.shape not in target.key.key_blocks:
            continue
        shapes = found.setdefault(target.key.name_full, Shapes(target.key))
        more = columns[target.channel].astype(np.float64) * target.scale
        shapes.values[target.shape] = shapes.values[target.shape] + more if target.shape in shapes.values else more
    for mouth in mouths:
        for key, shape, values in visemes.values_of(mouth, columns):
            found.setdefault(key.name_full, Shapes(key)).values[shape] = values
    return list(found.values())


def widen(shapes: Shapes) -> list[str]:
    """Let sliders reach every value; says which were widened. Blender cuts off what lies outside a slider."""
    widened = []
    for name, values in shapes.values.items():
        block = shapes.key.key_blocks[name]
        low, high = max(float(values.min()), -LIMIT), min(float(values.max()), LIMIT)
        if low < block.slider_min or high > block.slider_max:
            # Sliders are 32-bit floats: a step outward keeps the very value within.
            block.slider_min = min(block.slider_min, float(np.nextafter(np.float32(low), np.float32(-20))))
            block.slider_max = max(block.slider_max, float(np.nextafter(np.float32(high), np.float32(20))))
            widened.append(name)
    return widened


def driven(key: Thing) -> dict[str, str]:
    """Shape keys that a driver moves, with what it reads. A driver wins over keys."""
    data = key.animation_data
    by_path = {driver.data_path: driver for driver in data.drivers} if data else {}
    return {block.name: _reads(by_path[path_of(block.name)]) for block in key.key_blocks if path_of(block.name) in by_path}


def _reads(driver: Thing) -> str:
    targets = [target for variable in driver.driver.variables for target in variable.targets if target.id]
    return (
        ", ".join(sorted({f"{target.id.name} {target.bone_target or target.data_path}".strip() for target in targets})) or "an expression"
    )
