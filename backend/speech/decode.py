"""Decode: any recording that libsndfile reads, as mono 16 kHz samples."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import AudioError
from backend.speech.speech import SAMPLE_RATE

Samples = NDArray[np.float32]

SHORTEST, LONGEST = 0.1, 4 * 3600.0  # seconds
BLOCK = 1 << 18  # frames decoded at a time, so that memory does not grow with channels or sample rate
CANCELLED = 0.01  # of the loudest channel's power: below this the channels were in opposite phase


def decode(path: Path) -> Samples:
    """Read a wav, flac, mp3, ogg or opus file as float32 ``[samples]``, mono at 16 kHz.

    Channels are averaged; where they cancel each other, the loudest one is taken.

    Raises:
        AudioError: the file is missing, empty, damaged, not audio, too short, too long, or holds
            values that are not finite.
    """
    samples, kept, loudest = _mixed(path, None)
    if kept < CANCELLED:
        samples, _, _ = _mixed(path, loudest)
    seconds = len(samples) / SAMPLE_RATE
    if seconds < SHORTEST:
        raise AudioError(f"{path} holds {seconds:.2f} s of sound: give at least {SHORTEST:g} s.")
    return samples


def _mixed(path: Path, channel: int | None) -> tuple[Samples, float, int]:
    """Mono samples, the share of the loudest channel's power that mixing kept, and that channel."""
    import soxr

    samples = bytearray()  # grows in place; joining blocks at the end would need the memory twice
    power, mixed_power = np.zeros(1), 0.0
    resampler: soxr.ResampleStream | None = None
    for rate, block in _blocks(path):
        mono = block.mean(axis=1) if channel is None else np.ascontiguousarray(block[:, channel])
        power = power + (block.astype(np.float64) ** 2).sum(axis=0)
        mixed_power += float((mono.astype(np.float64) ** 2).sum())
        resampler = resampler or soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        samples += (resampler.resample_chunk(mono) if rate != SAMPLE_RATE else mono).data.cast("B")
    if resampler is not None:
        samples += resampler.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()
    heard: Samples = np.frombuffer(samples, np.float32)
    return heard, mixed_power / max(float(power.max()), 1e-12) if power.max() > 0 else 1.0, int(power.argmax())


def _blocks(path: Path) -> Iterator[tuple[int, Samples]]:
    """The file's sample rate and its next frames ``[frames, channels]``, again and again."""
    import soundfile

    _look(path)
    place = 0
    try:
        with soundfile.SoundFile(path) as sound:
            if sound.frames / sound.samplerate > LONGEST:
                raise AudioError(f"{path} is {sound.frames / sound.samplerate / 3600:.1f} h long: cut it into pieces of at most 4 h.")
            # Not sound.blocks(): where an mp3's header promises more frames than there are, its last block ends in garbage.
            while len(block := sound.read(BLOCK, dtype="float32", always_2d=True)):
                if not np.isfinite(block).all():
                    bad = (place + int(np.argwhere(~np.isfinite(block))[0, 0])) / sound.samplerate
                    raise AudioError(f"{path} holds a value that is no number at {bad:.3f} s. Export the recording again.")
                place += len(block)
                yield sound.samplerate, block
    except (soundfile.LibsndfileError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).rstrip(".").lower()
        raise AudioError(f"cannot read sound from {path}: {reason}. Give a wav, flac, mp3, ogg or opus file.") from error
    if not place:
        raise AudioError(f"{path} holds no sound at all. Export the recording again.")


def _look(path: Path) -> None:
    try:
        if not path.exists():
            raise AudioError(f"there is no recording at {path}. Check the path.")
        if path.is_dir():
            raise AudioError(f"{path} is a folder: give one recording in it.")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioError(f"{path} is empty. Export the recording again.")
    except OSError as error:
        raise AudioError(f"cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
