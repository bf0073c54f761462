"""What was heard once need not be heard again: speech kept by the content of recording and script."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from backend.errors import OutputError
from backend.files import keep_within, write_atomically
from backend.speech.speech import Phone, Prosody, Speech, Word

EAR = 7  # raise it when the same recording would be heard differently
LARGEST = 512 * 2**20  # bytes; the entries that have not been used for longest go first


def cache_folder() -> Path:
    """``$MIEN_CACHE``, or the user's cache folder of this system."""
    chosen = os.environ.get("MIEN_CACHE")
    return (Path(chosen) if chosen else user_cache_path("mien", appauthor=False)) / "speech"


def digest_of(samples: NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(samples).data).hexdigest()


def recall(folder: Path, samples: NDArray[np.float32], digest: str, asked: Sequence[str | None]) -> Speech | None:
    """The speech kept for this recording and what was asked (script, language, recogniser); None where there is none, or it is damaged."""
    path = _place(folder, digest, asked)
    try:
        with safe_open(path, framework="numpy") as entry:
            plain: dict[str, Any] = json.loads(entry.metadata()["speech"])
            prosody = Prosody(*(entry.get_tensor(field.name) for field in fields(Prosody)))
            posteriors = entry.get_tensor("posteriors")
        os.utime(path)
        words, phones = (tuple(Word(**w) for w in plain["words"]), tuple(Phone(**p) for p in plain["phones"]))
        return Speech(samples, words, phones, posteriors, prosody, digest, plain["ear"], tuple(plain["notes"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def keep(folder: Path, speech: Speech, asked: Sequence[str | None]) -> None:
    """Keep speech for next time. A folder that cannot be written costs nothing but the time to listen again."""
    plain = {
        "words": [asdict(word) for word in speech.words],
        "phones": [asdict(phone) for phone in speech.phones],
        "ear": speech.ear,
        "notes": speech.notes,
    }
    arrays = {field.name: getattr(speech.prosody, field.name) for field in fields(Prosody)} | {"posteriors": speech.posteriors}
    try:
        write_atomically(_place(folder, speech.digest, asked), save(arrays, {"speech": json.dumps(plain)}))
        keep_within(folder, LARGEST)
    except (OutputError, OSError):
        return


def _place(folder: Path, digest: str, asked: Sequence[str | None]) -> Path:
    key = hashlib.sha256(json.dumps([EAR, digest, *asked]).encode()).hexdigest()
    return folder / f"{key}.safetensors"
