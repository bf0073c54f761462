"""Takes of the Live Link Face app: a CSV of blend shapes, plain or gzipped, with the sound or film beside it.

Columns are read by name in any of the app's spellings, head and eye rotations turned into the ``arkit`` rig's convention (the
inverse of ``exporters/csv.py``). Rows go where their timecode says. A face that was lost for up to 0.1 s is bridged by
straight lines; where it was lost for longer the take becomes several clips, none of which holds invented movement.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.motion import RIGS, Motion, Rate
from backend.motion.arkit import APPLE_52
from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, beside, files
from backend.training.datasets.timecode import parse, times

BRIDGED = 0.1  # s; a blink lasts longer, so none is hidden in it (Caffier et al. 2003: 0.2 s on average)
SHORTEST = 0.5  # s; a shorter stretch between two losses holds not even a word
_ROTATIONS = tuple(f"{what}{axis}" for what in ("head", "leftEye", "rightEye") for axis in ("Yaw", "Pitch", "Roll"))
_ENDINGS = ("_cal", "_raw", "_neutral")  # of what the app writes beside the take itself

Rows = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a take without a loss, ``start`` seconds after the take's first row."""

    start: float
    motion: Motion


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """Every take below a folder. Of a take that was calibrated as well, the calibrated rows are read.

    The speaker is the folder between ``folder`` and the take's own, as in ``ANNA/20240312_Slate_3/Slate_3.csv``, else the given one.
    """
    for path in files(folder, ".csv", ".csv.gz"):
        stem = _stem(path)
        if stem.endswith("_neutral") or beside(path, f"{stem}_cal", (".csv", ".csv.gz")) or not _is_take(path):
            continue
        stretches = read_take(path, given.rate)
        above = path.relative_to(folder).parts[:-1]
        for number, stretch in enumerate(stretches, 1):
            name = "/".join([*above, stem])
            yield Clip(
                name if len(stretches) == 1 else f"{name}#{number}",
                path,
                _sound(path),
                stretch.motion,
                start=stretch.start,
                speaker=above[0] if len(above) > 1 else given.speaker,
                licence=given.licence,
            )


def read_take(path: Path, rate: Rate | None = None) -> tuple[Stretch, ...]:
    """The stretches of a take, in rig ``arkit`` at the rate of its rows.

    ``rate`` is the true rate of the timecode, where it is not a whole number (29.97).

    Raises:
        InputError: it is no such CSV, its numbers cannot be read, time goes backwards, or no row holds a face.
    """
    header, rows = _table(path)
    columns = _columns(header, path)
    seen = [row for row in rows if len(row) >= len(header)]  # the app writes a lost face as a row that ends after its count
    if not seen:
        raise InputError(f"{path} holds no row with a face.")
    at, counted = times([parse(row[0]) for row in rows if row], rate)
    at = at[[i for i, row in enumerate(row for row in rows if row) if len(row) >= len(header)]]
    if np.any(np.diff(at) <= 0):
        raise InputError(f"{path}: time does not go on after row {int(np.argmax(np.diff(at) <= 0)) + 2}. Export the take again.")
    values = _values(seen, columns, path)
    own = counted / max(round(float(np.median(np.diff(at))) * float(counted)), 1) if len(at) > 1 else counted
    return tuple(_kept([_even(at[part], values[part], own) for part in _unbroken(at, own)]))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if row]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} cannot be read as a CSV ({error}).") from error
    if not rows or rows[0][0].strip().lower() != "timecode":
        raise InputError(f"{path} is no Live Link Face take: its first column is not Timecode.")
    return rows[0], rows[1:]


def _is_take(path: Path) -> bool:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            head = file.readline(4096).lower()
    except (OSError, EOFError):
        return False
    return b"timecode" in head and b"jawopen" in head


def _columns(header: list[str], path: Path) -> dict[str, int]:
    """The column of every channel that the file has."""
    known = {name.lower(): name for name in (*APPLE_52, *_ROTATIONS)}
    found = {known[name.strip().lower()]: i for i, name in enumerate(header) if name.strip().lower() in known}
    missing = [name for name in APPLE_52 if name not in found and name != "tongueOut"]  # older phones lack the tongue
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]} and {len(missing) - 1} others of the 52 shapes.")
    return found


def _values(rows: list[list[str]], columns: dict[str, int], path: Path) -> Rows:
    """``[rows, channels of the rig]``, in Mien's signs."""
    rig = RIGS["arkit"]
    values = np.zeros((len(rows), len(rig)))
    try:
        for name, column in columns.items():
            # The phone measures yaw and roll the other way round.
            sign = -1.0 if name in _ROTATIONS and not name.endswith("Pitch") else 1.0
            values[:, rig.index(name)] = [sign * float(row[column]) for row in rows]
    except ValueError as error:
        raise InputError(f"{path} holds something that is no number ({error}).") from error
    if not np.isfinite(values).all():
        raise InputError(f"{path} holds a value that is not finite in row {int(np.argwhere(~np.isfinite(values))[0, 0]) + 2}.")
    return values + 0.0  # no negative zeros


def _unbroken(at: NDArray[np.float64], rate: Rate) -> list[slice]:
    cuts = np.flatnonzero(np.diff(at) > BRIDGED + 1.01 / float(rate)) + 1
    bounds = [0, *cuts.tolist(), len(at)]
    return [slice(first, last) for first, last in pairwise(bounds)]


def _even(at: NDArray[np.float64], values: Rows, rate: Rate) -> Stretch:
    """Rows at even steps: as they are where they stand on them already."""
    count = round(float(at[-1] - at[0]) * float(rate)) + 1
    steps = at[0] + np.arange(count) / float(rate)
    if count != len(at) or np.max(np.abs(steps - at)) > 0.02 / float(rate):
        values = np.stack([np.interp(steps, at, column) for column in values.T], axis=1)
    return Stretch(float(at[0]), Motion(RIGS["arkit"], values.astype(np.float32), rate))


def _kept(stretches: list[Stretch]) -> list[Stretch]:
    kept = [stretch for stretch in stretches if stretch.motion.duration >= SHORTEST]
    return kept or [max(stretches, key=lambda stretch: stretch.motion.frames)]


def _stem(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz").removesuffix(".csv")
    return path.name[: len(name)]


def _sound(path: Path) -> Path | None:
    """The sound or film of the take's name, else the only one in its folder."""
    stem = _stem(path)
    for ending in _ENDINGS:
        stem = stem.removesuffix(ending)
    if found := beside(path, stem, (*SOUNDS, *FILMS)):
        return found
    others = [other for other in path.parent.iterdir() if other.name.lower().endswith((*SOUNDS, *FILMS)) and not other.name.startswith(".")]
    takes = [other for other in path.parent.iterdir() if other.name.lower().endswith((".csv", ".csv.gz")) and _is_take(other)]
    alone = len({_stem(take).removesuffix("_cal").removesuffix("_raw").removesuffix("_neutral") for take in takes}) == 1
    return others[0] if len(others) == 1 and alone else None
