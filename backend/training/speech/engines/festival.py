"""Festival: diphone, unit-selection and HTS voices; segment ends are in its ``Segment`` relation."""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from backend.training.speech.voices import Said, Voice, program

BATCH = 40  # sentences for one process: starting it takes a second

_SAY = """
(Parameter.set 'Duration_Stretch {stretch:.3f})
(set! utt (SynthText "{text}"))
(utt.save.wave utt "{folder}/{number}.wav" 'riff)
(set! file (fopen "{folder}/{number}.txt" "w"))
(mapcar (lambda (s) (format file "%s %f\\n" (item.name s) (item.feat s 'end))) (utt.relation.items utt 'Segment))
(fclose file)
"""


def say(texts: Iterable[str], voice: Voice, random: np.random.Generator) -> Iterator[Said]:
    """Each text at its own speed, 0.78 to 1.35 times as long as usual."""
    texts = iter(texts)
    while batch := list(islice(texts, BATCH)):
        yield from _batch(batch, voice, random)


def _batch(texts: list[str], voice: Voice, random: np.random.Generator) -> Iterator[Said]:
    import soundfile

    with tempfile.TemporaryDirectory(prefix="mien-") as name:
        folder = Path(name)
        lines = [
            _SAY.format(stretch=random.uniform(0.78, 1.35), text=text.replace('"', ""), folder=folder, number=number)
            for number, text in enumerate(texts)
        ]
        (folder / "say.scm").write_text(f"(voice_{voice.name})\n" + "".join(lines), voice.encoding, errors="ignore")
        # A sentence that the voice cannot say ends the process; what was said before it counts.
        subprocess.run([program("festival"), "-b", str(folder / "say.scm")], capture_output=True, check=False)
        for number, text in enumerate(texts):
            try:
                samples, rate = soundfile.read(folder / f"{number}.wav", dtype="float32")
                listed = (folder / f"{number}.txt").read_text(voice.encoding, errors="replace").splitlines()
                yield Said(text, samples, rate, tuple(_timed(line) for line in listed))
            except (OSError, ValueError, soundfile.SoundFileError):
                continue


def _timed(line: str) -> tuple[str, float]:
    symbol, end = line.rsplit(maxsplit=1)
    return symbol, float(end)
