"""Finding and reading the files of data sets: arrays without pickles, sounds beside movements, sentences in text files."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.motion import Rate, parse_rate

Arrays = Mapping[str, NDArray[Any]]

SOUNDS = (".wav", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".aac")
FILMS = (".mp4", ".mov", ".mkv", ".avi", ".flv", ".webm", ".m4v")
_RATES = ("fps", "rate", "frame_rate", "framerate")
_CONVERT = "import pickle, numpy; numpy.savez(r'{new}', **pickle.load(open(r'{old}', 'rb'), encoding='latin1'))"


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    """The files below a folder that end in one of the suffixes, in the order of their paths; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.name.lower().endswith(suffixes) and not hidden and path.is_file():
            yield path


def read_arrays(path: Path) -> Arrays:
    """The arrays of an ``.npz`` by name, or the one of an ``.npy`` under the name ``""``. Nothing is ever unpickled.

    Raises:
        InputError: it cannot be read, or holds Python objects.
    """
    if path.suffix.lower() in (".pkl", ".pickle", ".p"):
        raise refused_pickle(path)
    try:
        if path.suffix.lower() == ".npy":
            return {"": np.load(path, mmap_mode="r", allow_pickle=False)}
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except ValueError as error:
        if "allow_pickle" in str(error):
            what = "holds Python objects, which Mien never unpickles"
            raise InputError(f"{path} {what}: save it again with numpy.savez and plain arrays of numbers and texts.") from error
        raise InputError(f"{path} is no numpy file, or it is damaged ({error}).") from error
    except (OSError, EOFError, zipfile.BadZipFile, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"{path} cannot be read as arrays ({error}).") from error


def refused_pickle(path: Path) -> InputError:
    """Why a pickle is not read, and the command that makes arrays of it where its sender is trusted."""
    command = _CONVERT.format(new=path.with_suffix(".npz").name, old=path.name)
    return InputError(
        f'{path} is a pickle, a program that Mien does not run: if you trust its sender, run  python -c "{command}"  there, '
        f"and keep {path.with_suffix('.npz').name} in its place."
    )


def rate_in(arrays: Arrays, given: Rate | None, path: Path) -> Rate:
    """The frame rate that the file tells, else the one that was given.

    Raises:
        InputError: neither.
    """
    told = next((arrays[name] for name in _RATES if name in arrays), None)
    if told is not None and np.size(told) == 1:
        return parse_rate(float(np.asarray(told).reshape(())))
    if given is None:
        raise InputError(f"{path} does not say its frame rate: give one, such as rate 30.")
    return given


def names_in(arrays: Arrays, keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """Channel names that the file has under one of ``keys``."""
    told = next((arrays[key] for key in keys if key in arrays), None)
    return None if told is None else tuple(_text(name) for name in np.asarray(told).ravel())


def beside(path: Path, stem: str, suffixes: tuple[str, ...]) -> Path | None:
    """The file of the same folder with that stem and the first of the suffixes that there is, whatever their case."""
    found = {other.name.lower(): other for other in path.parent.iterdir() if other.is_file()}
    return next((found[name] for suffix in suffixes if (name := f"{stem.lower()}{suffix}") in found), None)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
