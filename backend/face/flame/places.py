"""Where the user's own FLAME file is: named once, remembered for this user."""

import json
import os
from pathlib import Path

from platformdirs import user_config_path

from backend.errors import FlameError, MissingError
from backend.face.flame.load import flame_file, load_flame
from backend.face.flame.model import FlameModel
from backend.files import write_atomically


def settings_file() -> Path:
    """``places.json`` in ``$MIEN_CONFIG``, or in the user's configuration folder of this system."""
    chosen = os.environ.get("MIEN_CONFIG")
    return (Path(chosen) if chosen else user_config_path("mien", appauthor=False)) / "places.json"


def remember(path: Path) -> Path:
    """Keep the file or folder of a FLAME model for next time, and return the file that it leads to. The file is read once to be sure.

    Raises:
        FlameError: there is no FLAME model.
        OutputError: the place cannot be written down.
    """
    file = flame_file(path)
    load_flame(file)
    settings = {**_settings(), "flame": str(path.absolute())}
    write_atomically(settings_file(), (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode())
    return file


def forget() -> None:
    """Remember no FLAME model any more."""
    settings = {name: place for name, place in _settings().items() if name != "flame"}
    write_atomically(settings_file(), (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode())


def remembered() -> Path | None:
    """The file or folder of ``$MIEN_FLAME``, or the one remembered; None where there is neither."""
    chosen = os.environ.get("MIEN_FLAME") or _settings().get("flame")
    return Path(chosen) if isinstance(chosen, str) and chosen else None


def users_flame() -> FlameModel:
    """The user's own FLAME model.

    Raises:
        MissingError: none has been named.
        FlameError: it is not there any more, or cannot be read.
    """
    place = remembered()
    if place is None:
        raise MissingError(
            "no FLAME model is known: get one at flame.is.tue.mpg.de and name its folder once with `mien flame FOLDER`, or set MIEN_FLAME."
        )
    try:
        return load_flame(place)
    except FlameError as error:
        raise FlameError(f"{error} It was named as the FLAME model to use.") from error


def _settings() -> dict[str, object]:
    """What is written down; nothing where the file is missing or is no table."""
    try:
        found = json.loads(settings_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
