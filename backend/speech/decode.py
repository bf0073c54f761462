"""Decode: any recording that libsndfile reads, as mono 16 kHz samples."""

import os
import re
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from backend.errors import AudioError
from backend.speech.speech import SAMPLE_RATE

Samples = NDArray[np.float32]

SHORTEST, LONGEST = 0.1, 4 * 3600.0  # seconds
BLOCK = 1 << 18  # frames decoded at a time, so that memory does not grow with channels or sample rate
MISSING = 0.02  # seconds that a header may promise too much before the recording is called cut off
_SANE = 1 << 62  # frames; libsndfile reports about twice that where a header does not say
_UNKNOWN = 0x7FFF_0000  # sizes from here on are written before the size is known, by what records into a pipe
CANCELLED = 0.01  # of the loudest channel's power: below this the channels were in opposite phase


def decode(path: Path) -> Samples:
    """Read a wav, flac, mp3, ogg or opus file as float32 ``[samples]``, mono at 16 kHz.

    Channels are averaged; where they cancel each other, the loudest one is taken.

    Raises:
        AudioError: the file is missing, empty, damaged, not audio, too short, too long, or holds
            values that are not finite.
    """
    return decode_with_notes(path)[0]


def decode_with_notes(path: Path) -> tuple[Samples, tuple[str, ...]]:
    """As :func:`decode`, with what the artist should know: that the recording is cut off, say.

    A recording that a full disk or a broken download cut off is heard as far as it goes. Whether it was
    is known for wav, aiff, flac, ogg and opus, and for an mp3 that says how long it is.
    """
    notes: list[str] = []
    samples, kept, loudest = _mixed(path, None, notes)
    if kept < CANCELLED:
        samples, _, _ = _mixed(path, loudest, [])
    seconds = len(samples) / SAMPLE_RATE
    if seconds < SHORTEST:
        raise AudioError(f"{path} holds {seconds:.4g} s of sound: give at least {SHORTEST:g} s.")
    return samples, tuple(notes)


def _mixed(path: Path, channel: int | None, notes: list[str]) -> tuple[Samples, float, int]:
    """Mono samples, the share of the loudest channel's power that mixing kept, and that channel."""
    import soxr

    samples = bytearray()  # grows in place; joining blocks at the end would need the memory twice
    power, mixed_power = np.zeros(1), 0.0
    resampler: soxr.ResampleStream | None = None
    for rate, block in _blocks(path, notes):
        mono = block.mean(axis=1) if channel is None else np.ascontiguousarray(block[:, channel])
        power = power + (block.astype(np.float64) ** 2).sum(axis=0)
        mixed_power += float((mono.astype(np.float64) ** 2).sum())
        resampler = resampler or soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        samples += (resampler.resample_chunk(mono) if rate != SAMPLE_RATE else mono).data.cast("B")
    if resampler is not None:
        samples += resampler.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()
    heard: Samples = np.frombuffer(samples, np.float32)
    return heard, mixed_power / max(float(power.max()), 1e-12) if power.max() > 0 else 1.0, int(power.argmax())


def _blocks(path: Path, notes: list[str]) -> Iterator[tuple[int, Samples]]:
    """The file's sample rate and its next frames ``[frames, channels]``, again and again; at its end, what is to be noted."""
    import soundfile

    _look(path)
    place = 0
    try:
        # A second name for the open file, as a number: soundfile believes a name's ending rather than the content.
        with path.open("rb") as file, open(file.fileno(), "rb", closefd=False) as unnamed, _opened(unnamed) as sound:
            if _counted(sound, unnamed) and sound.frames > LONGEST * sound.samplerate:
                raise AudioError(f"{path} is {sound.frames / sound.samplerate / 3600:.1f} h long: cut it into pieces of at most 4 h.")
            # Not sound.blocks(): where an mp3's header promises more frames than there are, its last block ends in garbage.
            while len(block := _next(sound, unnamed, place)):
                if not np.isfinite(block).all():
                    bad = (place + int(np.argwhere(~np.isfinite(block))[0, 0])) / sound.samplerate
                    raise AudioError(f"{path} holds a value that is no number at {bad:.3f} s. Export the recording again.")
                place += len(block)
                if place > LONGEST * sound.samplerate:
                    raise AudioError(f"{path} is more than {LONGEST / 3600:g} h long: cut it into pieces of at most 4 h.")
                yield sound.samplerate, block
            notes.extend(_cut_off(sound, unnamed, place))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).rstrip(".").lower()
        raise AudioError(f"cannot read sound from {path}: {reason}. Give a wav, flac, mp3, ogg or opus file.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    if not place:
        raise AudioError(f"{path} holds no sound at all. Export the recording again.")


def _opened(file: BinaryIO) -> Any:
    import soundfile

    with _hushed():
        sound = soundfile.SoundFile(file)
        if sound.format != "MP3" or _counted(sound, file):
            return sound
        # The length was guessed from the first frame's bit rate, and nothing is read beyond it.
        sound.close()
        file.seek(0)
        return soundfile.SoundFile(_Longer(file))


class _Longer:
    """A file that pretends to be much longer than it is."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.at_end = file, False
        self.readinto: Any = file.readinto  # type: ignore[attr-defined] # every file that is read has it

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> None:
        self.at_end = whence == os.SEEK_END and not offset
        self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell() * (64 if self.at_end else 1)  # the highest bit rate is 40 times the lowest


def _next(sound: Any, file: BinaryIO, place: int) -> Samples:
    """The next frames. Where the file breaks off, those that could still be read, then none."""
    import soundfile

    block: Samples = np.full((max(BLOCK // sound.channels, 1), sound.channels), np.nan, np.float32)
    try:
        with _hushed() if sound.format == "MP3" else nullcontext():
            read: Samples = sound.read(out=block)
        return read
    except soundfile.LibsndfileError:
        # Damage before the end is another matter: what follows it would be heard at the wrong time.
        if file.tell() < os.fstat(file.fileno()).st_size:
            raise
        whole = np.isfinite(block).all(axis=1)
        count = len(block) if whole.all() else int(whole.argmin())
        if not place + count:
            raise
        return block[:count]


def _cut_off(sound: Any, file: BinaryIO, place: int) -> Iterator[str]:
    """That the file holds less than it promises, in a sentence."""
    there, promised = place / sound.samplerate, _promised(sound, file, place) / sound.samplerate
    if sound.format == "OGG" and not _ended(file):
        yield f"the recording is cut off: its end is missing, and only the {there:.2f} s before were heard."
    elif promised - there > MISSING:
        yield f"the recording is cut off: of {promised:.2f} s only {there:.2f} s are there and were heard."


def _promised(sound: Any, file: BinaryIO, place: int) -> float:
    """How many frames the header says there are; as many as were found, where it does not say."""
    if sound.format in ("FLAC", "MP3"):
        return float(sound.frames) if _counted(sound, file) else place
    sizes = re.search(r"^\s*(?:data|SSND|Data Size|riff)\s*: (\d+) \(should be (\d+)\)", sound.extra_info, re.MULTILINE)
    claimed, actual = map(int, sizes.groups()) if sizes else (0, 0)
    return place * claimed / actual if 0 < actual < claimed < _UNKNOWN else place


def _counted(sound: Any, file: BinaryIO) -> bool:
    """Whether the length is known: of an mp3 by its first frame, which may count the others."""
    if sound.format != "MP3":
        return bool(sound.frames < _SANE)
    place = file.tell()
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3":  # https://id3.org/id3v2.4.0-structure: a size of four times seven bits
        file.seek(10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False)))
        head = b""
    head += file.read(200)
    file.seek(place)
    return re.search(rb"(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f]", head, re.DOTALL) is not None


def _ended(file: BinaryIO) -> bool:
    """Whether the last page of an Ogg file is whole and says that it is the last (RFC 3533, section 6)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - (1 << 17), 0))  # twice the largest page
    page = file.read()
    page = page[page.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    return bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


_STDERR = threading.Lock()
_REMARKS = re.compile(rb"libmpg123|^Warning: (?:Xing|Real sample|Big change|Encountered)|^Note: (?:Trying|Illegal|Skipped|Hit end)|^\s*$")


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep libmpg123's remarks off the terminal, where it writes with no way to ask it not to; pass on whatever else is written."""
    if sys.__stderr__ is None:  # the number 2 may be any file's, the recording's even
        yield
        return
    with _STDERR:
        try:
            caught = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
            kept = os.dup(2)
        except OSError:  # no room for the remarks
            yield
            return
        with caught:
            os.dup2(caught.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                caught.seek(0)
                others = b"".join(line for line in caught if not _REMARKS.search(line))
                if others:
                    os.write(2, others)


def _look(path: Path) -> None:
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise AudioError(f"{path} is a folder: give one recording in it.")
        if not stat.S_ISREG(kind):
            raise AudioError(f"{path} is a pipe or a device: save the recording to a file and give that.")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioError(f"{path} is empty. Export the recording again.")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise AudioError(f"there is no recording at {path}. Check the path.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> AudioError:
    return AudioError(f"cannot read {path}: {(error.strerror or str(error)).lower()}.")
