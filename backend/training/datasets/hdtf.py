"""HDTF (Zhang et al. 2021): talks cut from films, ``WDA_BarackObama_000.mp4``, ``WRA_...``, ``RD_Radio1_000.mp4``."""

import re
from collections.abc import Iterator
from pathlib import Path

from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import FILMS, SOUNDS, beside, files

LICENCE = "HDTF: lists CC BY 4.0; the films are their owners'"
_NAME = re.compile(r"(?P<kind>WDA|WRA|RD)_(?P<who>[^_]+)(?:_(?P<piece>\d+))?(?:_.*)?", re.IGNORECASE)


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """A clip for every film. Of ``WDA_JoeCrowley1`` the digit counts films of one person; of ``RD_Radio1`` it is the person.

    Everybody speaks freely, in English: sentences are unknown, emotions too.
    """
    for path in files(folder, *FILMS):
        found = _NAME.fullmatch(path.stem)
        if not found:
            continue
        who = found["who"] if found["kind"].upper() == "RD" else found["who"].rstrip("0123456789") or found["who"]
        yield Clip(
            path.relative_to(folder).with_suffix("").as_posix(),
            path,
            beside(path, path.stem, SOUNDS) or path,
            video=path,
            speaker=who,
            language="en",
            licence=given.licence or LICENCE,
        )
