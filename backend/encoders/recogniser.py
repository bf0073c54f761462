"""The largest Whisper on this machine, as the ear's recogniser of words."""

from pathlib import Path
from typing import cast

from backend.encoders.card import Samples, Transcriber
from backend.encoders.catalogue import CARDS
from backend.encoders.places import find

SIZES = ("whisper-small", "whisper-base", "whisper-tiny")
# Whisper's two letters for a language whose code here has three.
_LETTERS = {"cmn": "zh"}


class _Whisper:
    """Loaded when it is first asked."""

    def __init__(self, size: str, folder: Path) -> None:
        self._size, self._folder = size, folder
        self.name = f"{size} {folder.name}"

    def __call__(self, samples: Samples, language: str | None) -> str:
        from backend.encoders import load

        whisper = cast("Transcriber", load(self._size, self._folder))
        return whisper.transcribe(samples, _LETTERS.get(language or "", language)).text


def recogniser() -> _Whisper | None:
    """None where no Whisper is on this machine. Looks at folders only."""
    places = ((size, find(CARDS[size])) for size in SIZES)
    return next((_Whisper(size, folder) for size, folder in places if folder), None)
