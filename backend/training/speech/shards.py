"""The corpus as it is read in training: crops drawn at random from shards that stay on disk."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.training.speech.corpus import HOP


@dataclass(frozen=True, eq=False)
class Crops:
    """Sound ``[batch, samples]`` in -1 to 1 and the phone of every 10 ms ``[batch, frames]``, 255 where it is not known."""

    samples: NDArray[np.float32]
    labels: NDArray[np.int64]


class Corpus:
    """A folder that ``mien corpus speech`` has filled. One shard in ``hold_out`` is kept for validation.

    Where real recordings were added to it, ``recorded`` is their file, else None.
    """

    def __init__(self, folder: Path, hold_out: int = 40) -> None:
        path = folder / "manifest.json"
        try:
            listed = json.loads(path.read_text("utf-8"))["shards"]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{folder} holds no finished training speech ({error}); `mien corpus speech` builds it.") from error
        files = [folder / entry["file"] for entry in listed]
        self.hours = sum(entry["seconds"] for entry in listed) / 3600
        self.kept = [file for number, file in enumerate(files) if number % hold_out == hold_out - 1]
        self.taught = [file for file in files if file not in self.kept]
        self.recorded = folder / "recordings.safetensors" if (folder / "recordings.safetensors").exists() else None
        self._open: dict[Path, tuple[NDArray[np.int16], NDArray[np.uint8]]] = {}

    def draw(
        self,
        random: np.random.Generator,
        count: int,
        frames: int,
        speeds: tuple[float, float] = (1, 1),
        kept: bool = False,
        recorded: float = 0.0,
    ) -> Crops:
        """``count`` crops of ``frames``, each played at a speed drawn from ``speeds``, pitch and formants with it.

        A share of ``recorded`` is of real recordings, where there are any.
        """
        files = self.kept if kept else self.taught
        lengths = np.array([len(self._shard(file)[1]) for file in files], np.float64)
        crops = []
        for number in random.choice(len(files), count, p=lengths / lengths.sum()):
            real = self.recorded is not None and random.random() < recorded
            samples, labels = self._shard(self.recorded if real and self.recorded else files[number])
            speed = float(np.exp(random.uniform(*np.log(speeds))))
            taken = int(np.ceil(frames * speed)) + 1
            first = int(random.integers(max(len(labels) - taken, 1)))
            crops.append(_played(samples[first * HOP : (first + taken) * HOP], labels[first : first + taken], speed, frames))
        return Crops(np.stack([sound for sound, _ in crops]), np.stack([phones for _, phones in crops]))

    def counts(self) -> NDArray[np.int64]:
        """How many frames of 10 ms each label has in what is taught, ``[256]``."""
        counts: NDArray[np.int64] = np.sum([np.bincount(self._shard(file)[1], minlength=256) for file in self.taught], axis=0)
        return counts

    def _shard(self, file: Path) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
        if file not in self._open:
            from safetensors import safe_open

            with safe_open(file, "numpy") as shard:
                self._open[file] = shard.get_tensor("samples"), shard.get_tensor("labels")
        return self._open[file]


def _played(
    samples: NDArray[np.int16], labels: NDArray[np.uint8], speed: float, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    at = np.arange(frames * HOP) * speed
    sound = np.interp(at, np.arange(len(samples)), samples, right=0) / 32768
    phones = labels[np.minimum((np.arange(frames) * speed).astype(int), len(labels) - 1)]
    return sound.astype(np.float32), phones.astype(np.int64)
