"""The sound of a clip, from a recording or from a film."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import AudioError
from backend.speech.decode import decode
from backend.speech.speech import SAMPLE_RATE
from backend.training.datasets.clip import Clip

_BY_SOUNDFILE = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff")


def samples_of(clip: Clip) -> NDArray[np.float32]:
    """Mono samples at 16 kHz from the clip's frame 0 on, to its last frame where it has any.

    Raises:
        AudioError: the clip has no sound, or it cannot be decoded.
    """
    if clip.audio is None:
        raise AudioError(f"the clip '{clip.name}' has no sound.")
    samples = sound_of(clip.audio)
    first = round(clip.start * SAMPLE_RATE)
    last = first + round(clip.frames / clip.rate * SAMPLE_RATE) if clip.rate and clip.frames else len(samples)
    return samples[first:last]


def sound_of(path: Path) -> NDArray[np.float32]:
    """Mono samples at 16 kHz of any recording, or of the first sound track of a film; second 0 is the film's.

    Raises:
        AudioError: it has none, or it cannot be decoded.
    """
    return decode(path) if path.suffix.lower() in _BY_SOUNDFILE else _of_film(path)


def _of_film(path: Path) -> NDArray[np.float32]:
    import av
    from av.error import FFmpegError

    pieces: list[NDArray[np.float32]] = []
    try:
        with av.open(str(path)) as film:
            if not film.streams.audio:
                raise AudioError(f"{path} has no sound track.")
            track = film.streams.audio[0]
            first = min(
                stream.start_time * stream.time_base for stream in film.streams if stream.start_time is not None and stream.time_base
            )
            late = float(track.start_time * track.time_base - first) if track.start_time is not None and track.time_base else 0.0
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            for frame in film.decode(track):
                pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
            pieces += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    except (FFmpegError, ValueError) as error:
        raise AudioError(f"cannot read sound from {path} ({error}).") from error
    if not pieces:
        raise AudioError(f"{path} holds no sound at all.")
    # A track that starts after the picture is silent until then.
    silence = np.zeros(max(round(late * SAMPLE_RATE), 0), np.float32)
    samples: NDArray[np.float32] = np.concatenate([silence, *pieces]).astype(np.float32)
    if not np.isfinite(samples).all():
        raise AudioError(f"{path} holds a sound that is no number.")
    return samples
