"""CMU Flite: small voices made from recordings of people; ``-psdur`` prints the end of every phone."""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from backend.training.speech.voices import Said, Voice, program


def say(texts: Iterable[str], voice: Voice, random: np.random.Generator) -> Iterator[Said]:
    """Each text at its own speed, 0.78 to 1.35 times as long as usual."""
    import soundfile

    with tempfile.TemporaryDirectory(prefix="mien-") as folder:
        wav = Path(folder) / "said.wav"
        for text in texts:
            stretch = f"duration_stretch={random.uniform(0.78, 1.35):.3f}"
            command = [program("flite"), "-voice", voice.name, "--setf", stretch, "-psdur", "-t", text, str(wav)]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            samples, rate = soundfile.read(wav, dtype="float32")
            yield Said(text, samples, rate, tuple(_timed(item) for item in printed.split()))


def _timed(item: str) -> tuple[str, float]:
    symbol, _, end = item.rpartition(":")
    return symbol, float(end)
