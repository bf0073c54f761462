"""The recipe of the arousal reader: acted voices of EMO-DB, plain readers as calm, many speakers and microphones made of them."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.files import write_atomically
from backend.speech.decode import decode
from backend.speech.pauses import quiet, tile
from backend.speech.phones import understand
from backend.speech.prosody import prosody
from backend.speech.prosody.affect import CALM, CUES, Reader, cues, spoken
from backend.speech.speech import SAMPLE_RATE, Speech
from backend.training.speech.augment import in_room, noise
from backend.training.speech.convert import SAME, convert

Array = NDArray[np.float64]

# Where each of EMO-DB's emotions lies between drowsy and enraged (after Russell 1980, figure 2; its disgust is a cold one).
AROUSAL = {"W": 0.95, "F": 0.85, "A": 0.75, "E": 0.5, "N": CALM, "L": 0.2, "T": 0.1}
EMOTIONS = {"W": "anger", "F": "happiness", "A": "fear", "E": "disgust", "N": "neutral", "L": "boredom", "T": "sadness"}
HIGH, LOW = "WFA", "NLT"
READERS = ("speech/libritts", "speech/aishell3", "speech/leopard")  # plain speech of other voices and microphones
STEP = 25  # frames between two rows of the table


@dataclass(frozen=True)
class Recipe:
    """``versions`` of each recording besides its own; all ``readers`` weigh this share of all actors; ``ridge`` holds the weights back."""

    versions: int
    readers: float = 0.5
    ridge: float = 0.1
    seed: int = 0


RECIPES = {"tiny": Recipe(0), "full": Recipe(7)}


@dataclass(frozen=True)
class Row:
    """Cues ``[rows, len(CUES)]`` of a recording in one of its versions, the arousal that is taught, how much it weighs, and who speaks."""

    file: str
    actor: str
    emotion: str
    cues: Array
    arousal: float
    own: bool


def make(recipe: Recipe, data: Path, out: Path, progress: Callable[[float], None] = lambda _: None) -> dict[str, float]:
    """Fit the reader to the recordings in ``data``, write it to ``out``, and measure it with one actor left out at a time."""
    from safetensors.numpy import save

    rows = table(recipe, data, progress)
    found = fit(rows, recipe)
    arrays = {"mean": found.mean, "spread": found.spread, "weights": found.weights, "bias": np.array([found.bias])}
    facts = {"cues": CUES, "recordings": sum(row.own for row in rows), "seed": recipe.seed}
    write_atomically(out, save(arrays, {"affect": json.dumps(facts)}))  # one entry: several would be written in any order
    return agreement(left_out(rows, recipe))


def table(recipe: Recipe, data: Path, progress: Callable[[float], None] = lambda _: None) -> list[Row]:
    """Every recording that teaches, as it is and in the recipe's versions.

    Raises:
        InputError: EMO-DB is not in the folder.
    """
    wanted = [*_actors(data), *_readers(data)]
    if not any(emotion for _, _, emotion in wanted):
        raise InputError(f"{data} holds no recordings of EMO-DB (emotional/emodb/*.wav).")
    found = list[Row]()
    for number, (path, actor, emotion) in enumerate(wanted):
        random = np.random.default_rng([recipe.seed, number])
        samples, arousal = decode(path), AROUSAL.get(emotion, CALM)
        for version in range(1 + recipe.versions):
            heard = hear(_otherwise(samples, random) if version else samples)
            found.append(Row(path.stem, actor, emotion, rows_of(heard), arousal, version == 0))
        progress((number + 1) / len(wanted))
    return [row for row in found if len(row.cues)]


def _actors(data: Path) -> Iterator[tuple[Path, str, str]]:
    for path in sorted((data / "emotional" / "emodb").glob("*.wav")):
        yield path, path.stem[:2], path.stem[5]


def _readers(data: Path) -> Iterator[tuple[Path, str, str]]:
    with (data / "speech.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["file"].startswith(READERS) and (data / row["file"]).is_file():
                yield data / row["file"], row["speaker"], ""


def hear(samples: NDArray[np.float32]) -> Speech:
    """Speech by the sound alone, without the words, which affect does not ask for."""
    sound = prosody(samples)
    pauses = quiet(sound.loudness)
    heard = understand(samples, None, pauses, "xx")
    phones = tile(heard.phones, pauses, len(samples) / SAMPLE_RATE)
    return Speech(samples, (), phones, heard.posteriors.astype(np.float16), sound, "", heard.ear)


def rows_of(speech: Speech) -> Array:
    """The cues of every quarter of a second in which somebody speaks."""
    at = np.flatnonzero(spoken(speech))
    chosen: Array = cues(speech)[at[::STEP]]
    return chosen


def _otherwise(samples: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """The same feeling in another throat, room and microphone."""
    pitch = float(np.exp(random.uniform(np.log(0.75), np.log(1.5))))
    formants = float(np.clip(1 + 0.25 * np.log2(pitch) + random.normal(0, 0.05), 0.8, 1.2))
    # A microphone's colour, in dB for each octave: far less than between a whisper and a shout.
    changed = convert(samples, replace(SAME, pitch=pitch, formants=formants, effort=float(random.normal(0, 0.7))), random)
    if random.random() < 0.3:
        changed = in_room(changed, random)
    hiss = noise(len(changed), random)
    level = np.sqrt(np.mean(changed**2)) * 10 ** (-random.uniform(20, 50) / 20)
    found: NDArray[np.float32] = (changed + hiss * np.float32(level / max(float(np.sqrt(np.mean(hiss**2))), 1e-9))).astype(np.float32)
    return found


def fit(rows: list[Row], recipe: Recipe) -> Reader:
    """Ridge regression (Hoerl & Kennard 1970): every actor weighs the same, all readers together a share of all actors."""
    acted = {row.actor for row in rows if row.emotion}
    plain = sum(not row.emotion for row in rows)
    seen = np.concatenate([row.cues for row in rows])
    told = np.concatenate([np.full(len(row.cues), row.arousal) for row in rows])
    per_actor = {actor: sum(row.actor == actor for row in rows if row.emotion) for actor in acted}
    weigh = [(1 / (len(acted) * per_actor[row.actor]) if row.emotion else recipe.readers / max(plain, 1)) / len(row.cues) for row in rows]
    weight = np.repeat(weigh, [len(row.cues) for row in rows])
    weight /= weight.sum()
    mean = weight @ seen
    spread = np.sqrt(weight @ np.square(seen - mean))
    level, bias = (seen - mean) / spread, float(weight @ told)
    gram = level.T @ (level * weight[:, None]) + recipe.ridge * np.eye(len(CUES))
    return Reader(mean, spread, np.linalg.solve(gram, level.T @ (weight * (told - bias))), bias)


@dataclass(frozen=True)
class Told:
    """What a reader that never heard the actor says of a recording."""

    emotion: str
    taught: float
    arousal: float


def left_out(rows: list[Row], recipe: Recipe) -> list[Told]:
    """EMO-DB's recordings as they are, each read by what was fitted without its actor."""
    found = list[Told]()
    for actor in sorted({row.actor for row in rows if row.emotion}):
        reader = fit([row for row in rows if row.actor != actor], recipe)
        found += [
            Told(row.emotion, row.arousal, float(reader.arousal(row.cues).mean()))
            for row in rows
            if row.actor == actor and row.emotion and row.own
        ]
    return found


def agreement(told: list[Told]) -> dict[str, float]:
    """Rank correlation with the taught arousal, and how often an aroused recording is put above a calm one."""
    from scipy.stats import spearmanr

    given = np.array([one.arousal for one in told])
    high, low = (given[[one.emotion in some for one in told]] for some in (HIGH, LOW))
    return {
        "rank correlation": round(float(spearmanr(given, [one.taught for one in told])[0]), 3),
        "aroused above calm": round(float(np.mean(high[:, None] > low)), 3),
    }
