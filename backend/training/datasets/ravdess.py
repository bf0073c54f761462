"""RAVDESS (Livingstone & Russo 2018): ``Actor_12/02-01-06-01-02-01-12.mp4``, all facts in the name."""

import re
from collections.abc import Iterator
from pathlib import Path

from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, files

LICENCE = "CC BY-NC-SA 4.0"
_NAME = re.compile(r"(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)")
_EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
_SCRIPTS = ("Kids are talking by the door", "Dogs are sitting by the door")
_WITH_SOUND, _SILENT, _SOUND_ONLY = "01", "02", "03"
_SPOKEN = "01"


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """A clip for every spoken film, with its own sound or that of its silent twin, and for every recording without a film. No songs.

    All actors say the same two sentences: split by speaker alone.
    """
    by_name = {path.stem: path for path in files(folder, *FILMS, *SOUNDS) if _NAME.fullmatch(path.stem)}
    for name, path in sorted(by_name.items()):
        kind, channel, emotion, strength, said, _, actor = _NAME.fullmatch(name).groups()  # type: ignore[union-attr] # filtered above
        twins = [by_name.get(twin + name[2:]) for twin in (_WITH_SOUND, _SILENT, _SOUND_ONLY)]
        # One clip of each utterance: the film with sound, else the silent one, else the recording.
        if channel != _SPOKEN or path != next(twin for twin in twins if twin is not None):
            continue
        film = None if kind == _SOUND_ONLY else path
        yield Clip(
            name[3:],
            path,
            path if kind != _SILENT else twins[2],
            video=film,
            speaker=f"Actor_{actor}",
            emotion=_EMOTIONS[int(emotion) - 1],
            intensity=0.0 if emotion == "01" else int(strength) / 2,
            language="en",
            script=_SCRIPTS[int(said) - 1],
            sentence=f"ravdess {said}",
            licence=given.licence or LICENCE,
        )
