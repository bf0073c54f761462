"""Preview video with sound. Format: ``docs/formats/mp4.md``."""

import io
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import OutputError
from backend.motion import Motion
from backend.speech.speech import SAMPLE_RATE, Speech
from backend.take import Take
from exporters.frames import note_head, rendered
from exporters.options import Options

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

SIZE = 512  # pixels, both ways
_FASTEST = 30  # frames per second


def video(take: Take, options: Options) -> bytes:
    """An MP4 (H.264, AAC) of Mien's head, 512 by 512, with the recording if there is one.

    Loses frames above 30 per second (of a 60 fps take it shows every other), colours to 4:2:0, and
    everything that cannot be seen or heard. It is always Mien's head, never the artist's.

    Raises:
        OutputError: the video library cannot encode.
    """
    import av
    from av.error import FFmpegError

    note_head(options)
    motion = at_most(take.motion, _FASTEST)
    content = io.BytesIO()
    try:
        with av.open(content, "w", format="mp4") as file:
            _encode(file, motion, options)
    except FFmpegError as error:
        raise OutputError(
            f"the preview could not be encoded ({error}): install PyAV again with pip install --force-reinstall av"
        ) from error
    return content.getvalue()


def at_most(motion: Motion, fastest: int) -> Motion:
    """The motion itself, or every second, third ... frame of it: those kept stay as they are."""
    step = ceil(motion.rate / fastest)
    return motion if step == 1 else Motion(motion.rig, motion.values[::step], motion.rate / step)


def _encode(file: "OutputContainer", motion: Motion, options: Options) -> None:
    picture = file.add_stream("libx264", rate=Fraction(motion.rate), options={"crf": "18", "preset": "veryfast"})
    picture.width = picture.height = SIZE
    picture.pix_fmt = "yuv420p"
    picture.codec_context.time_base = 1 / Fraction(motion.rate)
    # Both streams are announced before the first packet: the file's header lists them.
    sound = None if options.speech is None else file.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
    if sound is not None and options.speech is not None:
        sound.bit_rate = 96_000
        for packet in _sound_packets(sound, options.speech, motion):
            file.mux(packet)
    for packet in _picture_packets(picture, motion, options):
        file.mux(packet)


def _picture_packets(stream: "VideoStream", motion: Motion, options: Options) -> Iterator["Packet[Any]"]:
    from av import VideoFrame

    for i, image in enumerate(rendered(motion, SIZE)):
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = i, 1 / Fraction(motion.rate)
        yield from stream.encode(frame)
        options.progress((i + 1) / motion.frames)
    yield from stream.encode(None)


def _sound_packets(stream: "AudioStream", speech: Speech, motion: Motion) -> Iterator["Packet[Any]"]:
    from av import AudioFrame

    samples = _exactly(speech.samples, round(motion.frames / motion.rate * SAMPLE_RATE))
    for start in range(0, len(samples), stream.codec_context.frame_size or 1024):
        frame = AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _exactly(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Cut, or filled up with silence."""
    return np.pad(samples[:count], (0, max(count - len(samples), 0))).astype(np.float32)
