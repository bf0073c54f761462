"""Every recording in ../shared/data, with its script and without, all the way to a motion."""

import csv
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from backend.emotion.direction import Direction, Guide
from backend.perform import perform
from backend.speech.inventory import SILENCE
from backend.speech.phones import SCRIPT

pytestmark = pytest.mark.corpus
SUFFIXES = {".wav", ".flac", ".mp3", ".opus", ".ogg"}


@pytest.fixture(scope="module")
def scripts(shared_data: Path) -> dict[str, str]:
    with (shared_data / "speech.csv").open(encoding="utf-8") as file:
        return {row["file"]: row["transcript"] for row in csv.DictReader(file)}


def recordings(shared_data: Path) -> list[Path]:
    return sorted(p for folder in ("speech", "emotional") for p in (shared_data / folder).rglob("*") if p.suffix in SUFFIXES)


def test_every_recording_performs(shared_data, scripts, capsys):
    rows = []
    for path in recordings(shared_data):
        script = scripts.get(path.relative_to(shared_data).as_posix(), "")
        for words in {None, script or None}:
            done = perform(path, Direction(guides=(Guide("happy", 0.5),), rate=Fraction(30)), words)
            rows.append((path, done, words))
            check_rest(done)
    loud = [loudness_correlation(done) for _, done, _ in rows]
    aligned = sum(done.take.ear == SCRIPT for _, done, words in rows if words)
    with capsys.disabled():
        given = sum(words is not None for _, _, words in rows)
        sys.stdout.write(f"\n{len(recordings(shared_data))} recordings, {given} with a script, {aligned} aligned; ")
        sys.stdout.write(f"jaw and loudness: median r {np.median(loud):.2f}, lowest {min(loud):.2f}\n")
    assert len(recordings(shared_data)) > 100
    assert np.median(loud) > 0.5
    assert min(loud) > 0.0


def loudness_correlation(done) -> float:
    motion, prosody = done.take.motion, done.speech.prosody
    level = np.interp(motion.times, prosody.times, np.maximum(prosody.loudness, -60))
    return float(np.corrcoef(motion["jawOpen"], level)[0, 1])


def check_rest(done) -> None:
    """In the middle of a long pause nothing of speech is left on the mouth."""
    motion = done.take.motion
    for phone in done.take.phones:
        if phone.symbol == SILENCE and phone.duration > 0.8:
            middle = (motion.times > phone.start + 0.35) & (motion.times < phone.end - 0.7)
            assert motion["jawOpen"][middle].max(initial=0) < 0.05
            assert motion["mouthPucker"][middle].max(initial=0) < 0.03
