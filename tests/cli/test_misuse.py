"""What artists hand in by mistake, as they meet it: one sentence or a note, before any work is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backend.emotion.direction import Direction, Guide
from backend.emotion.track import EmotionTrack
from backend.motion import Motion, parse_rate
from backend.motion.arkit import ARKIT
from backend.speech.speech import Word
from backend.take import Sound, Take
from tests.conftest import ROOT

LINE = ROOT / "samples" / "line.flac"
PROC = pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no folder that even its administrator cannot write to")


def mien(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", "from backend.cli.main import run; run()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120, env={**os.environ, **environment})


def refused(*words: object, **environment: str) -> str:
    """The one line that is said."""
    done = mien(*words, **environment)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("mien: ")
    assert done.stderr.count("\n") == 1
    assert "a fault in Mien" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second, by somebody who tries to steer the reader's terminal."""
    path = tmp_path_factory.mktemp("take") / "a.take"
    evil = "\x1b]0;owned\x07\x1b[31m\x9b2J\nsecond line\u202e"
    emotion = EmotionTrack((evil,), np.zeros((100, 1), np.float32), np.ones(100, np.float32), parse_rate("100"))
    motion = Motion(ARKIT, np.zeros((31, len(ARKIT)), np.float32), parse_rate("30"))
    made = Take(motion, Direction(guides=(Guide(evil),)), emotion, Sound(evil, evil, 1.0), (Word(evil, 0, 1),), ear=evil, version=evil)
    made.write(path)
    return path


def test_recordings_that_are_none(tmp_path):
    (tmp_path / "noise.raw").write_bytes(np.random.default_rng(0).bytes(40_000))
    os.mkfifo(tmp_path / "pipe.wav")  # would be waited for
    for name, message in {
        "noise.raw": "cannot read sound from",
        "pipe.wav": "is a pipe or a device",
        "n" * 400: "file name too long",
    }.items():
        assert message in refused("generate", tmp_path / name, "-o", tmp_path / "x.take")
    assert not (tmp_path / "x.take").exists()


OUTPUTS = {"/proc/x.take": "Choose another folder", "n" * 300 + ".take": "Give it a shorter name", "pyproject.toml/x.take": "is a file"}


@PROC
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output[:20])
def test_a_place_for_the_result_is_looked_at_before_the_work(output):
    for words in (["generate", "nowhere.wav"], ["export", "nowhere.take"]):  # else these would be complained of
        assert OUTPUTS[output] in refused(*words, "-o", output)


@PROC
def test_a_place_for_the_picture_is_looked_at_before_the_list():
    assert "Choose another folder" in refused("emotions", "-o", "/proc/e.png")


def test_a_head_with_too_long_a_name():
    assert "cannot read the head" in refused("generate", LINE, "--head", "n" * 400 + ".fbx", "-o", "build/x.fbx")


def test_a_setting_is_given_once(tmp_path):
    assert "'head' is given twice" in refused("generate", LINE, "--set", "head=0.5", "--set", "head=1", "-o", tmp_path / "x.take")


def test_an_empty_script_is_noted(tmp_path):
    script = tmp_path / "empty.txt"
    script.write_text(" \n\n")
    done = mien("generate", LINE, "--script-file", script, "-o", tmp_path / "x.take", "--json")
    assert "the script is empty: the words were recognised from the sound." in json.loads(done.stdout)["notes"]
    assert not any(
        "script is empty" in note for note in json.loads(mien("generate", LINE, "-o", tmp_path / "x.take", "--json").stdout)["notes"]
    )


def test_a_video_without_sound_is_noted(take, tmp_path):
    done = mien("export", take, "-o", tmp_path / "x.mp4")
    assert "note: the video is without sound: give the recording with --audio.\n" in done.stdout
    assert "without sound" not in mien("export", take, "-o", tmp_path / "x.csv").stdout


def test_a_take_cannot_steer_the_terminal(take):
    done = mien("inspect", take)
    assert done.returncode == 0
    assert done.stdout.replace("\n", "").isprintable()
    assert "second line" in done.stdout
    assert not any(line.startswith("second") for line in done.stdout.splitlines())
    done = mien("inspect", take, "--json")
    assert done.stdout.replace("\n", "").isascii()
    assert done.stdout.replace("\n", "").isprintable()
    assert json.loads(done.stdout)["version"].startswith("\x1b]0;owned")


def test_a_picture_in_a_home_that_cannot_be_written_to(take, tmp_path):
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(nowhere))
    done = mien("export", take, "-o", tmp_path / "x.plot.png", MPLCONFIGDIR=str(nowhere / "matplotlib"), **homes)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "x.plot.png").read_bytes().startswith(b"\x89PNG")
