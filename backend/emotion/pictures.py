"""Pictures that guide: read once, when a direction is made, to the numbers that the guide keeps."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DirectionError, InputError, unknown

LANDMARKS = "landmarks"
LARGEST = 64_000_000  # pixels of a picture; a larger one is refused before it is unpacked
LONG_SIDE = 1600  # pixels; a longer picture is made smaller for the search
TURNED = 50.0  # degrees of yaw or pitch beyond which half a face is guessed
CLEARLY = 0.6  # of the largest face's size: with another face that large, nobody knows which one is meant
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")  # Pillow knows others, some of which start programs
_AROUND = 2.2  # sizes of a face, from ear to ear, that an encoder of images is shown
_TILES = ((0.6, 3), (0.35, 5))  # parts of each side, and how many along it, searched by themselves where no face is found in the whole

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """A picture's name, its features, and a remark for whoever gave it (empty where there is none)."""

    name: str
    features: tuple[float, ...]
    note: str = ""


def read_picture(path: Path, by: str = LANDMARKS) -> Read:
    """Read the face in a picture.

    By :data:`LANDMARKS` the features are the weights of ARKit's 52 shapes, from MediaPipe's points (``backend.face.landmarks.photo``);
    by the name of an encoder of images, its vector of the face and what is around it.

    Raises:
        DirectionError: it shows no face, several that are meant as likely, or one that looks away; or nothing reads by that name.
        InputError: it is no picture, an animated one, or a gigantic one.
        MissingError: MediaPipe or the encoder is not on this machine.
    """
    from backend.encoders import CARDS

    readers = [LANDMARKS, *(name for name, card in CARDS.items() if card.role == "image")]
    if by not in readers:
        raise DirectionError(unknown("way to read pictures", by, readers))
    picture = open_picture(path)
    points, count = face_in(picture, path.name)
    note = f"{path.name} shows {count} faces: the largest one guides." if count > 1 else ""
    if by == LANDMARKS:
        return Read(path.name, expression(points, path.name), note)
    return Read(path.name, _encoded(cropped(picture, points), by), note)


def open_picture(path: Path) -> Picture:
    """A picture upright in RGB, ``[height, width, 3]``; what is transparent is grey.

    Raises:
        InputError: it is no picture, an animated one, or a gigantic one.
    """
    from PIL import Image, ImageOps

    Image.init()  # else it knows only some of the formats by name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of sizes that are checked here, and of odd tags
            with Image.open(path, formats=FORMATS) as opened:
                if opened.width * opened.height > LARGEST:
                    size = f"{opened.width} x {opened.height} pixels"
                    raise InputError(f"{path} has {size}: scale it to {LARGEST // 1_000_000} million at most.")
                if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":  # cameras put a second view into MPO
                    raise InputError(f"{path} is animated, or has several pages: save the one picture that is meant.")
                return _in_rgb(ImageOps.exif_transpose(opened))
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, Image.DecompressionBombError) as error:
        why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "it is damaged, or of an unknown kind"
        raise InputError(f"cannot read a picture from {path}: {why}. Give a png, jpeg or webp file.") from error


def face_in(picture: Picture, name: str) -> tuple[Points, int]:
    """The points ``[478, 3]`` of the face that is meant, in pixels, and how many faces there are.

    Raises:
        DirectionError: there is none, or another one that is nearly as large.
        MissingError: MediaPipe is not installed.
    """
    from backend.face.landmarks.mesh import opened
    from backend.face.landmarks.pose import face_size

    small, scale = _smaller(picture)
    with opened(still=True, most=5) as mesh:
        found = mesh.faces(small)
        for part, along in _TILES:
            found = found or [face for tile, at in _tiles(small, part, along) for face in _moved(mesh.faces(tile), at)]
    if not found:
        raise DirectionError(f"no face was found in {name}: give a picture with one face, seen from in front, not too small.")
    faces = _different(np.array(found), face_size(np.array(found)))
    sizes = face_size(faces)
    if len(faces) > 1 and sizes[1] > CLEARLY * sizes[0]:
        raise DirectionError(f"{name} shows {len(faces)} faces of about the same size: cut out the one that is meant.")
    return faces[0] / scale, len(faces)


def expression(points: Points, name: str) -> tuple[float, ...]:
    """Weights of ARKit's 52 shapes of a face's points ``[478, 3]``.

    Raises:
        DirectionError: the face looks away.
    """
    from backend.face.landmarks.photo import shown

    weights, poses = shown(points[None])
    away = float(np.degrees(np.abs(poses[0, :2]).max()))
    if away > TURNED:
        raise DirectionError(f"the face in {name} is turned away by {away:.0f} degrees: give one that is seen from in front.")
    # Fewer digits than a machine's arithmetic differs in.
    return tuple(round(float(weight), 4) for weight in weights[0])


def cropped(picture: Picture, points: Points) -> Picture:
    """A square around a face; beyond the picture's edges, its edge."""
    across, up = points[:, 0], -points[:, 1]
    half = _AROUND * max(np.ptp(across), np.ptp(up)) / 2
    middle = (across.min() + across.max()) / 2, (up.min() + up.max()) / 2
    rows, columns = (np.arange(round(centre - half), round(centre + half)) for centre in middle[::-1])
    height, width = picture.shape[:2]
    square: Picture = picture[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    return square


def _encoded(picture: Picture, by: str) -> tuple[float, ...]:
    from backend.encoders import ImageEncoder, load

    encoder = load(by)
    assert isinstance(encoder, ImageEncoder)
    return tuple(round(float(number), 6) for number in encoder.encode([picture])[0])


def _in_rgb(image: Any) -> Picture:
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        levels = np.asarray(image).astype(np.float64)
        # 16 bits have 65535 levels; numbers of no fixed range go from the darkest to the lightest.
        low, high = (float(levels.min()), float(levels.max())) if image.mode == "F" or levels.max() > 65535 else (0.0, 65535.0)
        grey = np.asarray((levels - low) / max(high - low, 1e-9) * 255, np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, (128, 128, 128, 255)), clear)
    return np.array(image.convert("RGB"), np.uint8)


def _smaller(picture: Picture) -> tuple[Picture, float]:
    """The picture with its long side at most :data:`LONG_SIDE`, and by what it was scaled."""
    from PIL import Image

    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    if scale == 1.0:
        return picture, 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX), np.uint8), scale


def _tiles(picture: Picture, part: float, along: int) -> list[tuple[Picture, tuple[int, int]]]:
    """Parts of a picture that overlap, with their left upper corners: MediaPipe sees no face that is small in its picture."""
    height, width = picture.shape[:2]
    tall, wide = max(round(height * part), 1), max(round(width * part), 1)
    rows, columns = (np.linspace(0, side, along).astype(int).tolist() for side in (height - tall, width - wide))
    return [(np.ascontiguousarray(picture[y : y + tall, x : x + wide]), (x, y)) for y in rows for x in columns]


def _moved(faces: Sequence[Points], at: tuple[int, int]) -> list[Points]:
    return [face + np.array([at[0], -at[1], 0.0]) for face in faces]


def _different(faces: Points, sizes: Points) -> Points:
    """Faces from the largest down, without second sights of the same one."""
    kept: list[int] = []
    for number in np.argsort(-sizes, kind="stable"):
        middle = faces[number].mean(axis=0)[:2]
        if all(np.linalg.norm(middle - faces[other].mean(axis=0)[:2]) > 0.5 * sizes[other] for other in kept):
            kept.append(int(number))
    return faces[kept]
