"""What an encoder heard once is kept by the content of the recording and of the encoder."""

import hashlib
import json
import os
from fractions import Fraction
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from backend.encoders.card import AudioEncoder, Frames, Samples
from backend.errors import OutputError
from backend.files import keep_within, write_atomically
from backend.speech.cache import cache_folder, digest_of

FORM = 1  # raise it when the same encoder would give other frames
LARGEST = 2 * 2**30  # bytes; the entries that have not been used for longest go first


def remembered(encoder: AudioEncoder, identity: str, samples: Samples, folder: Path | None = None) -> Frames:
    """``encoder.encode(samples)``, from the cache where it is there.

    ``identity`` tells one encoder from another of the same name: :func:`identity_of` its folder, dtype and device.
    A cache that cannot be written costs nothing but the time to encode again.
    """
    folder = cache_folder().parent / "features" if folder is None else folder
    key = json.dumps([FORM, encoder.card.name, identity, digest_of(samples)])
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.safetensors"
    kept = _recall(path)
    if kept is not None:
        return kept
    heard = encoder.encode(samples)
    about = {"rate": str(heard.rate), "start": repr(heard.start)}
    try:
        write_atomically(path, save({"values": heard.values}, about))
        keep_within(folder, LARGEST)
    except (OutputError, OSError):
        pass
    return heard


def identity_of(folder: Path, dtype: str = "fp32", device: str = "cpu") -> str:
    """Changes with the files of an encoder and with how exactly it is run; looks at sizes and times, reads no weights."""
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.iterdir()) if path.is_file()]
    return hashlib.sha256(json.dumps([files, dtype, device.partition(":")[0]]).encode()).hexdigest()


def _recall(path: Path) -> Frames | None:
    try:
        with safe_open(path, framework="numpy") as entry:
            about = entry.metadata()
            heard = Frames(entry.get_tensor("values"), Fraction(about["rate"]), float(about["start"]))
        os.utime(path)
        return heard
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
