"""Real speech beside the synthesised: a few minutes whose licences allow it, labelled by hand or along their scripts."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.files import write_atomically
from backend.speech.decode import decode
from backend.speech.hearing.posteriors import Ear
from backend.speech.inventory import PHONES
from backend.speech.pauses import quiet
from backend.speech.phones import SCRIPT, understand
from backend.speech.prosody import prosody
from backend.speech.speech import Phone
from backend.training.speech.corpus import HOP, UNKNOWN
from backend.training.speech.references import emo_db

NAME = "recordings.safetensors"
ALLOWED = ("PD", "CC0", "CC BY 4.0", "Apache-2.0", "MIT")
SURE = 0.3  # a word that the ear agrees with less teaches nothing
# Kept out, to be measured on: LJ Speech and LibriVox whole, and two of EMO-DB's five actors here, a woman (09) and a man (10).
FOLDERS = ("speech/libritts", "speech/leopard", "speech/speechbrain", "speech/jfk", "speech/aishell3", "speech/wenet", "speech/mfa")
ACTORS_KEPT = ("09", "10")


@dataclass(frozen=True)
class Taught:
    """A recording that is learnt from, and how its phones are known."""

    file: str
    licence: str
    how: str
    samples: NDArray[np.float32]
    phones: tuple[Phone, ...]


def add_recordings(data: Path, speech: Path, ear: Ear) -> Path:
    """Put the recordings of ``data`` that may be learnt from beside the shards in ``speech``; ``recordings.json`` there lists them."""
    from safetensors.numpy import save

    taught = [*_by_hand(data), *_by_script(data, ear)]
    samples = [np.pad(one.samples, (0, -len(one.samples) % HOP)) for one in taught]
    labels = [_labelled(one.phones, len(sound) // HOP) for one, sound in zip(taught, samples, strict=True)]
    arrays = {"samples": np.round(np.concatenate(samples).clip(-1, 1) * 32767).astype(np.int16), "labels": np.concatenate(labels)}
    write_atomically(speech / NAME, save(arrays))
    listed = [{"file": one.file, "licence": one.licence, "labels": one.how} for one in taught]
    path = speech / "recordings.json"
    write_atomically(
        path, json.dumps({"seconds": len(arrays["labels"]) / 100, "recordings": listed}, ensure_ascii=False, indent=1).encode()
    )
    return path


def _by_hand(data: Path) -> Iterator[Taught]:
    for reference in emo_db(data):
        if reference.audio.name[:2] not in ACTORS_KEPT:
            yield Taught(reference.audio.relative_to(data).as_posix(), "CC0", "by hand", decode(reference.audio), reference.phones)


def _by_script(data: Path, ear: Ear) -> Iterator[Taught]:
    with (data / "speech.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["transcript"] and row["file"].startswith(FOLDERS)]
    for row in rows:
        if not row["licence"].startswith(ALLOWED):
            continue
        samples = decode(data / row["file"])
        # Mandarin is "zh" in the list; a recording of several languages is left to the guess.
        language = {"zh": "cmn", "(multi)": None}.get(row["language"], row["language"])
        heard = understand(samples, row["transcript"], quiet(prosody(samples).loudness), language, ear=ear)
        if heard.ear == SCRIPT:
            sure = [(word.start, word.end) for word in heard.words if word.confidence >= SURE]
            phones = tuple(p for p in heard.phones if any(start <= (p.start + p.end) / 2 < end for start, end in sure))
            yield Taught(row["file"], row["licence"], "along its script", samples, phones)


def _labelled(phones: tuple[Phone, ...], count: int) -> NDArray[np.uint8]:
    labels = np.full(count, UNKNOWN, np.uint8)
    for phone in phones:
        labels[int(np.ceil(phone.start * 100 - 1e-6)) : int(np.ceil(phone.end * 100 - 1e-6))] = PHONES.index(phone.symbol)
    return labels
