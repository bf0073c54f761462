"""CREMA-D (Cao et al. 2014): ``AudioWAV/1001_DFA_ANG_XX.wav`` and ``VideoFlash/1001_DFA_ANG_XX.flv``, all facts in the name."""

import re
from collections.abc import Iterator
from pathlib import Path

from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, files

LICENCE = "ODbL 1.0"
_NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{2})", re.IGNORECASE)
_EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_LEVELS = {"LO": 1 / 3, "MD": 2 / 3, "HI": 1.0}  # XX: nobody asked for one
_SCRIPTS = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """A clip for every utterance that has a film or a recording. 91 actors say the same twelve sentences: split by speaker alone."""
    films = {path.stem.upper(): path for path in files(folder, *FILMS)}
    sounds = {path.stem.upper(): path for path in files(folder, *SOUNDS)}  # AudioMP3, then AudioWAV, which wins
    for name in sorted({*films, *sounds}):
        found = _NAME.fullmatch(name)
        if not found or found[2] not in _SCRIPTS or found[3] not in _EMOTIONS:
            continue
        emotion = _EMOTIONS[found[3]]
        yield Clip(
            name,
            films.get(name) or sounds[name],
            sounds.get(name) or films[name],
            video=films.get(name),
            speaker=found[1],
            emotion=emotion,
            intensity=0.0 if emotion == "neutral" else _LEVELS.get(found[4]),
            language="en",
            script=_SCRIPTS[found[2]],
            sentence=f"crema-d {found[2]}",
            licence=given.licence or LICENCE,
        )
