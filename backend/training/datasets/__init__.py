"""A studio's own material, and data sets that it has a licence for, as clips that every recipe reads. See ``docs/datasets.md``."""

from collections.abc import Iterator
from pathlib import Path

from backend.errors import InputError
from backend.motion import Rate
from backend.registry import Registry
from backend.training.datasets.clip import Clip, Given, Loader
from backend.training.datasets.split import assigned, leaks, part_of

LAYOUTS: Registry[Loader] = Registry(
    "layout",
    {
        "livelink": "backend.training.datasets.livelink:clips",
        "arkit": "backend.training.datasets.arkit:clips",
        "facegood": "backend.training.datasets.facegood:clips",
        "flame": "backend.training.datasets.flame:clips",
        "vertices": "backend.training.datasets.vertices:clips",
        "mead": "backend.training.datasets.mead:clips",
        "ravdess": "backend.training.datasets.ravdess:clips",
        "crema-d": "backend.training.datasets.crema_d:clips",
        "hdtf": "backend.training.datasets.hdtf:clips",
        "beat": "backend.training.datasets.beat:clips",
    },
)


def load(layout: str, folder: Path, rate: Rate | None = None, speaker: str = "", licence: str = "") -> Iterator[Clip]:
    """The clips of a folder that is laid out as ``layout`` says, in the order of their names; each is read when it is reached.

    ``rate`` is the frame rate where the files do not say theirs, ``speaker`` and ``licence`` what to note where
    the layout does not tell them.

    Raises:
        DirectionError: no layout has that name.
        InputError: there is no such folder, or a file in it cannot be used.
    """
    read = LAYOUTS[layout]
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}. Give the folder that holds the data set.")
    return read(folder, Given(rate, speaker, licence))


__all__ = ["LAYOUTS", "Clip", "Given", "Loader", "assigned", "leaks", "load", "part_of"]
