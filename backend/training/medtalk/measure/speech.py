"""Real recordings: whether the mouth closes, opens and rests with a voice that no synthesiser made, beside ``rules``."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backend.emotion.direction import Direction
from backend.emotion.feel import feel
from backend.errors import AudioError, InputError
from backend.generators import Generator
from backend.generators.medtalk.network import NEUTRAL
from backend.motion import Motion, Rate
from backend.perform import finish
from backend.speech.listen import listen
from backend.speech.speech import Phone, Speech
from backend.training.metrics import measure
from backend.training.report import Report, write_report
from backend.training.speech.references import emo_db, librivox, lj_speech
from backend.training.teacher import style_of, teach

RATE = Rate(60)
TEACHER = "teacher"
MOUTH = (
    "sync lag", "sync correlation", "sync distance", "sync confidence", "jaw-loudness", "closure recall", "closure precision",
    "rest in silence", "jerk",
)  # fmt: skip
# What people notice of sound that comes early or late: 45 and 125 ms (ITU-R BT.1359-1). A mouth that is late has its sound early.
LATEST, EARLIEST = 0.045, -0.125
SHORTEST = 1.0  # s
LANGUAGES = {"en": "English", "de": "German", "zh": "Mandarin", "ja": "Japanese"}


@dataclass(frozen=True)
class Clip:
    """A recording of ``data``; ``phones`` are somebody else's, empty where there are none."""

    name: str
    audio: Path
    script: str
    language: str
    speaker: str
    kind: str
    phones: tuple[Phone, ...] = ()


def clips(data: Path, most: int | None = None) -> list[Clip]:
    """Recordings in four languages; ``most`` of each kind.

    Raises:
        InputError: the folder has none.
    """
    found, counts = list[Clip](), dict[str, int]()
    for clip in (*_labelled(data), *_listed(data)):
        counts[clip.kind] = counts.get(clip.kind, 0) + 1
        if most is None or counts[clip.kind] <= most:
            found.append(clip)
    if not found:
        raise InputError(f"{data} holds no speech that is laid out as docs/ear.md says.")
    return found


def evaluate_speech(
    data: Path,
    generators: Mapping[str, Generator],
    folder: Path,
    most: int | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Report, list[str]]:
    """Perform real recordings with their scripts by every generator, the first being what others are compared with, and by the teacher.

    What the teacher of the corpus comes to on the same recordings is what who learnt from it can be expected to come to.
    Generators hear with Mien's ear. Where somebody else found the phones (the Montreal aligner, PocketSphinx, EMO-DB's labellers),
    those are the judge; elsewhere the ear's own are, which every generator draws from, so that only differences count. Returns the
    report and lines of Markdown: a row for each kind of recording and generator, and what is better or worse than the first.
    """
    values: dict[str, dict[str, dict[str, float]]] = {name: {} for name in (*generators, TEACHER)}
    groups, kinds, left = dict[str, str](), dict[str, str](), list[str]()
    asked = clips(data, most)
    for number, clip in enumerate(asked):
        try:
            speech = listen(clip.audio, clip.script or None, clip.language)
        except AudioError:
            left.append(clip.name)
            continue
        judge = replace(speech, phones=clip.phones) if clip.phones else speech
        groups[clip.name], kinds[clip.name] = clip.speaker, clip.kind
        for name, motion in _performances(generators, speech, clip.speaker):
            found = measure(motion, None, judge)
            values[name][clip.name] = {metric: found[metric] for metric in MOUTH if metric in found}
        progress((number + 1) / len(asked))
    notes = [f"{len(groups)} real recordings of {len({*groups.values()})} speakers with their scripts, neutral.", _judges(asked)]
    notes += [f"Could not be decoded: {', '.join(left)}."] * bool(left)
    report = write_report(folder, values, next(iter(generators)), groups=groups, notes=notes, title="Real speech")
    told = verdicts(report)
    return report, [*table(values, kinds), "", *told]


def _performances(generators: Mapping[str, Generator], speech: Speech, speaker: str) -> Iterator[tuple[str, Motion]]:
    for name, generator in generators.items():
        direction = Direction(generator=generator.name, rate=RATE)
        yield name, finish(generator.perform(speech, feel(speech, direction), direction), direction)
    yield TEACHER, teach(speech, NEUTRAL, 1.0, style_of(speaker), RATE, seed=0)


def table(values: Mapping[str, Mapping[str, Mapping[str, float]]], kinds: Mapping[str, str]) -> list[str]:
    """A row for each kind of recording and generator: what the mouth does, in means, and the share of clips that are in time."""
    shown = ["sync lag", "sync correlation", "jaw-loudness", "closure recall", "closure precision", "rest in silence"]
    rows = [f"| recordings | generator | clips | in time | {' | '.join(shown)} |", "|---|---|--:|--:|" + "--:|" * len(shown)]
    for kind in dict.fromkeys(kinds.values()):
        for name, found in values.items():
            mine = [found[clip] for clip, its in kinds.items() if its == kind]
            cells = [_median_or_mean(mine, metric) for metric in shown]
            on_time = np.mean([in_time(one) for one in mine])
            rows.append(f"| {kind} | {name} | {len(mine)} | {on_time:.0%} | {' | '.join(cells)} |")
    return rows


def verdicts(report: Report) -> list[str]:
    """A sentence for each generator but the first: in what it is better or worse beyond chance, over all recordings."""
    told = []
    for name in dict.fromkeys(difference.generator for difference in report.differences):
        mine = [difference for difference in report.differences if difference.generator == name and difference.verdict]
        parts = {
            verdict: ", ".join(f"{d.metric} ({d.mean:+.3f})" for d in mine if d.verdict == verdict)
            for verdict in ("better", "worse", "unclear")
        }
        said = "; ".join(f"{verdict} in {listed}" for verdict, listed in parts.items() if listed)
        told.append(
            f"{name} beside {mine[0].baseline}, with 95 % intervals by speaker: {said}." if mine else f"{name}: nothing was measured."
        )
    return told


def in_time(found: Mapping[str, float]) -> bool:
    """Whether nobody would notice that the mouth is early or late, and it goes with the sound at all."""
    return EARLIEST <= found.get("sync lag", float("nan")) <= LATEST and found["sync correlation"] > 0.3


def _median_or_mean(found: Sequence[Mapping[str, float]], metric: str) -> str:
    told = [one[metric] for one in found if metric in one and np.isfinite(one[metric])]
    if not told:
        return "–"
    return f"{np.median(told) * 1e3:.0f} ms" if metric == "sync lag" else f"{np.mean(told):.3f}"


def _labelled(data: Path) -> Iterator[Clip]:
    kinds = (
        ("LJ Speech, aligner's phones", lj_speech),
        ("LibriVox, PocketSphinx's phones", librivox),
        ("EMO-DB (German), hand labels", emo_db),
    )
    for kind, references in kinds:
        for one in references(data) if (data / "speech.csv").is_file() else ():
            speaker = f"EMO-DB {one.audio.name[:2]}" if references is emo_db else "LJ" if references is lj_speech else one.audio.stem
            yield Clip(one.audio.name, one.audio, one.script, one.language, speaker, kind, one.phones)


def _listed(data: Path) -> Iterator[Clip]:
    """What has a script and no phones of somebody else's."""
    if not (data / "speech.csv").is_file():
        return
    labelled = {clip.audio for clip in _labelled(data)}
    with (data / "speech.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path, language, script = data / row["file"], row["language"], row["transcript"]
            usable = script and not script.startswith("(") and script != "no" and float(row["seconds"] or 0) >= SHORTEST
            if path in labelled or language not in LANGUAGES or not usable or not path.is_file() or path.parent.name == "emodb":
                continue
            yield Clip(row["file"], path, script, language, row["speaker"], f"other {LANGUAGES[language]}, the ear's phones")


def _judges(asked: Sequence[Clip]) -> str:
    others = sum(bool(clip.phones) for clip in asked)
    return f"Phones to judge by are somebody else's in {others} recordings, and of Mien's ear along the script in {len(asked) - others}."
