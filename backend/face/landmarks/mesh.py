"""MediaPipe's face mesh: 478 points of every face in a picture, and which of them are what.

Points are ``[478, 3]`` in pixels: x to the right of the picture, which is the left of somebody who looks into the camera; y up; z
towards the camera, on the scale of x, with an origin of its own. Left and right are the person's.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import MissingError

POINTS = 478  # 468 of the skin, then five of each iris, the right one first

# Bone under thin skin, hardly moved by any expression: forehead, temples, bridge and tip of the nose, corners of the eyes.
FIRM = (
    *(10, 67, 297, 109, 338, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33, 133, 362, 263, 127, 356, 234, 454),
    *(93, 323, 21, 251, 54, 284, 103, 332, 162, 389),
)  # fmt: skip
LIPS = (13, 14)  # the middle of the inner upper and lower lip
EYES = {"Left": ((386, 374), (385, 380), (387, 373)), "Right": ((159, 145), (158, 153), (160, 144))}  # lids, above and below
CORNERS = {"Left": (362, 263), "Right": (133, 33)}  # of the eyes, inner and outer
IRISES = {"Left": 473, "Right": 468}

Points = NDArray[np.float64]


class Mesh:
    """A tracker, opened by :func:`opened`."""

    def __init__(self, model: Any) -> None:
        self._model, self._introduced = model, False

    def faces(self, picture: NDArray[np.uint8]) -> list[Points]:
        """The faces of an RGB picture ``[height, width, 3]``."""
        height, width = picture.shape[:2]
        # In a square: MediaPipe warns of itself that it places points right in square regions alone.
        square = np.zeros((max(height, width), max(height, width), 3), np.uint8)
        square[:height, :width] = picture
        # Until the first face its parts still introduce themselves.
        with warnings.catch_warnings(), nullcontext() if self._introduced else _hushed():
            warnings.simplefilter("ignore")  # protobuf's, about itself
            found = self._model.process(square).multi_face_landmarks
        self._introduced = self._introduced or bool(found)
        scale = np.array([1.0, -1.0, -1.0]) * len(square)
        return [np.array([[point.x, point.y, point.z] for point in face.landmark]) * scale for face in found or ()]

    def close(self) -> None:
        self._model.close()


@contextmanager
def opened(still: bool = False, most: int = 2) -> Iterator[Mesh]:
    """MediaPipe's face mesh with irises, of at most ``most`` faces; ``still`` where pictures have nothing to do with each other.

    Raises:
        MissingError: MediaPipe is not installed.
    """
    with warnings.catch_warnings(), _hushed():
        warnings.simplefilter("ignore")
        try:
            # By name, for it ships no types.
            solution = import_module("mediapipe.python.solutions.face_mesh")
        except ImportError as error:
            raise MissingError("tracking faces needs MediaPipe: pip install mediapipe==0.10.21") from error
        mesh = Mesh(solution.FaceMesh(static_image_mode=still, max_num_faces=most, refine_landmarks=True, min_detection_confidence=0.5))
        mesh.faces(np.zeros((64, 64, 3), np.uint8))  # its networks introduce themselves at the first picture, from threads of their own
    try:
        yield mesh
    finally:
        mesh.close()


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep what MediaPipe's C++ says about itself off the terminal; it writes to the stream's number and asks nobody."""
    try:
        kept = os.dup(2)
    except OSError:  # closed already
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
