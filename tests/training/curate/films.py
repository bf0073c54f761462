"""Films of Mien's head, small and quick to draw, with the truth about them."""

import io
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from backend.face.heads import mien_head
from backend.face.pose import pose
from backend.face.render import View, render
from backend.motion import Motion
from backend.speech.speech import SAMPLE_RATE

SIZE = 320  # px


def drawn(motion: Motion, size: int = SIZE, face=None, zoom: float = 1.2) -> list[np.ndarray]:
    """Pictures ``[size, size, 3]`` of every frame, in this process."""
    face = face or mien_head()
    return [render(face, vertices, View((size, size), zoom=zoom)) for vertices in pose(face, motion)]


def film(path: Path, pictures: Iterable[np.ndarray], samples: np.ndarray | None, rate: int = 25) -> Path:
    """Write an MP4 of pictures and, where there are any, of samples at 16 kHz."""
    pictures = list(pictures)
    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as file:
        picture = file.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "veryfast"})
        picture.height, picture.width = pictures[0].shape[:2]
        picture.pix_fmt = "yuv420p"
        sound = None if samples is None else file.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        if sound is not None:
            for start in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(samples[None, start : start + 1024].astype(np.float32), format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
                file.mux(sound.encode(block))
            file.mux(sound.encode(None))
        for i, image in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, rate)
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.getvalue())
    return path


def later(samples: np.ndarray, seconds: float) -> np.ndarray:
    """The sound moved by ``seconds``, as long as before."""
    moved = np.roll(samples, round(seconds * SAMPLE_RATE))
    count = round(abs(seconds) * SAMPLE_RATE)
    (moved[:count] if seconds > 0 else moved[len(moved) - count :])[...] = 0
    return moved


Curve = Callable[[np.ndarray], np.ndarray]


def moving(seconds: float, rate: int = 25, **curves: Curve) -> Motion:
    """A motion of named channels as functions of time."""
    from backend.motion.arkit import ARKIT

    times = np.arange(round(seconds * rate)) / rate
    return Motion.from_curves(ARKIT, {name: curve(times) for name, curve in curves.items()}, len(times), Fraction(rate))
