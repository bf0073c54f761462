"""BEAT (Liu et al. 2022): ``1/1_wayne_0_1_1.json`` with 51 or 52 ARKit weights, ``.wav``, ``.TextGrid`` and ``.csv`` beside it.

Names are speaker, name, kind of recording, first and last number of what is said. Frames are timed; BEAT captures at 60 a second.
"""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import InputError, TextGridError
from backend.motion import Motion, Rate
from backend.training.datasets.arkit import curves
from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import SOUNDS, beside, files

LICENCE = "BEAT: non-commercial research"
RATE: Rate = Fraction(60)
_NAME = re.compile(r"(?P<number>\d+)_(?P<who>[a-z]+)_(?P<kind>[0-7])_(?P<first>\d+)_(?P<last>\d+)", re.IGNORECASE)
_LANGUAGES = ("en", "zh", "es", "ja")  # kinds come in twos: a speech, then a conversation
# Emotions of the prepared speeches, by number: the rest, and all conversation, is told neutrally.
_SPEECHES = {
    range(65, 73): "happy", range(73, 81): "angry", range(81, 87): "sad", range(87, 95): "contempt",
    range(95, 103): "surprise", range(103, 111): "fear", range(111, 119): "disgust",
}  # fmt: skip
_MARKS = ("neutral", "happy", "angry", "sad", "contempt", "surprise", "fear", "disgust")


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """A clip for every ``.json`` of weights. The emotion is the one that most of its ``.csv`` says, else that of the speech's number."""
    for path in files(folder, ".json"):
        found = _NAME.fullmatch(path.stem)
        if not found:
            continue
        speech = int(found["kind"]) % 2 == 0
        yield Clip(
            path.stem,
            path,
            beside(path, path.stem, SOUNDS),
            read_weights(path, given.rate),
            speaker=f"{found['number']}_{found['who'].lower()}",
            emotion=_emotion(path, int(found["first"]), speech),
            language=_LANGUAGES[int(found["kind"]) // 2],
            script=_script(path),
            # Speeches are the same texts for all; what is said in a conversation is said once.
            sentence=f"beat {found['kind']} {found['first']}" if speech else "",
            licence=given.licence or LICENCE,
        )


def read_weights(path: Path, rate: Rate | None = None) -> Motion:
    """The weights in rig ``arkit``, at even steps of the rate that their times show.

    Raises:
        InputError: it is no such file.
    """
    try:
        stored: Any = json.loads(path.read_bytes())
        names, frames = tuple(stored["names"]), stored["frames"]
        values = np.array([frame["weights"] for frame in frames], np.float64)
        at = np.array([frame["time"] for frame in frames], np.float64) if all("time" in frame for frame in frames) else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no file of BEAT's facial weights ({error}).") from error
    rate = rate or RATE
    if at is not None and len(at) > 1:
        if not np.all(np.diff(at) > 0):
            raise InputError(f"{path}: the times of its frames do not rise.")
        steps = at[0] + np.arange(round(float((at[-1] - at[0]) * rate)) + 1) / float(rate)
        values = np.stack([np.interp(steps, at, column) for column in values.T], axis=1)
    return curves({"weights": values}, "weights", names, rate, path)


def _emotion(path: Path, number: int, speech: bool) -> str:
    marks = beside(path, path.stem, (".csv",))
    try:
        told = [float(line.split(",")[-1]) for line in marks.read_text("utf-8").splitlines() if line.strip()] if marks else []
        most = int(np.bincount(np.array(told, int), minlength=1).argmax()) if told else -1
    except (ValueError, OSError):
        most = -1
    if 0 <= most < len(_MARKS):
        return _MARKS[most]
    return next((label for numbers, label in _SPEECHES.items() if speech and number in numbers), "neutral")


def _script(path: Path) -> str:
    from backend.speech.textgrid import read

    grid = beside(path, path.stem, (".textgrid",))
    if grid is None:
        return ""
    try:
        return " ".join(word.text for word in read(grid)[0])
    except TextGridError:  # the movement is worth having without the words
        return ""
