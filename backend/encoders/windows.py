"""Long recordings in windows: flat memory, frames that stay where they are, and no edge from one window to the next.

The convolutional stem of these encoders makes frame i of the samples ``i * hop`` to ``i * hop + field``. A window
of frames a to b is therefore given exactly the samples ``a * hop`` to ``(b - 1) * hop + field``, and its frame j is the
recording's frame ``a + j``, never half a frame beside it. Neighbouring windows share :data:`OVERLAP` frames. Attention
sees no further than its window, so the two disagree a little where they meet: the first and last quarter of the overlap are
taken from the window that sees further there, and between them one passes over into the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Samples
from backend.errors import AudioError

LENGTH, OVERLAP = 1000, 200  # frames; 20 s and 4 s at 50 frames per second
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stem:
    """How samples become frames: frame i is made of ``field`` samples from ``i * hop`` on."""

    hop: int
    field: int

    @classmethod
    def of(cls, kernels: Iterable[int], strides: Iterable[int]) -> "Stem":
        """The stem that convolutions without padding make."""
        hop, field = 1, 1
        for kernel, stride in zip(kernels, strides, strict=True):
            field += (kernel - 1) * hop
            hop *= stride
        return cls(hop, field)

    def frames(self, samples: int) -> int:
        """How many frames ``samples`` make, at least one: what is shorter than the field is filled with silence."""
        return max(0, samples - self.field) // self.hop + 1

    def cut(self, samples: Samples, start: int, stop: int) -> Samples:
        """The samples of frames ``start`` to ``stop``, and after the last frame what is left.

        The rest makes no frame, but a stem that normalises over all it hears counts it.
        """
        end = len(samples) if stop == self.frames(len(samples)) else (stop - 1) * self.hop + self.field
        piece = samples[start * self.hop : end]
        return np.pad(piece, (0, max(0, self.field - len(piece))))


def spans(frames: int, length: int = LENGTH, overlap: int = OVERLAP) -> Iterator[tuple[int, int]]:
    """First frame, and the one after the last, of each window; none is as short as the overlap but where all is."""
    start = 0
    while start + length < frames:
        yield start, start + length
        start += length - overlap
    yield start, frames


def joined(pieces: Iterable[Array], overlap: int = OVERLAP) -> Iterator[Array]:
    """The frames of windows that share ``overlap`` frames with the next, each frame once, as soon as it is certain."""
    share = np.clip((np.arange(overlap, dtype=np.float32) + 0.5 - overlap / 4) / (overlap / 2), 0, 1)[:, None]
    tail: Array | None = None
    for piece in pieces:
        if tail is not None:
            yield tail[:-overlap]
            piece[:overlap] = tail[-overlap:] * (1 - share) + piece[:overlap] * share
        tail = piece
    if tail is not None:
        yield tail


def checked(samples: Samples) -> Samples:
    """The samples as they came.

    Raises:
        AudioError: they are empty, not finite or not one row.
    """
    if samples.ndim != 1 or not len(samples):
        raise AudioError(f"an encoder hears one row of samples, not an array of shape {samples.shape}. Give mono samples at 16 kHz.")
    if not np.isfinite(samples).all():
        raise AudioError("the samples hold a value that is no number. Export the recording again.")
    return np.ascontiguousarray(samples, np.float32)


def levelled(samples: Samples, epsilon: float) -> Samples:
    """The whole recording with mean 0 and variance 1, as the encoders were trained on; measured once, not in each window."""
    mean, variance = float(samples.mean(dtype=np.float64)), float(samples.var(dtype=np.float64))
    even: Samples = ((samples - np.float32(mean)) / np.float32((variance + epsilon) ** 0.5)).astype(np.float32, copy=False)
    return even
