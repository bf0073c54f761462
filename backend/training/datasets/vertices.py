"""Moving meshes, laid out as VOCASET is once it has been cut into sequences.

    vertices_npy/SPEAKER_sentence01.npy   [frames, 3 V] or [frames, V, 3]; or an .npz with vertices and fps
    wav/SPEAKER_sentence01.wav
    templates/SPEAKER.npy, .npz, .ply or .obj, or templates.npz with an array of every speaker's name

Metres. VOCASET's speakers (``FaceTalk_170728_03272_TA``) are known to be captured at 60 frames a second (Cudeiro et al. 2019).
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.motion import Rate
from backend.training.datasets.clip import Clip, Given, Vertices
from backend.training.datasets.files import SOUNDS, Arrays, beside, files, rate_in, read_arrays, refused_pickle

VOCASET_RATE: Rate = Fraction(60)
_VOCASET = re.compile(r"FaceTalk_\d{6}_\d{5}_TA")
_NAME = re.compile(r"(?P<speaker>.+)[_-](?P<sentence>sentence\d+|e?\d+)", re.IGNORECASE)
_FOLDERS = ("vertices_npy", "vertices", "vertices_npz")
_LARGEST = 5.0  # metres from the origin; a head is far within, in millimetres it is far beyond


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """Every sequence; of ``SPEAKER_sentenceNN`` the sentence is what VOCASET's speakers share."""
    home = next((folder / name for name in _FOLDERS if (folder / name).is_dir()), folder)
    templates = _Templates(folder)
    for path in files(home, ".npy", ".npz", ".pkl"):
        if path.parent.name == "templates" or path.stem == "templates":
            continue
        found = _NAME.fullmatch(path.stem)
        speaker = found["speaker"] if found else given.speaker
        arrays = read_arrays(path)
        rate = VOCASET_RATE if given.rate is None and _VOCASET.match(path.stem) else given.rate
        yield Clip(
            path.relative_to(home).with_suffix("").as_posix(),
            path,
            _sound(folder, path),
            vertices=_vertices(arrays, path),
            template=templates.of(speaker),
            rate=rate_in(arrays, rate, path),
            speaker=speaker,
            sentence=found["sentence"].lower() if found else "",
            language="en" if _VOCASET.match(path.stem) else "",
            licence=given.licence or ("VOCASET: MPI, non-commercial research" if _VOCASET.match(path.stem) else ""),
        )


class _Templates:
    """Meshes at rest by speaker, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._read = folder, dict[str, Vertices]()

    def of(self, speaker: str) -> Vertices | None:
        if speaker and speaker not in self._read and (found := self._find(speaker)) is not None:
            self._read[speaker] = found
        return self._read.get(speaker)

    def _find(self, speaker: str) -> Vertices | None:
        together = self.folder / "templates.npz"
        if together.is_file():
            arrays = read_arrays(together)
            return _points(arrays[speaker], together)[0] if speaker in arrays else None
        for suffix in (".npy", ".npz", ".ply", ".obj"):
            path = self.folder / "templates" / f"{speaker}{suffix}"
            if path.is_file():
                return _mesh(path) if suffix in (".ply", ".obj") else _vertices(read_arrays(path), path)[0]
        if (pickled := self.folder / "templates.pkl").is_file():
            raise refused_pickle(pickled)
        return None


def _vertices(arrays: Arrays, path: Path) -> Vertices:
    found = next((arrays[name] for name in ("vertices", "verts", "") if name in arrays), None)
    if found is None:
        raise InputError(f"{path} holds no vertices (its arrays: {', '.join(arrays)}). Name them 'vertices'.")
    return _points(found, path)


def _points(array: NDArray[Any], path: Path) -> Vertices:
    """``[frames, V, 3]``; a mesh at rest is one frame."""
    if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 3):
        array = array.reshape(1, -1)
    if array.ndim == 2 and array.shape[1] % 3 == 0:
        array = array.reshape(len(array), -1, 3)
    if array.ndim != 3 or array.shape[2] != 3 or not len(array) or not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"{path} holds an array of shape {list(array.shape)}, not vertices [frames, V, 3] as decimal numbers.")
    if not np.isfinite(array[0]).all() or np.abs(array[0]).max() > _LARGEST:
        raise InputError(f"{path} holds vertices beyond {_LARGEST:g} m or not finite: give metres.")
    return array.astype(np.float32) if array.dtype != np.float32 else array


def _mesh(path: Path) -> Vertices:
    import trimesh

    try:
        mesh: Any = trimesh.load(path, process=False, maintain_order=True)
        return np.asarray(mesh.vertices, np.float32)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, OSError) as error:
        raise InputError(f"{path} cannot be read as a mesh ({error}).") from error


def _sound(folder: Path, path: Path) -> Path | None:
    for home in (folder / "wav", folder / "audio", path.parent):
        if home.is_dir() and (found := beside(home / path.name, path.stem, SOUNDS)):
            return found
    return None
