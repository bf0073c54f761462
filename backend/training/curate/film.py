"""Films: what they are, and their pictures at even steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError

Picture = NDArray[np.uint8]
TALLEST = 720  # px of the shorter side; faces are found no better in larger pictures
_LONGEST = 4 * 3600.0  # s


@dataclass(frozen=True, slots=True)
class Film:
    """What a file says about itself: pixels as they are shown, seconds, frames a second, and whether there is a sound track."""

    width: int
    height: int
    seconds: float
    rate: float
    sound: bool


def probe(path: Path) -> Film:
    """Look at a film without decoding it all.

    Raises:
        InputError: it is no film, has no picture, or is longer than four hours.
    """
    import av

    with _Told(path), av.open(str(path)) as file:
        if not file.streams.video:
            raise InputError(f"{path} has no picture.")
        stream = file.streams.video[0]
        first = next(iter(file.decode(stream)), None)
        if first is None:
            raise InputError(f"{path} holds no picture that can be decoded.")
        sideways = round(getattr(first, "rotation", 0) / 90) % 2
        size = (first.height, first.width) if sideways else (first.width, first.height)
        told = (stream.duration, stream.time_base) if stream.duration else (file.duration, 1 / 1_000_000)
        seconds = float(told[0] * told[1]) if told[0] and told[1] else 0.0
        rate = float(stream.average_rate or 0)
        sound = bool(file.streams.audio)
    if seconds > _LONGEST:
        raise InputError(f"{path} is {seconds / 3600:.1f} h long: cut it into pieces of at most {_LONGEST / 3600:g} h.")
    return Film(*size, seconds, rate, sound)


def pictures(path: Path, rate: int) -> Iterator[tuple[float, Picture]]:
    """Seconds and RGB ``[height, width, 3]`` at even steps, upright, the shorter side at most 720 px.

    Each step shows the picture that is on screen then. Second 0 is the first of picture or sound.

    Raises:
        InputError: it cannot be decoded; what was decoded before has been handed out.
    """
    import av

    with _Told(path), av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type = "AUTO"
        zero = min(float(s.start_time * s.time_base) for s in file.streams if s.start_time is not None and s.time_base is not None)
        step: int | None = None
        shown: Any = None
        for frame in file.decode(stream):
            if frame.pts is None or frame.time is None:
                continue
            at = frame.time - zero
            step = int(np.ceil(at * rate - 1e-6)) if step is None else step
            # A picture stays on screen until the next one comes.
            while shown is not None and step / rate < at - 1e-6:
                yield step / rate, shown
                step += 1
            shown = _upright(frame)
        if shown is not None and step is not None:
            yield step / rate, shown


def _upright(frame: Any) -> Picture:
    scale = min(1.0, TALLEST / min(frame.width, frame.height))
    size = (round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2)
    picture: Picture = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
    # FFmpeg's display matrix turns counterclockwise, as rot90 does.
    return np.ascontiguousarray(np.rot90(picture, round(getattr(frame, "rotation", 0) / 90) % 4))


class _Told:
    """Say of FFmpeg's errors which file they are about."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from av.error import FFmpegError

        if isinstance(error, FFmpegError | OSError | ValueError):
            raise InputError(f"{self.path} cannot be read as a film ({error}).") from error
