"""Listen: from a recording to speech."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from backend.speech.cache import cache_folder, digest_of, keep, recall
from backend.speech.decode import decode
from backend.speech.noticed import noticed
from backend.speech.pauses import quiet, tile, until_silence
from backend.speech.phones import understand
from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE, Speech
from backend.speech.words import Recogniser


def listen(
    audio: Path,
    script: str | None = None,
    language: str | None = None,
    *,
    recogniser: Recogniser | None = None,
    cache: Path | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Speech:
    """Hear a recording: its words, phones and prosody.

    ``script`` is what is said; without it, or where it does not fit, phones are recognised from the sound
    and ``Speech.notes`` says so. ``language`` is a code such as ``en`` or ``de``; without it, that of the
    script is guessed. Without a script, a ``recogniser`` writes one. ``cache`` is where heard speech is kept,
    by default :func:`backend.speech.cache.cache_folder`. ``progress`` is told the share done, 0 to 1.

    Raises:
        AudioError: the recording cannot be decoded.
    """
    folder, script = cache or cache_folder(), (script or "").strip() or None
    asked = [script, language, recogniser.name if recogniser else None]
    samples = decode(audio)
    digest = digest_of(samples)
    known = recall(folder, samples, digest, asked)
    if known is not None:
        return known
    sound = prosody(samples)
    duration, pauses = len(samples) / SAMPLE_RATE, quiet(sound.loudness)
    heard = understand(samples, script, pauses, language, progress, recogniser=recogniser)
    notes = (*heard.notes, *noticed(samples, sound, heard.posteriors))
    phones = tile(heard.phones, pauses, duration)
    words = until_silence(heard.words, phones)
    speech = Speech(samples, words, phones, heard.posteriors.astype(np.float16), sound, digest, heard.ear, notes)
    keep(folder, speech, asked)
    return speech
