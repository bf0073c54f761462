"""The ear on real recordings that others have labelled, with and without script, beside PocketSphinx."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from backend.errors import InputError
from backend.speech.decode import decode
from backend.speech.hearing.posteriors import WEIGHTS, Ear, load
from backend.speech.pauses import quiet, tile
from backend.speech.phones import understand
from backend.speech.prosody import prosody
from backend.speech.script import spoken_words
from backend.speech.speech import SAMPLE_RATE, Phone
from backend.training import baseline
from backend.training.hearing_test import Score
from backend.training.speech.recordings import ACTORS_KEPT
from backend.training.speech.references import Reference, emo_db, librivox, lj_speech

Way = Callable[[Reference], Iterable[Phone]]
Measured = dict[str, float]


def ways(ear: Ear) -> dict[str, Way]:
    """What is compared: each gives the phones of a recording."""
    return {
        "Mien, script": partial(_understood, ear, True, None),
        "Mien, no script": partial(_understood, ear, False, None),
        "Mien, sound alone": partial(_understood, ear, False, "xx"),
        "PocketSphinx, script": lambda r: (
            baseline.aligned(decode(r.audio), spoken_words(r.script, r.language)) if r.language == "en" else ()
        ),
        "PocketSphinx, no script": lambda r: baseline.recognised(decode(r.audio)),
    }


def unheard_actors(data: Path) -> list[Reference]:
    """EMO-DB's actors that the shipped ear was not adapted to."""
    return [reference for reference in emo_db(data) if reference.audio.name[:2] in ACTORS_KEPT]


def _understood(ear: Ear, script: bool, language: str | None, reference: Reference) -> tuple[Phone, ...]:
    samples = decode(reference.audio)
    pauses = quiet(prosody(samples).loudness)
    heard = understand(samples, reference.script if script else None, pauses, reference.language if script else language, ear=ear)
    return tile(heard.phones, pauses, len(samples) / SAMPLE_RATE)


def measured(references: Iterable[Reference], way: Way) -> Measured | None:
    """All of :class:`Score` over some recordings; None where the way gives nothing for them."""
    score = Score()
    for reference in references:
        heard = list(way(reference))
        if heard:
            score.add(reference.phones, heard)
            score.add_starts(reference.phones, heard)
    if not score.frames:
        return None
    return {
        "viseme": score.strict,
        "viseme within 20 ms": score.within_20_ms,
        "viseme in speech": score.in_speech,
        "closures recall": score.recall,
        "closures precision": score.precision,
        "start median": score.median,
        "starts within 20 ms": score.within(0.02),
        "starts within 50 ms": score.within(0.05),
    }


def measure(
    data: Path, weights: Path = WEIGHTS, only: str = "", told: Callable[[str, str, Measured], None] = lambda *_: None
) -> dict[str, Measured]:
    """Every way whose name contains ``only`` over every set of recordings in ``data``; ``told`` hears of each row as it is found."""
    sets = {"LJ Speech": lj_speech(data), "LibriVox": librivox(data), "EMO-DB": unheard_actors(data)}
    if not any(sets.values()):
        raise InputError(f"{data} holds none of the recordings that the ear is measured on.")
    rows = {}
    for name, way in ways(load(weights)).items():
        for where, references in sets.items():
            if only in name and (row := measured(references, way)):
                rows[f"{where}: {name}"] = row
                told(where, name, row)
    return rows
