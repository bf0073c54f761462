"""Blend-shape curves in ``.npz`` files that name their channels, with a sound of the same name beside them.

Orders of the 52 shapes differ from tool to tool and mixing them up is the commonest fault of all, so that an array without
names is refused rather than guessed at.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from backend.errors import InputError
from backend.motion import RIGS, Motion, Rate
from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, Arrays, beside, files, names_in, rate_in, read_arrays

_VALUES = ("values", "weights", "blendshapes", "bs")
_NAMES = ("channels", "names", "columns")


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """Every ``.npz`` below a folder; speakers are the folders directly in it, else the given one."""
    for path in files(folder, ".npz"):
        parts = path.relative_to(folder).with_suffix("").parts
        yield Clip(
            "/".join(parts),
            path,
            beside(path, path.stem, (*SOUNDS, *FILMS)),
            read_curves(path, given.rate),
            speaker=parts[0] if len(parts) > 1 else given.speaker,
            licence=given.licence,
        )


def read_curves(path: Path, rate: Rate | None = None) -> Motion:
    """``values [frames, channels]`` with ``channels`` and ``fps``, as ``mien export`` writes them, or under their other usual names.

    Spellings may begin with a capital and end in ``_L`` or ``_R``; channels that the ``arkit`` rig lacks are left out.

    Raises:
        InputError: no names, no rate, or fewer than half of Apple's shapes.
    """
    arrays = read_arrays(path)
    key, names = next((name for name in _VALUES if name in arrays), None), names_in(arrays, _NAMES)
    if key is None or names is None:
        missing = "values" if key is None else "the names of its channels, and orders differ"
        raise InputError(f"{path} lacks {missing}: save values [frames, channels], channels and fps.")
    return curves(arrays, key, names, rate_in(arrays, rate, path), path)


def curves(arrays: Arrays, key: str, names: tuple[str, ...], rate: Rate, path: Path) -> Motion:
    """The columns that the ``arkit`` rig knows.

    Raises:
        InputError: names do not fit the columns, or too few of them are known.
    """
    rig, values = RIGS["arkit"], np.asarray(arrays[key], np.float64)
    if values.ndim != 2 or values.shape[1] != len(names):
        raise InputError(f"{path} names {len(names)} channels for values of shape {list(values.shape)}.")
    spelled = {spelled_as(name): i for i, name in enumerate(names)}
    known = {name: values[:, column] for name, column in spelled.items() if name in rig}
    if len(known) < 26:
        raise InputError(f"{path} has {len(known)} of ARKit's 52 shapes. Give one with ARKit's names.")
    return Motion.from_curves(rig, known, len(values), rate)


def spelled_as(name: str) -> str:
    """Mien's spelling of an ARKit name."""
    name = name.strip().rsplit(".", 1)[-1]
    name = name[:1].lower() + name[1:]
    for ending, side in (("_L", "Left"), ("_R", "Right"), ("_l", "Left"), ("_r", "Right")):
        if name.endswith(ending):
            return name.removesuffix(ending) + side
    return name
