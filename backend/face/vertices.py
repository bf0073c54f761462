"""A face in motion as bare vertices: what research code, and hosts without shapes, exchange. Format: ``docs/formats/vertices.md``."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError
from backend.face.face import Face
from backend.face.pose import pose
from backend.motion import Motion, Rate, parse_rate


@dataclass(frozen=True, eq=False)
class Vertices:
    """``positions [frames, V, 3]`` float32 in metres, ``triangles [T, 3]`` of the mesh, and the frame rate."""

    positions: NDArray[np.float32]
    triangles: NDArray[np.int32]
    rate: Rate


def vertices_of(face: Face, motion: Motion) -> Vertices:
    """Every frame of a motion on a face; memory grows with frames times vertices."""
    return Vertices(np.stack(list(pose(face, motion))), face.triangles, motion.rate)


def to_npz(found: Vertices) -> bytes:
    """Compressed, without pickles; equal vertices give equal bytes."""
    arrays: dict[str, NDArray[Any]] = {
        "vertices": found.positions,
        "triangles": found.triangles,
        "rate": np.array(str(found.rate)),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, array in arrays.items():
            # numpy.savez stamps the time of day.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            file.writestr(entry, content.getvalue(), compresslevel=1)
    return archive.getvalue()


def read_npz(path: Path) -> Vertices:
    """Read what :func:`to_npz` made, or any ``.npz`` that has ``vertices`` and a ``rate`` or ``fps``.

    Raises:
        FaceError: the file cannot be read, or holds no vertices in time.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            positions = stored["vertices"].astype(np.float32)
            triangles = stored["triangles"].astype(np.int32) if "triangles" in stored.files else np.zeros((0, 3), np.int32)
            rate = parse_rate(str(stored["rate"])) if "rate" in stored.files else parse_rate(f"{float(stored['fps']):g}")
    except FileNotFoundError as error:
        raise FaceError(f"there is no file {path}: check the path.") from error
    except KeyError as error:
        raise FaceError(f"{path} holds no vertices in time: an .npz with 'vertices' [frames, V, 3] and 'fps' is needed.") from error
    # numpy and zipfile each have their own way to say that bytes are not what they should be.
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise FaceError(f"{path} cannot be read as an .npz without pickles ({error}).") from error
    if positions.ndim != 3 or positions.shape[2] != 3 or not len(positions) or not np.isfinite(positions).all():
        raise FaceError(f"'vertices' in {path} must be finite numbers [frames, V, 3], and is {list(positions.shape)}.")
    return Vertices(positions, triangles, rate)
