"""The paper's table 3 on the corpus: every row by every seed, and whether its order comes out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import t

from backend.emotion.direction import Direction
from backend.generators import GENERATORS
from backend.generators.medtalk.features import NATIVE_RATE
from backend.motion import Motion, resample
from backend.motion.metahuman import METAHUMAN
from backend.perform import finish
from backend.training.corpus import Talk
from backend.training.evaluate_generators import channels, heard, performed, turned
from backend.training.medtalk.evaluate import METRICS
from backend.training.medtalk.measure.entries import FULL, RULES, Entry

# Rows of the paper's table 3 by MLE, MEE, EIE and FRD; only their order is used, as data and sets differ.
PAPER: Mapping[str, tuple[float, float, float, float]] = {
    FULL: (0.00596, 0.00906, 0.79055, 0.00289),
    "without overlap": (0.01026, 0.01112, 0.90941, 0.00134),
    "without cycle": (0.00704, 0.00934, 0.82254, 0.00832),
    "without disentangle": (0.00628, 0.00861, 0.83728, 0.00825),
    "without intensity": (0.00665, 0.01142, 0.86488, 0.00753),
    "without text": (0.00630, 0.00965, 0.83899, 0.00757),
}

Clips = dict[str, dict[str, float]]
Runs = dict[tuple[str, int], Clips]
"""Row and seed, clip, metric."""
Seen = Callable[[str, str, Motion], None]
"""Told of each performance: row, emotion, motion on the 174 controls."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row's metric: the mean over trainings, by their seeds in ``tries``, and their standard deviation (NaN for one)."""

    tries: tuple[tuple[int, float], ...]

    @property
    def mean(self) -> float:
        return float(np.mean([value for _, value in self.tries]))

    @property
    def spread(self) -> float:
        return float(np.std([value for _, value in self.tries], ddof=1)) if self.seeds > 1 else float("nan")

    @property
    def seeds(self) -> int:
        return len(self.tries)

    def __str__(self) -> str:
        return f"{self.mean:.5f}" if self.seeds < 2 else f"{self.mean:.5f} ± {self.spread:.5f}"


Cells = dict[str, dict[str, Cell]]


def errors(
    found: Sequence[Entry],
    talks: Sequence[Talk],
    versions: int = 0,
    seen: Seen = lambda *_: None,
    progress: Callable[[float], None] = lambda _: None,
) -> Runs:
    """MLE, MEE, EIE and FRD of every file, and of ``rules`` by as many seeds, clip by clip.

    All hear the corpus's own phones and words, and draw their blinks by seed 0; ``rules`` has nothing else to draw seeds for.
    """
    seeds = max(len([entry for entry in found if entry.row == row]) for row in {entry.row for entry in found})
    keys = [*((RULES, seed) for seed in range(seeds)), *((entry.row, entry.seed) for entry in found)]
    runs: Runs = {key: {} for key in keys}
    for number, talk in enumerate(talks):
        emotions = turned(talk.emotions, number, versions)
        truth = {emotion: resample(talk.motion(emotion, METAHUMAN.name), NATIVE_RATE) for emotion in emotions}
        for key, emotion, motion in _performances(found, talk, emotions, seeds):
            runs[key][f"{talk.id} {emotion}"] = {name: channels(motion, truth[emotion])[name] for name in METRICS}
            seen(key[0], emotion, motion)
        progress((number + 1) / len(talks))
    return runs


def _performances(found: Sequence[Entry], talk: Talk, emotions: Sequence[str], seeds: int) -> Iterator[tuple[tuple[str, int], str, Motion]]:
    speech, as_controls = heard(talk), Direction(rig=METAHUMAN.name, rate=NATIVE_RATE)
    for seed in range(seeds):
        for emotion in emotions:
            yield (RULES, seed), emotion, finish(performed(GENERATORS[RULES], speech, emotion, talk, seed), as_controls)
    for entry in found:
        performer = entry.performer()
        for emotion in emotions:
            # As the network says it: lips that are closed for certain would flatter every row alike.
            yield (entry.row, entry.seed), emotion, performed(performer, speech, emotion, talk, seal=0.0)


def cells(runs: Runs) -> Cells:
    """Means over clips, by row and seed."""
    table: Cells = {}
    for row in dict.fromkeys(row for row, _ in runs):
        tries = {seed: clips for (name, seed), clips in runs.items() if name == row}
        table[row] = {
            metric: Cell(tuple((seed, float(np.mean([one[metric] for one in clips.values()]))) for seed, clips in sorted(tries.items())))
            for metric in METRICS
        }
    return table


def by_clip(runs: Runs) -> dict[str, Clips]:
    """``values[row][clip][metric]`` for a report, seeds averaged."""
    table = dict[str, Clips]()
    for row in dict.fromkeys(row for row, _ in runs):
        tries = [clips for (name, _), clips in runs.items() if name == row]
        table[row] = {clip: {metric: float(np.mean([one[clip][metric] for one in tries])) for metric in METRICS} for clip in tries[0]}
    return table


def lines(table: Cells) -> list[str]:
    """The table as Markdown; the best of each column, rules left out, in bold."""
    best = {
        metric: min((row for row in table if row != RULES), key=lambda row: _size(table, row, metric), default="") for metric in METRICS
    }
    shown = ["| | MLE ↓ | MEE ↓ | EIE ↓ | FRD → 0 | trainings |", "|---|--:|--:|--:|--:|--:|"]
    for row, found in table.items():
        told = [f"**{found[metric]}**" if best[metric] == row else str(found[metric]) for metric in METRICS]
        shown.append(f"| {row} | {' | '.join(told)} | {'–' if row == RULES else found[METRICS[0]].seeds} |")
    return shown


def order(table: Cells) -> list[str]:
    """For each metric a sentence: whether the full model is best, as the paper says of it, and how alike both orders are."""
    shared = [row for row in PAPER if row in table]
    if FULL not in shared or len(shared) < 2:
        return ["The paper's order cannot be judged: weights of the full model and of a row without a part are needed."]
    return [_ordered(table, metric, column, shared) for column, metric in enumerate(METRICS)]


def _ordered(table: Cells, metric: str, column: int, shared: Sequence[str]) -> str:
    ours = {row: _size(table, row, metric) for row in shared}
    theirs = {row: PAPER[row][column] for row in shared}
    better = [row for row in shared if ours[row] < ours[FULL]]
    alike = [(ours[a] - ours[b]) * (theirs[a] - theirs[b]) > 0 for a, b in combinations(shared, 2)]
    if better:
        told = ", ".join(f"'{row}' {_by(table[row][metric], table[FULL][metric])}" for row in better)
        verdict = f"the full model is not best: {told} is better" if len(better) == 1 else f"the full model is not best: {told} are better"
    else:
        near = [row for row in shared if row != FULL and _by(table[row][metric], table[FULL][metric]) == "within the spread"]
        verdict = "the full model is best" + (f", but {', '.join(near)} within the spread" if near else "")
    first, paper = min(ours, key=ours.__getitem__), min(theirs, key=theirs.__getitem__)
    said = "as in the paper" if first == paper else f"in the paper '{paper}' is best of these"
    return f"{metric}: {verdict} ({said}); {sum(alike)} of {len(alike)} pairs of rows stand in the paper's order."


def _by(one: Cell, other: Cell) -> str:
    """Whether the sizes of two rows differ beyond chance: a paired t-test over the seeds that both have, at 5 %.

    Rows of one seed are paired: they draw the same batches, and share the stages before what was left out.
    """
    known = dict(other.tries)
    apart = np.array([abs(value) - abs(known[seed]) for seed, value in one.tries if seed in known])
    if len(apart) < 2:
        return "by one training alone"
    error = float(apart.std(ddof=1) / np.sqrt(len(apart)))
    return "beyond the spread" if abs(float(apart.mean())) > t.ppf(0.975, len(apart) - 1) * error else "within the spread"


def _size(table: Cells, row: str, metric: str) -> float:
    return abs(table[row][metric].mean)
