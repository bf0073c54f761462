"""Real recordings whose phone times somebody else found, to measure the ear on: TextGrids, PocketSphinx's JSON, EMO-DB's hand labels."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from backend.speech.inventory import SILENCE, from_arpabet, nearest
from backend.speech.speech import Phone

# EMO-DB is labelled in SAMPA; "!t" is the burst of a "t", "_t" a stop after silence, "tasp" its aspiration.
_SAMPA = {
    **{
        "a": "a",
        "6": "ə",
        "@": "ə",
        "E": "ɛ",
        "e": "e",
        "I": "ɪ",
        "i": "i",
        "O": "ɔ",
        "o": "o",
        "U": "ʊ",
        "u": "u",
        "Y": "y",
        "y": "y",
        "9": "ø",
    },
    **{
        "2": "ø",
        "aI": "aɪ",
        "aU": "aʊ",
        "OY": "ɔɪ",
        "p": "p",
        "b": "b",
        "t": "t",
        "d": "d",
        "k": "k",
        "g": "ɡ",
        "f": "f",
        "v": "v",
        "V": "v",
    },
    **{"s": "s", "z": "z", "S": "ʃ", "Z": "ʒ", "x": "x", "X": "x", "m": "m", "n": "n", "N": "ŋ", "l": "l", "L": "l", "j": "j"},
    **{"R": "ʁ", "r": "ʁ", ".": SILENCE, "(": SILENCE},
}


@dataclass(frozen=True)
class Reference:
    """A recording, its script, its language and its phones; stretches that nobody labelled are in no phone."""

    audio: Path
    script: str
    language: str
    phones: tuple[Phone, ...]


def lj_speech(data: Path) -> list[Reference]:
    """LJ Speech (public domain) with the Montreal aligner's TextGrids."""
    scripts = _scripts(data)
    return [
        Reference(path.with_suffix(".wav"), scripts[f"speech/ljspeech/{path.stem}.wav"], "en", tuple(_text_grid(path)))
        for path in sorted((data / "speech/ljspeech").glob("*.TextGrid"))
    ]


def librivox(data: Path) -> list[Reference]:
    """LibriVox readers (public domain), aligned by PocketSphinx."""
    found = []
    for path in sorted((data / "speech/librivox").glob("*.phone.json")):
        told = json.loads(path.read_text("utf-8"))
        phones = [
            Phone(from_arpabet(p["t"]) if p["t"].isalpha() else SILENCE, p["b"], p["b"] + p["d"])
            for word in told["w"]
            for p in word.get("w", ())
        ]
        found.append(Reference(path.with_name(path.name.replace(".phone.json", ".wav")), told["t"], "en", tuple(phones)))
    return found


def emo_db(data: Path) -> list[Reference]:
    """The Berlin Database of Emotional Speech (CC0; Burkhardt et al. 2005), labelled by hand; labels may go on where a clip is cut off."""
    import soundfile

    texts, found = _scripts(data), list[Reference]()
    for path in sorted((data / "emotional/emodb").glob("*.lablaut")):
        audio = path.with_suffix(".wav")
        end = soundfile.info(audio).duration
        phones = tuple(phone for phone in _labels(path) if phone.end <= end)
        found.append(Reference(audio, texts.get(f"emotional/emodb/{path.stem}.wav", ""), "de", phones))
    return found


def _scripts(data: Path) -> dict[str, str]:
    with (data / "speech.csv").open(encoding="utf-8") as file:
        return {row["file"]: row["transcript"] for row in csv.DictReader(file)}


def _text_grid(path: Path) -> Iterator[Phone]:
    import parselmouth
    from parselmouth.praat import call

    grid = parselmouth.read(str(path))
    tier = next(n for n in range(1, call(grid, "Get number of tiers") + 1) if call(grid, "Get tier name", n).startswith("phone"))
    for number in range(1, call(grid, "Get number of intervals", tier) + 1):
        label = call(grid, "Get label of interval", tier, number).strip()
        begin = call(grid, "Get start time of interval", tier, number)
        symbol = SILENCE if label.lower() in ("", "sil", "sp", "spn") else from_arpabet(label) if label.isascii() else nearest(label)
        if symbol:
            yield Phone(symbol, begin, call(grid, "Get end time of interval", tier, number))


def _labels(path: Path) -> Iterator[Phone]:
    """Each line gives the start of a sound. (xlabel's own files give ends; the speech shows that these do not.)"""
    lines = [line for line in path.read_text("latin-1").split("#", 1)[1].splitlines() if line.strip()]
    for line, following in pairwise(lines):
        rest = line.partition("-1 ")[2]
        label = rest.split()[0] if rest and not rest[0].isspace() and rest[0] not in "+-" else ""
        bare = label.lstrip("!_").removesuffix("asp")
        if bare in _SAMPA:
            yield Phone(_SAMPA[bare], float(line.split()[0]), float(following.split()[0]))
