"""MEAD (Wang et al. 2020): ``M003/video/front/angry/level_1/001.mp4`` with ``M003/audio/angry/level_1/001.m4a``."""

from collections.abc import Iterator
from pathlib import Path

from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, beside, files

VIEW = "front"
_LEVELS = 3
_LABELS = {"disgusted": "disgust", "surprised": "surprise"}  # the set's word: Mien's
LICENCE = "MEAD: non-commercial research"


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """A clip for every film from in front, else for every recording where no films are there.

    Sentences are numbered anew for each emotion, and the first ones are common to all of them, so that a number stands for a
    sentence whatever the emotion: coarser than the truth, and without leaks.
    """
    speakers = sorted(
        home for home in (folder, *folder.iterdir()) if home.is_dir() and (home / "audio").is_dir() | (home / "video").is_dir()
    )
    for home in speakers:
        films = home / "video" / VIEW
        for path in files(films, *FILMS) if films.is_dir() else files(home / "audio", *SOUNDS):
            emotion, level = _felt(path)
            sounds = home / "audio" / path.parent.relative_to(films if films.is_dir() else home / "audio")
            yield Clip(
                "/".join((home.name, *path.relative_to(home).with_suffix("").parts[1:])),
                path,
                (beside(sounds / path.name, path.stem, SOUNDS) if sounds.is_dir() else None) or path,
                video=path if films.is_dir() else None,
                speaker=home.name,
                emotion=emotion,
                intensity=0.0 if emotion == "neutral" else level / _LEVELS if level else None,
                language="en",
                sentence=f"mead {path.stem}",
                licence=given.licence or LICENCE,
            )


def _felt(path: Path) -> tuple[str, int]:
    level, emotion = path.parent.name, path.parent.parent.name
    number = level.removeprefix("level_")
    return _LABELS.get(emotion, emotion), int(number) if number.isdigit() else 0
