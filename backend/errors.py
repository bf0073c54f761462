"""Everything Mien raises on purpose.

MienError
├── InputError            what the artist handed in cannot be used
│   ├── AudioError        a recording that cannot be decoded or heard
│   ├── DirectionError    a label, curve, time range or setting that makes no sense
│   ├── TakeError         a take file that is damaged or too new
│   ├── TextGridError     a TextGrid that cannot be read, or belongs to another recording
│   └── FaceError         a head without a usable face
│       └── FlameError    a FLAME model that cannot be read, or that holds more than numbers
├── MissingError          an optional part is not installed; says the command that adds it
└── OutputError           a result that could not be written or did not read back

Each message is one sentence or two: what was wrong, with what, and what to do about it.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MienError(Exception):
    """Root of the tree; the command line prints it as one line, without a traceback."""


class InputError(MienError):
    """What the artist handed in cannot be used."""


class AudioError(InputError):
    """A recording that cannot be decoded or heard."""


class DirectionError(InputError):
    """A label, curve, time range or setting that makes no sense."""


class TakeError(InputError):
    """A take file that is damaged, or newer than this version can read."""


class TextGridError(InputError):
    """A TextGrid that cannot be read, or that belongs to another recording."""


class FaceError(InputError):
    """A head without a usable face."""


class FlameError(FaceError):
    """A FLAME model that cannot be read, or that holds more than numbers."""


class MissingError(MienError):
    """An optional part is not installed."""


class OutputError(MienError):
    """A result that could not be written, or that did not read back as written."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Word the message for a name that is not in a list, with the nearest one offered."""
    names = sorted(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(names)}."
    return f"unknown {kind} '{name}': {hint}"
