"""A FLAME model from a user's own file."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FlameError
from backend.face.flame.model import JOINTS, FlameModel
from backend.face.flame.records import ContentError, value
from backend.face.flame.unpickle import read_pickle

# What MPI calls its files, and what the packages that use them rename them to; the newest and most general first.
USUAL_NAMES = (
    *("flame2023.pkl", "flame2023_open.pkl", "flame2023.npz", "flame2023_open.npz"),
    *("generic_model.pkl", "flame_neutral.pkl", "generic_model.npz", "flame_neutral.npz"),
    *("flame2023_no_jaw.pkl", "flame2023_no_jaw.npz", "flame.pkl", "flame.npz", "flame.safetensors"),
    *("female_model.pkl", "flame_female.pkl", "flame_female.npz", "male_model.pkl", "flame_male.pkl", "flame_male.npz"),
)
LARGEST = 2**30  # bytes; FLAME's files have about 55 million

# Identity components by how many there are in all: FLAME has 300 + 100, packages cut it to 100 + 50 and between.
_IDENTITY = {400: 300, 350: 300, 200: 100, 150: 100}
_NEEDED = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "kintree_table", "weights")
_WHOLE = ("f", "kintree_table")


def load_flame(path: Path, identity_components: int | None = None) -> FlameModel:
    """Load FLAME 2020, 2023 or 2023 Open (``.pkl``, ``.npz``), or what :func:`write_flame` wrote.

    ``path`` is the file, or a folder that holds one of :data:`USUAL_NAMES`, itself or one folder down. Pickles are read,
    never run. ``identity_components`` says how many of the shape components are identity where the file has an unusual
    number of them.

    Raises:
        FlameError: there is no such file, it is damaged, asks for anything but arrays, or holds no FLAME model.
    """
    path = flame_file(path)
    arrays = _read(path)
    missing = [key for key in _NEEDED if key not in arrays]
    if missing:
        raise FlameError(
            f"{path} is no FLAME model: it has no '{missing[0]}'. Give generic_model.pkl, flame2023.pkl or an .npz made of it."
        )
    return _model(path, arrays, identity_components)


def flame_file(path: Path) -> Path:
    """The file that a path leads to: itself, or the most usual one in a folder or one folder down.

    Raises:
        FlameError: there is none.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise FlameError(f"there is no FLAME model at {path}: check the path.")
    found = [file for pattern in ("*", "*/*") for file in sorted(path.glob(pattern)) if file.name.lower() in USUAL_NAMES and file.is_file()]
    if not found:
        raise FlameError(f"{path} holds no FLAME model: put flame2023.pkl or generic_model.pkl there, or name the file itself.")
    return min(found, key=lambda file: (len(file.parts), USUAL_NAMES.index(file.name.lower())))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise FlameError(f"{path} is larger than any FLAME model: give generic_model.pkl or flame2023.pkl.")
        content = path.read_bytes()
    except OSError as error:
        raise FlameError(f"cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
    if content.startswith(b"PK\x03\x04"):
        return _npz(content, path)
    if path.suffix.lower() == ".safetensors":
        return _safetensors(content, path)
    arrays: dict[str, Any] = read_pickle(content, str(path))
    return arrays


def _safetensors(content: bytes, path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        about = json.loads(content[8 : 8 + length]).get("__metadata__", {})
        return {**arrays, "mien": about.get("mien", "")}
    except (SafetensorError, ValueError, AttributeError, OverflowError) as error:
        raise FlameError(f"{path} cannot be read as a FLAME model: it is damaged. Copy it again.") from error


def _npz(content: bytes, path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            if sum(member.file_size for member in members) > LARGEST:
                raise FlameError(f"{path} unpacks to more than any FLAME model holds: it is none.")
            return {member.filename.removesuffix(".npy"): _npy(archive.read(member), path) for member in members}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, OSError, RuntimeError, SyntaxError) as error:
        raise FlameError(f"{path} cannot be read as a FLAME model: it is damaged or cut short. Copy or download it again.") from error


def _npy(content: bytes, path: Path) -> Any:
    """One array of an archive. ``np.savez`` pickles a sparse regressor, which goes through the reader that runs nothing."""
    stream = io.BytesIO(content)
    npy: Any = np.lib.format  # without types of its own
    header = npy.read_array_header_1_0 if npy.read_magic(stream) == (1, 0) else npy.read_array_header_2_0
    shape, columns_first, dtype = header(stream)
    rest = content[stream.tell() :]
    if dtype.hasobject:
        return read_pickle(rest, str(path), whole=False)
    if len(rest) != int(np.prod(shape, dtype=np.float64)) * dtype.itemsize:
        raise ValueError("more or fewer bytes than the shape says")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if columns_first else "C")


def _model(path: Path, arrays: Mapping[str, Any], identity_components: int | None) -> FlameModel:
    found = {key: _array(path, arrays, key) for key in _NEEDED}
    tree = found["kintree_table"]
    # Unsigned in FLAME's files: the root's parent is 2^32 - 1.
    parents = (-1, *(int(parent) for parent in tree[0, 1:])) if tree.ndim == 2 and tree.size else ()
    shapes, facts = found["shapedirs"], _facts(arrays)
    split = _split(path, facts, shapes, identity_components)
    joints = found["weights"].shape[-1]
    return FlameModel(
        name=str(facts.get("name", path.stem)),
        template=found["v_template"],
        triangles=found["f"].astype(np.int64),
        identity=shapes[:, :, :split],
        expression=shapes[:, :, split:],
        pose_correctives=found["posedirs"],
        joint_regressor=found["J_regressor"],
        parents=parents,
        weights=found["weights"],
        joint_names=_joint_names(facts, joints),
    )


def _array(path: Path, arrays: Mapping[str, Any], key: str) -> NDArray[Any]:
    try:
        found = np.asarray(value(arrays[key]))
    except (ContentError, ValueError, TypeError) as error:
        reason = str(error) if isinstance(error, ContentError) else "it is no array"
        raise FlameError(f"{path}: '{key}' cannot be read, because {reason}. Download the file again, or save it as .npz.") from error
    if found.dtype.kind not in "biuf" or found.ndim != {"shapedirs": 3, "posedirs": 3}.get(key, 2):
        raise FlameError(f"{path}: '{key}' is {found.dtype} {list(found.shape)}, which is not FLAME's layout.")
    if key in _WHOLE and found.dtype.kind == "f" and not (np.isfinite(found).all() and np.array_equal(found, np.rint(found))):
        raise FlameError(f"{path}: '{key}' holds numbers that are not whole.")
    return found


def _facts(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`write_flame` adds to FLAME's own layout; nothing where another program wrote the file."""
    text = arrays.get("mien")
    plain = isinstance(text, np.ndarray) and text.shape == () and text.dtype.kind == "U"
    try:
        found = json.loads(str(text)) if isinstance(text, str) or plain else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _split(path: Path, facts: Mapping[str, Any], shapes: NDArray[Any], asked: int | None) -> int:
    count = shapes.shape[2]
    own = facts.get("identity")
    split = asked if asked is not None else own if isinstance(own, int) else _IDENTITY.get(count)
    if split is None or not 0 <= split <= count:
        raise FlameError(f"{path} has {count} shape components: say how many of them are identity (FLAME has 300 of 400).")
    return split


def _joint_names(facts: Mapping[str, Any], count: int) -> tuple[str, ...]:
    named = facts.get("joints")
    if isinstance(named, list) and len(named) == count and all(isinstance(name, str) for name in named):
        return tuple(named)
    return JOINTS if count == len(JOINTS) else tuple(f"joint {number}" for number in range(count))
