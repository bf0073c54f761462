"""The corpus as it is read: one sentence at a time, in any rig."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError, unknown
from backend.motion import RIGS, Motion, Rate, clamp, parse_rate
from backend.speech.speech import Phone, Word
from backend.training.corpus.splitting import SPLITS

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Talk:
    """One sentence by one speaker, performed in every one of ``emotions`` with the same words at the same times.

    ``samples [n]`` are float32 at 16 kHz. ``voiced`` is the emotion that the voice itself has (there is one recording for all
    versions), ``licence`` that of the voice.
    """

    id: str
    speaker: str
    split: str
    language: str
    text: str
    style: str
    samples: NDArray[np.float32]
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    rate: Rate
    emotions: tuple[str, ...]
    voiced: str = "neutral"
    licence: str = ""
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def motion(self, emotion: str, rig: str = "arkit") -> Motion:
        """The performance in an emotion, on any rig that ``backend.face.convert`` reaches.

        Raises:
            InputError: the sentence was not performed so.
            DirectionError: no conversion leads to the rig.
        """
        return on_rig(Motion(RIGS["arkit"], self._array("motion", emotion).astype(np.float32), self.rate), rig)

    def intensity(self, emotion: str) -> NDArray[np.float32]:
        """How strongly the emotion is felt ``[frames]``, 0 to 1.5.

        Raises:
            InputError: the sentence was not performed so.
        """
        return self._array("intensity", emotion).astype(np.float32)

    def _array(self, what: str, emotion: str) -> NDArray[Any]:
        if f"{what}.{emotion}" not in self.arrays:
            raise InputError(unknown(f"emotion of clip '{self.id}'", emotion, self.emotions))
        return self.arrays[f"{what}.{emotion}"]


@dataclass(frozen=True, eq=False)
class Expression:
    """A face that moves without speaking: one variant of an emotion at intensity 1, 2 or 3."""

    id: str
    emotion: str
    intensity: int
    variant: int
    split: str
    rate: Rate
    values: NDArray[np.float32] = field(repr=False)

    def motion(self, rig: str = "arkit") -> Motion:
        """The movement, on any rig that ``backend.face.convert`` reaches."""
        return on_rig(Motion(RIGS["arkit"], self.values, self.rate), rig)


class Corpus:
    """A folder that ``mien corpus build`` has finished. Clips are read from disk when they are reached.

    Raises:
        InputError: the folder holds no finished corpus, or one that another version wrote.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
            self._clips: list[dict[str, Any]] = self.manifest["clips"]
            self._expressions: list[dict[str, Any]] = self.manifest.get("expressions", [])
            self.emotions: tuple[str, ...] = tuple(self.manifest["emotions"])
            self.rate: Rate = parse_rate(self.manifest["rate"])
            self.hours: float = self.manifest["hours"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = "there is no manifest.json" if isinstance(error, FileNotFoundError) else error
            raise InputError(f"{folder} holds no finished corpus ({why}); `mien corpus build` makes one.") from error
        if self.manifest.get("format") != FORMAT:
            raise InputError(f"{folder} is a corpus of format {self.manifest.get('format')}, not {FORMAT}: build it again.")

    def __len__(self) -> int:
        """Sentences, all splits together."""
        return len(self._clips)

    def speakers(self, split: str) -> tuple[str, ...]:
        """Those who speak in a split, in alphabetical order."""
        return tuple(sorted({clip["speaker"] for clip in self._of(self._clips, split)}))

    def clips(self, split: str, mixed: bool = False) -> Iterator[Talk]:
        """Every sentence of a split, speaker by speaker; ``mixed``, in an order whose beginning has a share of everybody.

        Raises:
            InputError: there is no such split, or a file is missing or damaged.
        """
        entries = self._of(self._clips, split)
        for entry in sorted(entries, key=_scattered) if mixed else entries:
            yield self._talk(entry)

    def expressions(self, split: str) -> Iterator[Expression]:
        """Every expression sequence of a split; none where the corpus was built without.

        Raises:
            InputError: there is no such split, or a file is missing or damaged.
        """
        for entry in self._of(self._expressions, split):
            arrays, _ = read(self.folder / entry["file"])
            values = _values(arrays["motion"])
            yield Expression(entry["id"], entry["emotion"], entry["intensity"], entry["variant"], entry["split"], self.rate, values)

    def _of(self, entries: list[dict[str, Any]], split: str) -> list[dict[str, Any]]:
        if split not in SPLITS:
            raise InputError(unknown("split", split, SPLITS))
        return [entry for entry in entries if entry["split"] == split]

    def _talk(self, entry: dict[str, Any]) -> Talk:
        arrays, told = read(self.folder / entry["file"])
        return Talk(
            **{name: entry[name] for name in ("id", "speaker", "split", "language", "text", "style")},
            samples=arrays.pop("samples").astype(np.float32) / 32768,
            phones=tuple(Phone(symbol, start, end, stress) for symbol, start, end, stress in told["talk"]["phones"]),
            words=tuple(Word(text, start, end) for text, start, end in told["talk"]["words"]),
            rate=self.rate,
            emotions=tuple(name for name in self.emotions if f"motion.{name}" in arrays),
            voiced=entry.get("voiced", "neutral"),
            licence=entry.get("licence", ""),
            arrays=arrays,
        )


def read(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of a file and what it says of itself. No pickle is ever opened.

    Raises:
        InputError: the file is missing or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            told = {name: json.loads(text) for name, text in (file.metadata() or {}).items()}
            return {name: file.get_tensor(name) for name in file.keys()}, told  # noqa: SIM118 - it is no mapping
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"{path} cannot be read ({error}): build the corpus again, only what is damaged is made anew.") from error


def on_rig(motion: Motion, rig: str) -> Motion:
    """The motion within its channels' ranges, which half precision may pass by a hair, and on another rig where asked for."""
    motion = clamp(motion)
    if rig == motion.rig.name:
        return motion
    from backend.face.convert import convert

    return convert(motion, rig)


def _scattered(entry: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(entry["id"].encode()).digest()


def _values(stored: NDArray[Any]) -> NDArray[np.float32]:
    return stored.astype(np.float32)
