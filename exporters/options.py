"""What an exporter may need beside the take."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.face.match import Matching
from backend.speech.speech import Speech
from backend.take import Take


@dataclass(frozen=True)
class Options:
    """``head`` is the artist's own character (a file, or a folder that holds one), else Mien's head
    is used; ``matching`` says which of that character's shapes and bones answer to which channels,
    where names alone shall not decide; ``speech`` is the recording, for formats that carry sound or show its waveform;
    ``progress`` is told the share done, 0 to 1; ``note`` is told, in a sentence each, what the
    artist should know about the result, such as shapes of their head that nothing moves.
    """

    head: Path | None = None
    matching: Matching | None = None
    speech: Speech | None = None
    progress: Callable[[float], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None


Exporter = Callable[[Take, Options], bytes]
