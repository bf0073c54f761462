"""Which language is spoken, as far as it can be told on this machine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.encoders import Transcriber, available, load
from backend.speech.pauses import quiet
from backend.speech.phones import SOUND, understand
from backend.speech.pronounce.language import language_of
from backend.speech.speech import Prosody

_WHISPERS = ("whisper-small", "whisper-base", "whisper-tiny")  # the surest first
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """``code`` such as ``en``, or "" where it cannot be told; ``by`` what told it; ``why`` it does not do."""

    code: str
    by: str
    why: tuple[str, ...] = ()


def spoken(samples: NDArray[np.float32], sound: Prosody, wanted: str) -> Spoken:
    """The language of a recording, if one is ``wanted``; nobody is asked otherwise.

    Where Whisper is on the machine, it writes down what is said and the text tells. Elsewhere Mien's own ear can tell English from
    other languages, by whether the phones agree with English words, and nothing more: a wish for another language than English then
    turns English away, and lets the rest pass with no code.
    """
    if not wanted:
        return Spoken(UNKNOWN, "nobody asked")
    whisper = next((name for name in _WHISPERS if any(one.card.name == name and one.folder for one in available())), None)
    if whisper is not None:
        model = load(whisper)
        assert isinstance(model, Transcriber)
        code, by = language_of(model.transcribe(samples).text), whisper
    else:
        english = understand(samples, None, quiet(sound.loudness)).ear != SOUND
        code, by = ("en" if english else UNKNOWN), "the ear, which knows English from other languages only"
    unfit = code != wanted if code or wanted == "en" else False
    return Spoken(code, by, (f"not in '{wanted}', but in {repr(code) if code else 'another language'} (by {by})",) if unfit else ())
