"""Building the corpus: every sentence performed in every emotion, piece by piece, and listed at the end."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.files import write_atomically
from backend.motion import Rate
from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.speech import PROSODY_RATE
from backend.training.corpus.expressions import Sequences, make_sequences, sequences
from backend.training.corpus.plan import Job, plan, voice_of
from backend.training.corpus.reading import FORMAT
from backend.training.corpus.saying import Spoken, spoken
from backend.training.corpus.voicing import MANNERS
from backend.training.speech.voices import program
from backend.training.teacher import Style, course, style_of, teach

RATE: Rate = Fraction(60)
EMOTIONS = tuple(MANNERS)
APEX = (0.25, 1.1)  # intensities of an emotion's apex
VERSION = 1  # to be raised where the same job would give another file
_PROGRAMS = {"espeak": "espeak-ng"}

Entry = dict[str, Any]
Watch = Callable[[float], None]


def build(folder: Path, hours: float, seed: int = 0, workers: int = 2, tiny: bool = False, progress: Watch = lambda share: None) -> Path:
    """Fill ``folder`` with ``hours`` of sentences, performed in every one of ``EMOTIONS``; the manifest's path is returned.

    A journal in the folder says what is there, with hashes: a build that was cut off goes on where it was, and what is missing or
    damaged is made again. ``tiny`` takes six voices and some forty sentences at most.

    Raises:
        MissingError: a synthesiser is not installed; says what to install.
        InputError: there is nothing to build in ``hours``, or no worker to do it.
        OutputError: the folder cannot be written.
    """
    if not hours > 0 or workers < 1:
        raise InputError(f"a corpus of {hours:g} hours by {workers} workers cannot be built: give more than none of both.")
    jobs = plan(hours, seed, tiny)
    for engine in sorted({voice_of(job).engine for job in jobs}):
        program(_PROGRAMS.get(engine, engine))
    everything: list[Job | Sequences] = [*jobs, *sequences(seed, tiny)]
    done = _journal(folder, everything)
    _run([job for job in everything if job.name not in done], folder, workers, done, progress)
    return _manifest(folder, seed, [done[job.name] for job in jobs], [done[job.name] for job in everything[len(jobs) :]])


def _run(missing: list[Job | Sequences], folder: Path, workers: int, done: dict[str, list[Entry]], progress: Watch) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool, (folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
        futures = {pool.submit(_make, job, folder): job for job in missing}
        try:
            for count, future in enumerate(as_completed(futures), 1):
                job = futures[future]
                done[job.name] = future.result()
                journal.write(json.dumps({"job": _key(job), "files": done[job.name]}, ensure_ascii=False) + "\n")
                journal.flush()
                progress(count / len(missing))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _make(job: Job | Sequences, folder: Path) -> list[Entry]:
    made: Iterable[tuple[Entry, bytes]] = _sentences(job) if isinstance(job, Job) else make_sequences(job, RATE)
    entries: list[Entry] = []
    for entry, content in made:
        path = folder / entry["file"]
        write_atomically(path, content)
        entries.append({**entry, "sha256": sha256(content).hexdigest()})
    return entries


def _sentences(job: Job) -> Iterator[tuple[Entry, bytes]]:
    from safetensors.numpy import save

    voice, style = voice_of(job), style_of(job.speaker)
    for number, sentence in enumerate(spoken(job)):
        name = f"{job.name}-{number:02d}"
        entry = {
            **{"id": name, "speaker": job.speaker, "style": style.name, "language": voice.language, "text": sentence.text},
            **{"split": job.split, "seconds": round(sentence.speech.duration, 4), "file": f"{name}.safetensors"},
            **{"voiced": sentence.voiced, "licence": voice.licence},
        }
        # One metadata entry only: safetensors keeps several in no fixed order.
        yield entry, save(performed(sentence, style, job.random(f"performance {number}")), {"talk": _told(sentence, entry)})


def performed(sentence: Spoken, style: Style, random: np.random.Generator) -> dict[str, NDArray[Any]]:
    """The sound, and motion and intensity of every emotion; one seed for all versions, so that only the emotion differs."""
    speech, seed = sentence.speech, int(random.integers(2**31))
    arrays: dict[str, NDArray[Any]] = {"samples": sentence.samples}
    for emotion in EMOTIONS:
        apex = float(random.uniform(*APEX))
        felt = course(speech, emotion, apex, style, seed)
        frames = frame_times(frames_to_cover(speech.duration, RATE), RATE)
        arrays[f"motion.{emotion}"] = teach(speech, emotion, apex, style, RATE, seed).values.astype(np.float16)
        arrays[f"intensity.{emotion}"] = np.interp(frames, np.arange(len(felt)) / float(PROSODY_RATE), felt).astype(np.float16)
    return arrays


def _told(sentence: Spoken, entry: Entry) -> str:
    phones = [[phone.symbol, phone.start, phone.end, phone.stress] for phone in sentence.speech.phones]
    words = [[word.text, word.start, word.end] for word in sentence.speech.words]
    return json.dumps(
        {"phones": phones, "words": words, **{name: entry[name] for name in ("text", "speaker", "style", "language", "voiced")}},
        ensure_ascii=False,
    )


def _journal(folder: Path, jobs: list[Job | Sequences]) -> dict[str, list[Entry]]:
    """The files of every job that is done and whose files are all as they were written."""
    path, wanted = folder / "journal.jsonl", {_key(job): job.name for job in jobs}
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    if lines and not path.read_bytes().endswith(b"\n"):
        lines.pop()  # cut off in the middle of a line
        path.write_text("".join(line + "\n" for line in lines), "utf-8")
    told = (json.loads(line) for line in lines)
    found = {wanted[line["job"]]: line["files"] for line in told if line["job"] in wanted}
    return {name: files for name, files in found.items() if all(_as_written(folder, entry) for entry in files)}


def _as_written(folder: Path, entry: Entry) -> bool:
    path = folder / entry["file"]
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == str(entry["sha256"])


def _key(job: Job | Sequences) -> str:
    return f"{VERSION} {job!r}"


def _manifest(folder: Path, seed: int, talk: list[list[Entry]], faces: list[list[Entry]]) -> Path:
    clips, expressions = ([entry for part in parts for entry in part] for parts in (talk, faces))
    listed = {
        "format": FORMAT,
        "seed": seed,
        "hours": round(sum(clip["seconds"] for clip in clips) / 3600, 4),
        "rate": str(RATE),
        "emotions": list(EMOTIONS),
        "clips": clips,
        "expressions": expressions,
    }
    path = folder / "manifest.json"
    write_atomically(path, json.dumps(listed, ensure_ascii=False, indent=1).encode())
    return path
