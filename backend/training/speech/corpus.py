"""The training speech on disk: shards of ten minutes, each one voice, with the phone of every 10 ms."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.files import write_atomically
from backend.speech.inventory import PHONES
from backend.speech.speech import SAMPLE_RATE
from backend.training.speech.convert import another, convert
from backend.training.speech.scripts import sentences
from backend.training.speech.voices import Said, Voice, voices

HOP = SAMPLE_RATE // 100  # samples of one label
UNKNOWN = 255  # a label that teaches nothing
SHARD = 600.0  # s
LEAST, MOST = 0.5, 20.0  # s; of one sentence


@dataclass(frozen=True, slots=True)
class Shard:
    """What one file holds: ``seconds`` of one voice, drawn from ``seed``."""

    voice: int
    number: int
    seconds: float
    seed: int

    @property
    def name(self) -> str:
        voice = voices()[self.voice]
        return f"{voice.engine}-{voice.name}-{self.number:03d}.safetensors"


def build(hours: float, out: Path, seed: int = 0, workers: int = 2, progress: Callable[[float], None] = lambda _: None) -> Path:
    """Synthesise ``hours`` of speech into ``out``, and list it in ``manifest.json``, whose path is returned.

    Shards that are there already are kept, so that a build that was cut off goes on where it was.
    Each shard depends on its own seed alone.
    """
    out.mkdir(parents=True, exist_ok=True)
    wanted = list(shards(hours, seed))
    missing = [shard for shard in wanted if not (out / shard.name).exists()]
    with ProcessPoolExecutor(workers) as pool:
        for done, future in enumerate(as_completed([pool.submit(_make, shard, out) for shard in missing]), 1):
            future.result()
            progress(done / len(missing))
    return _manifest(out, wanted)


def shards(hours: float, seed: int) -> Iterator[Shard]:
    """The shards of a corpus; a small one has shorter ones, but all of its voices."""
    total = sum(voice.hours for voice in voices())
    for index, voice in enumerate(voices()):
        left, number = hours * 3600 * voice.hours / total, 0
        while left > 1:
            yield Shard(index, number, min(left, SHARD), seed)
            left, number = left - SHARD, number + 1


def _make(shard: Shard, out: Path) -> None:
    """Write one shard: ``samples`` int16 at 16 kHz, ``labels`` uint8 at 100 Hz, ``starts`` of its sentences in labels."""
    from safetensors.numpy import save

    voice, random = voices()[shard.voice], np.random.default_rng([shard.seed, shard.voice, shard.number])
    say = import_module(f"backend.training.speech.engines.{voice.engine}").say
    samples: list[NDArray[np.int16]] = []
    labels: list[NDArray[np.uint8]] = []
    lengths = [0]
    for said in say(sentences(voice.language, int(random.integers(2**31))), voice, random):
        if not LEAST <= len(said.samples) / said.rate <= MOST:
            continue
        sound, sounds = _at_16_khz(said), _labels(said, voice)
        spoken = convert(sound, another(random), random)
        samples.append(np.round(np.clip(spoken, -1, 1) * 32767).astype(np.int16))
        labels.append(sounds)
        lengths.append(len(sounds))
        if sum(lengths) >= shard.seconds * 100:
            break
    arrays: dict[str, NDArray[Any]] = {
        "samples": np.concatenate(samples),
        "labels": np.concatenate(labels),
        "starts": np.cumsum(lengths)[:-1],
    }
    facts = {**asdict(voice), "seed": shard.seed, "number": shard.number}
    # One metadata entry only: safetensors keeps several in no fixed order.
    write_atomically(out / shard.name, save(arrays, {"voice": json.dumps(facts, ensure_ascii=False)}))


def _at_16_khz(said: Said) -> NDArray[np.float32]:
    """Whole labels long: the last one is filled up with nothing."""
    import soxr

    sound = said.samples if said.rate == SAMPLE_RATE else soxr.resample(said.samples, said.rate, SAMPLE_RATE)
    filled: NDArray[np.float32] = np.pad(sound, (0, -len(sound) % HOP))
    return filled


def _labels(said: Said, voice: Voice) -> NDArray[np.uint8]:
    """Label i is what sounds at i / 100 s. Symbols of several phones share their time evenly."""
    count = -(-round(len(said.samples) * SAMPLE_RATE / said.rate) // HOP)
    labels, begin = np.full(count, UNKNOWN, np.uint8), 0.0
    for symbol, end in said.symbols:
        phones = voice.phones(symbol)
        bounds = np.ceil(np.linspace(begin, end, len(phones) + 1) * 100 - 1e-6).astype(int)
        for phone, first, last in zip(phones, bounds[:-1], bounds[1:], strict=True):
            labels[first:last] = PHONES.index(phone)
        begin = end
    labels[int(np.ceil(begin * 100)) :] = 0  # what follows the last symbol is silence
    return labels


def _manifest(out: Path, wanted: list[Shard]) -> Path:
    listed = [
        {"file": shard.name, "sha256": sha256((out / shard.name).read_bytes()).hexdigest(), **_contents(out / shard.name)}
        for shard in wanted
    ]
    path = out / "manifest.json"
    hours = sum(entry["seconds"] for entry in listed) / 3600
    write_atomically(
        path, json.dumps({"hours": round(hours, 3), "phones": PHONES, "shards": listed}, ensure_ascii=False, indent=1).encode()
    )
    return path


def _contents(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, "numpy") as shard:
        facts = json.loads(shard.metadata()["voice"])
        seconds = shard.get_slice("labels").get_shape()[0] / 100
    return {"seconds": seconds, **{name: facts[name] for name in ("engine", "name", "language", "package", "licence")}}
