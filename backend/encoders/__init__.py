"""Encoders: larger pretrained ears and eyes behind one door, used where they can be loaded.

Listing them (:data:`CARDS`, :func:`available`) imports no torch. :func:`load` looks on this machine only,
unless ``download=True`` says otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, overload

from backend.encoders.card import AffectEncoder, AudioEncoder, Card, Encoder, Frames, ImageEncoder, TextEncoder, Transcriber, Transcript
from backend.encoders.card import WordEncoder as WordEncoder
from backend.encoders.catalogue import CARDS, ENCODERS
from backend.encoders.places import find, locate, models_folder
from backend.errors import DirectionError, MienError, unknown

__all__ = [
    "CARDS", "AffectEncoder", "AudioEncoder", "Availability", "Card", "Encoder", "Frames", "ImageEncoder", "TextEncoder",
    "Transcriber", "Transcript", "WordEncoder", "available", "forget", "load", "models_folder",
]  # fmt: skip

DTYPES = ("fp32", "bf16")

Source = str | Path | None
Dtype = Literal["fp32", "bf16"]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an encoder can be loaded now, from where, and what to do where it cannot."""

    card: Card
    folder: Path | None
    mend: str = ""


def available() -> Iterator[Availability]:
    """Every encoder in the order of the catalogue. Looks at folders only; imports no torch, reaches no network."""
    for card in CARDS.values():
        try:
            yield Availability(card, locate(card, None, download=False))
        except MienError as error:
            yield Availability(card, find(card), str(error))


@overload
def load(
    name: Literal["wav2vec2", "wav2vec2-xlsr", "hubert", "wavlm", "wav2vec2-phones"],
    source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...,
) -> AudioEncoder: ...  # fmt: skip
@overload
def load(
    name: Literal["emotion2vec", "wav2vec2-emotion", "wav2vec2-dimensional"],
    source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...,
) -> AffectEncoder: ...  # fmt: skip
@overload
def load(
    name: Literal["whisper-tiny", "whisper-base", "whisper-small"],
    source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...,
) -> Transcriber: ...  # fmt: skip
@overload
def load(
    name: Literal["roberta"], source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...
) -> WordEncoder: ...
@overload
def load(
    name: Literal["minilm", "clip-text"], source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...
) -> TextEncoder: ...
@overload
def load(
    name: Literal["clip-image"], source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...
) -> ImageEncoder: ...
@overload
def load(name: str, source: Source = ..., device: str | None = ..., *, dtype: Dtype = ..., download: bool = ...) -> Encoder: ...
def load(name: str, source: Source = None, device: str | None = None, *, dtype: Dtype = "fp32", download: bool = False) -> Any:
    """Load an encoder by its name in :data:`CARDS`, once: the last four stay in memory.

    ``source`` is a local folder, or an id on the hub that is looked up in the hub's cache; without it Mien's models
    folder, the installed packages and the hub's cache are looked at in this order. Nothing is downloaded unless
    ``download``. ``device`` is a name of torch's, by default ``cuda`` where there is one.

    Raises:
        DirectionError: no encoder has the name, or torch has no such device or dtype here.
        MissingError: the encoder, or the library that loads it, is not on this machine.
        InputError: the folder holds another model, a damaged one, or more than weights.
    """
    if name not in CARDS:
        raise DirectionError(unknown("encoder", name, CARDS))
    if dtype not in DTYPES:
        raise DirectionError(unknown("dtype", dtype, DTYPES))
    folder = locate(CARDS[name], source, download)
    from backend.encoders.device import chosen

    return _loaded(name, folder.resolve(), _stamp(folder), chosen(device), dtype)


def forget() -> None:
    """Let go of the encoders that are kept in memory."""
    _loaded.cache_clear()


@lru_cache(maxsize=4)
def _loaded(name: str, folder: Path, stamp: tuple[int, ...], device: str, dtype: str) -> Any:
    return ENCODERS[name](CARDS[name], folder, device, dtype)


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes when files are put in place of others, so that the new ones are loaded."""
    return tuple(number for path in sorted(folder.iterdir()) for number in (path.stat().st_mtime_ns, path.stat().st_size))
