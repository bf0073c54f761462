"""Following the face through a film: its points in every frame, cuts, losses, and other faces."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backend.face.landmarks.mesh import POINTS, Mesh, Points
from backend.face.landmarks.pose import face_size
from backend.training.curate.film import Picture

Array = NDArray[np.float64]

LOST = 0.2  # s without a face after which it is another stretch; shorter losses are bridged by straight lines
PIECE = 120.0  # s of tracking that are held in memory
_SMALL = (32, 18)  # px, of the thumbnails that cuts are seen in
_OF_THE_LARGEST = 0.4  # a face smaller than that is in the background
_SUDDEN = 4.0  # times the usual change of the half second around it


@dataclass(frozen=True, eq=False)
class Stretch:
    """A run of frames without a cut, the first ``start`` seconds into the film.

    ``points [frames, 478, 3]`` in pixels, NaN where no face was found; ``faces [frames]`` counts those that are not
    in the background.
    """

    start: float
    rate: int
    points: NDArray[np.float32]
    faces: NDArray[np.int64]

    @property
    def seconds(self) -> float:
        return len(self.points) / self.rate

    @property
    def found(self) -> NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.points[:, 0, 0]))

    def part(self, first: int, last: int) -> "Stretch":
        return Stretch(self.start + first / self.rate, self.rate, self.points[first:last], self.faces[first:last])


def track(
    frames: Iterable[tuple[float, Picture]], rate: int, mesh: Mesh, cut: float, seen: Callable[[float], None] = lambda _: None
) -> Iterator[Stretch]:
    """Stretches of a film between its cuts, whether or not they show a face; ``seen`` is told the seconds that are done."""
    kept: list[tuple[float, Points | None, int]] = []
    changes: list[float] = []
    before: Array | None = None
    for at, picture in frames:
        small = thumbnail(picture)
        changes.append(0.0 if before is None else float(np.abs(small - before).mean()))
        before = small
        if kept and (is_cut(changes, cut) or len(kept) >= PIECE * rate):
            yield _stretch(kept, rate)
            kept = []
        kept.append((at, *_main(mesh.faces(picture))))
        seen(at)
    if kept:
        yield _stretch(kept, rate)


def thumbnail(picture: Picture) -> Array:
    """Means of blocks, ``[18, 32, 3]``, 0 to 1."""
    width, height = _SMALL
    rows, columns = (np.linspace(0, n, k + 1).astype(int)[:-1] for n, k in zip(picture.shape[:2], (height, width), strict=True))
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float32), rows, axis=0), columns, axis=1)
    counts = np.diff([*rows, picture.shape[0]])[:, None, None] * np.diff([*columns, picture.shape[1]])[None, :, None]
    return np.asarray(sums / counts / 255, np.float64)


def is_cut(changes: list[float], least: float) -> bool:
    """Whether the last change is one of the whole picture, and out of line with those before it (a pan is neither)."""
    usual = float(np.median(changes[-14:-1])) if len(changes) > 1 else 0.0
    return changes[-1] > least and changes[-1] > _SUDDEN * usual


def runs(stretch: Stretch) -> list[Stretch]:
    """The parts of a stretch that show a face, shorter losses included."""
    at = np.flatnonzero(stretch.found)
    if not len(at):
        return []
    breaks = np.flatnonzero(np.diff(at) > LOST * stretch.rate + 1)
    bounds = [0, *(breaks + 1).tolist(), len(at)]
    return [stretch.part(int(at[first]), int(at[last - 1]) + 1) for first, last in pairwise(bounds)]


def bridged(points: NDArray[np.float32]) -> Array:
    """The points with straight lines over the frames in which none were found."""
    there = np.isfinite(points[:, 0, 0])
    if there.all():
        return points.astype(np.float64)
    frames = np.arange(len(points))
    flat = points.reshape(len(points), -1)
    filled = np.stack([np.interp(frames, frames[there], column[there]) for column in flat.T], axis=1)
    return np.asarray(filled.reshape(points.shape), np.float64)


def _main(faces: list[Points]) -> tuple[Points | None, int]:
    """The largest face, and how many there are beside it that are no second sight of it and not far behind."""
    if not faces:
        return None, 0
    sizes = face_size(np.array(faces))
    best = int(np.argmax(sizes))
    centres = np.array([face.mean(axis=0)[:2] for face in faces])
    others = np.linalg.norm(centres - centres[best], axis=1) > sizes[best] * 0.5
    return faces[best], 1 + int(np.sum(others & (sizes > _OF_THE_LARGEST * sizes[best])))


def _stretch(kept: list[tuple[float, Points | None, int]], rate: int) -> Stretch:
    points = np.full((len(kept), POINTS, 3), np.nan, np.float32)
    for i, (_, face, _) in enumerate(kept):
        if face is not None:
            points[i] = face
    return Stretch(kept[0][0], rate, points, np.array([count for _, _, count in kept]))
