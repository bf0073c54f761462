"""Long recordings: read piece by piece, they are heard as their clips are."""

import csv
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from backend.speech import phones
from backend.speech.decode import decode
from backend.speech.inventory import SILENCE
from backend.speech.pauses import quiet
from backend.speech.phones import Understood, understand
from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE

GAP = np.zeros(SAMPLE_RATE // 2, np.float32)
ADDED = "The quick brown foxes of the northern provinces were seldom seen after the harvest had been gathered in."


@dataclass(frozen=True)
class Clip:
    samples: np.ndarray
    script: str
    alone: Understood


def hear(samples: np.ndarray, script: str) -> Understood:
    return understand(samples, script, quiet(prosody(samples).loudness))


def clips(shared_data: Path, count: int) -> list[Clip]:
    with (shared_data / "speech.csv").open(encoding="utf-8", newline="") as file:
        scripts = {row["file"]: row["transcript"] for row in csv.DictReader(file)}
    found = []
    for path in sorted((shared_data / "speech" / "ljspeech").glob("*.wav"))[:count]:
        samples, script = decode(path), scripts[path.relative_to(shared_data).as_posix()]
        found.append(Clip(samples, script, hear(samples, script)))
    return found


def joined(parts: list[Clip], script: str) -> tuple[Understood, list[float]]:
    """All clips in a row under one script, and when each begins."""
    samples = np.concatenate([part for clip in parts for part in (clip.samples, GAP)])
    lengths = [(len(clip.samples) + len(GAP)) / SAMPLE_RATE for clip in parts]
    return hear(samples, script), [0.0, *np.cumsum(lengths)]


def kept(parts: list[Clip], begins: list[float], whole: Understood, of: list[int]) -> float:
    """Share of the phones of some clips that begin within 50 ms of where they do in the clip alone."""
    wanted, near = 0, 0
    for i in of:
        alone = [(p.start + begins[i], p.symbol) for p in parts[i].alone.phones if p.symbol != SILENCE]
        there = [(p.start, p.symbol) for p in whole.phones if p.symbol != SILENCE and begins[i] <= p.start < begins[i + 1]]
        blocks = SequenceMatcher(None, [s for _, s in alone], [s for _, s in there], autojunk=False).get_matching_blocks()
        near += sum(abs(alone[b.a + k][0] - there[b.b + k][0]) <= 0.05 for b in blocks for k in range(b.size))
        wanted += len(alone)
    return near / wanted


def words(parts: list[Clip]) -> list[str]:
    return [word.text for clip in parts for word in clip.alone.words]


def test_a_reading_is_heard_as_its_clips_are(shared_data):
    parts = clips(shared_data, 7)
    whole, begins = joined(parts, " ".join(clip.script for clip in parts))
    assert [word.text for word in whole.words] == words(parts)
    assert whole.notes == ()
    assert kept(parts, begins, whole, list(range(7))) > 0.97


def test_a_sentence_left_out_and_one_added_stay_where_they_are(shared_data):
    """The clips on whose scripts nothing was changed, and that no change adjoins, are heard as before."""
    parts = clips(shared_data, 7)
    scripts = [clip.script for clip in parts]
    whole, begins = joined(parts, " ".join([*scripts[:1], *scripts[2:5], ADDED, *scripts[5:]]))
    assert whole.ear == phones.SCRIPT
    assert [word.text for word in whole.words][-5:] == words(parts[6:])[-5:]
    assert kept(parts, begins, whole, [0, 2, 3, 4, 5, 6]) > 0.9
    assert kept(parts, begins, whole, [3, 6]) > 0.95


@pytest.mark.corpus
def test_all_clips_in_a_row_are_heard_as_they_are_alone(shared_data):
    parts = clips(shared_data, 20)
    whole, begins = joined(parts, " ".join(clip.script for clip in parts))
    assert [word.text for word in whole.words] == words(parts)
    assert kept(parts, begins, whole, list(range(20))) > 0.98
