"""``python -m benchmarks [--long | --ear]``: where the time of a line goes, against real time.

Every stage runs ``ROUNDS`` times on the same 10 s of speech (the sample line twice) and its fastest run
counts. ``--ear`` times the parts of the ear on one core. ``--long`` adds 5 and 30 minutes, each in a fresh
process, with the memory that it took.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parent.parent
ROUNDS = 3
TEN_SECONDS = "10 s line"


def repeated(times: int, folder: Path) -> tuple[Path, str]:
    """The sample line again and again, and its script."""
    samples, rate = soundfile.read(ROOT / "samples" / "line.flac", dtype="float32")
    path = folder / f"{times} lines.wav"
    soundfile.write(path, np.tile(samples, times), rate)
    return path, " ".join([(ROOT / "samples" / "line.txt").read_text("utf-8").strip()] * times)


def fastest(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def stages(folder: Path) -> dict[str, float]:
    """Seconds of every stage on a 10 s line, models loaded."""
    from backend.emotion.direction import Direction, Guide
    from backend.emotion.feel import feel
    from backend.generators import GENERATORS
    from backend.perform import perform
    from backend.speech.listen import listen
    from exporters import EXPORTERS, Options

    audio, script = repeated(2, folder)
    direction = Direction(guides=(Guide("happy", 0.7),), rate=Fraction(30))

    def fresh(words: str | None) -> Callable[[], object]:
        def run() -> object:
            with tempfile.TemporaryDirectory(dir=folder) as cache:
                return listen(audio, words, cache=Path(cache))

        return run

    fresh(script)()  # loads the models
    found = {"listen, with script": fastest(fresh(script)), "listen, without script": fastest(fresh(None))}
    listen(audio, script, cache=folder / "kept")
    found["listen, heard before"] = fastest(lambda: listen(audio, script, cache=folder / "kept"))
    speech = listen(audio, script, cache=folder / "kept")
    track = feel(speech, direction)
    found["feel"] = fastest(lambda: feel(speech, direction))
    for name, generator in GENERATORS.items():
        found[f"perform, {name}"] = fastest(lambda generator=generator: generator.perform(speech, track, direction))
    take = perform(audio, direction, script).take
    for suffix, exporter in EXPORTERS.items():
        found[f"write {suffix}"] = fastest(lambda exporter=exporter: exporter(take, Options(speech=speech)))
    return found


def processes(folder: Path) -> dict[str, float]:
    """Seconds of whole commands, from the shell and back."""
    audio, script = repeated(2, folder)
    mien = [sys.executable, "-c", "from backend.cli.main import run; run()"]
    generate = [*mien, "generate", str(audio), "--script", script, "-o", str(folder / "x.take")]
    return {
        "python, empty": fastest(lambda: subprocess.run([sys.executable, "-c", ""], check=True)),
        "mien --help": fastest(lambda: subprocess.run([*mien, "--help"], check=True, stdout=subprocess.DEVNULL)),
        "mien generate, to .take": fastest(lambda: subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)),
    }


def ear(folder: Path) -> dict[str, float]:
    """Seconds of one core that each part of the ear takes for a minute of speech, models loaded."""
    import torch

    from backend.speech.decode import decode
    from backend.speech.hearing.align import align, fit
    from backend.speech.hearing.posteriors import posteriors, shipped
    from backend.speech.hearing.recognise import recognise
    from backend.speech.prosody import prosody
    from backend.speech.script import spoken_words
    from backend.speech.words import recognise_words

    torch.set_num_threads(1)
    audio, script = repeated(12, folder)
    samples, words, prior = decode(audio), spoken_words(script), shipped().prior
    logs = posteriors(samples)
    found = align(logs, prior, words)
    assert found is not None
    return {
        "ear: prosody": fastest(lambda: prosody(samples)),
        "ear: posteriors": fastest(lambda: posteriors(samples)),
        "ear: script aligned": fastest(lambda: align(logs, prior, words)),
        "ear: script doubted": fastest(lambda: fit(found, logs, prior, words)),
        "ear: phones without words": fastest(lambda: recognise(logs)),
        "ear: English words guessed": 6 * fastest(lambda: recognise_words(samples[:160_000])),
    }


def peak() -> float:
    """The most memory that this process has held, in MiB. Linux only: ``getrusage`` would count its parent's as well."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def long(minutes: float, with_script: bool) -> dict[str, float]:
    """Seconds and peak memory of a long recording, in this process."""
    from backend.emotion.direction import Direction, Guide
    from backend.perform import perform

    with tempfile.TemporaryDirectory() as name:
        audio, script = repeated(round(minutes * 12), Path(name))
        base = peak()
        start = time.perf_counter()
        perform(audio, Direction(guides=(Guide("happy", 0.7),)), script if with_script else None)
        seconds = time.perf_counter() - start
    return {
        "minutes": minutes,
        "seconds": seconds,
        "MiB before": base,
        "MiB at most": peak(),
        "MiB of samples": minutes * 60 * 16000 * 4 / 2**20,
    }


def main() -> None:
    if "--ear" in sys.argv:  # a process of its own: torch keeps to one thread in it
        with tempfile.TemporaryDirectory() as name:
            print(f"{'a minute, on one core':<28}{'seconds':>9}{'real-time factor':>18}")
            for row, seconds in ear(Path(name)).items():
                print(f"{row:<28}{seconds:9.3f}{seconds / 60:18.5f}")
        return
    if "--one" in sys.argv:  # a fresh process, so that its peak is its own
        print(json.dumps(long(float(sys.argv[-2]), sys.argv[-1] == "script")))
        return
    with tempfile.TemporaryDirectory() as name:
        os.environ["MIEN_CACHE"] = name
        rows = processes(Path(name)) | stages(Path(name))
    print(f"{TEN_SECONDS:<28}{'seconds':>9}{'x real time':>13}")
    for row, seconds in rows.items():
        print(f"{row:<28}{seconds:9.3f}{10 / seconds:13.1f}")
    if "--long" in sys.argv:
        for words in ("none", "script"):
            for minutes in (5, 30):
                command = [sys.executable, "-m", "benchmarks", "--one", str(minutes), words]
                with tempfile.TemporaryDirectory() as cache:
                    done = subprocess.run(
                        command, check=True, capture_output=True, text=True, env={**os.environ, "MIEN_CACHE": cache}, cwd=ROOT
                    )
                found = json.loads(done.stdout)
                print(f"{minutes} min, {words}: " + ", ".join(f"{key} {value:.1f}" for key, value in found.items()))


if __name__ == "__main__":
    main()
