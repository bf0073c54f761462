"""The command as a user meets it: in a process of its own."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from backend.take import Take
from tests.conftest import ROOT

LINE, SCRIPT = ROOT / "samples" / "line.flac", ROOT / "samples" / "line.txt"


@pytest.fixture
def mien():
    def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-c", "from backend.cli.main import run; run()", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, **environment})

    return run


def test_a_line_becomes_a_take(mien, tmp_path):
    path = tmp_path / "a take.take"
    done = mien(
        "generate", LINE, "--script-file", SCRIPT, "-e", "happy:0.8", "-e", "sad:1@2.0-3.5", "--fps", "29.97", "--seed", "5", "-o", path
    )
    assert done.returncode == 0, done.stderr
    assert "wrote" in done.stdout
    take = Take.read(path)
    assert take.direction.seed == 5
    assert take.motion.duration == pytest.approx(5.0, abs=1 / 29)
    assert [w.text for w in take.words][:3] == ["you", "came", "back"]
    assert [g.value for g in take.direction.guides] == ["happy", "sad"]


def test_same_words_same_bytes(mien, tmp_path):
    paths = [tmp_path / "1.take", tmp_path / "2.take", tmp_path / "3.take"]
    for path, seed, folder in zip(paths, (1, 1, 2), ("a", "b", "c"), strict=True):
        assert mien("generate", LINE, "--seed", seed, "-e", "angry", "-o", path, MIEN_CACHE=str(tmp_path / folder)).returncode == 0
    one, two, three = (path.read_bytes() for path in paths)
    assert one == two != three


def test_json_is_all_there_is_on_stdout(mien, tmp_path):
    done = mien("generate", LINE, "--script", "You came back!", "-o", tmp_path / "x.take", "-o", tmp_path / "x.csv", "--json")
    told = json.loads(done.stdout)
    assert done.stderr == ""
    assert told["outputs"] == [str(tmp_path / "x.take"), str(tmp_path / "x.csv")]
    assert set(told["seconds"]) >= {"listen", "feel", "perform", "write .take", "write .csv"}
    assert told["frames"] == 151
    assert "leaves out what is said" in told["notes"][0]  # three words for five seconds of speech


def test_inspect_export_emotions_and_doctor(mien, tmp_path):
    take = tmp_path / "x.take"
    mien("generate", LINE, "-e", "fear:0.5", "-o", take)
    shown = mien("inspect", take)
    assert "fear:0.5" in shown.stdout
    assert "jawOpen" in shown.stdout
    plain = json.loads(mien("inspect", take, "--json").stdout)
    assert plain["channels"]["jawOpen"]["high"] > 0.1
    assert mien("export", take, "-o", tmp_path / "y.csv", "-o", tmp_path / "z.take").returncode == 0
    assert (tmp_path / "z.take").read_bytes() == take.read_bytes()
    assert "happy" in mien("emotions").stdout
    doctor = json.loads(mien("doctor", "--json").stdout)
    assert all(finding["well"] for finding in doctor["findings"] if finding["required"])


def test_a_head_without_a_file_that_carries_it_is_noted(mien, tmp_path):
    done = mien("generate", LINE, "--head", ROOT / "README.md", "-o", tmp_path / "x.csv", "--json")
    assert "your head was not used" in json.loads(done.stdout)["notes"][0]


def test_export_wants_the_take_s_own_recording(mien, tmp_path):
    take, other = tmp_path / "x.take", tmp_path / "other.wav"
    mien("generate", LINE, "-o", take)
    soundfile.write(other, np.zeros(16000), 16000)
    done = mien("export", take, "--audio", other, "-o", tmp_path / "y.plot.png")
    assert done.returncode == 2
    assert "not the recording this take was made from (line.flac)" in done.stderr


BAD = {
    "missing": (["nowhere.wav"], "no recording at nowhere.wav"),
    "unknown label": ([LINE, "-e", "hapy"], "did you mean 'happy'"),
    "weight": ([LINE, "-e", "happy:7"], "from 0 to 2"),
    "late": ([LINE, "-e", "happy@50-60"], "only 5.00 s long"),
    "intensity": ([LINE, "--intensity", "3"], "out of range"),
    "curve": ([LINE, "--intensity", "nowhere.csv"], "no such file"),
    "fps": ([LINE, "--fps", "0"], "1 to 1000"),
    "generator": ([LINE, "--generator", "rulez"], "did you mean 'rules'"),
    "rig": ([LINE, "--rig", "arkitt"], "did you mean 'arkit'"),
    "setting": ([LINE, "--set", "haed=1"], "did you mean 'head'"),
    "seed": ([LINE, "--seed", "-1"], "whole number from 0"),
    "two scripts": ([LINE, "--script", "a", "--script-file", SCRIPT], "not both"),
    "no script": ([LINE, "--script-file", "nowhere.txt"], "cannot read the script"),
    "no head": ([LINE, "--head", "nowhere.fbx"], "no head at nowhere.fbx"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_in_one_line(mien, tmp_path, name):
    words, message = BAD[name]
    done = mien("generate", *words, "-o", tmp_path / "x.take")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("mien: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_unknown_formats_are_refused_before_any_work(mien, tmp_path):
    for name, message in {"x.xyz": ".fbx", "x.png": ".sheet.png", "x": ".take"}.items():
        done = mien("generate", LINE, "-o", tmp_path / "good.take", "-o", tmp_path / name)
        assert done.returncode == 2
        assert message in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--head", "--intensity", "--script-file"])
def test_what_is_read_is_never_written_over(mien, tmp_path, option):
    path = tmp_path / "mine.csv"
    path.write_text("0,1\n")
    done = mien("generate", LINE, option, path, "-o", path)
    assert done.returncode == 2
    assert "would be written over" in done.stderr
    assert path.read_text() == "0,1\n"


def test_errors_are_json_where_json_was_asked_for(mien):
    done = mien("generate", "nowhere.wav", "-o", "x.take", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "AudioError"


def test_a_read_only_folder_and_a_damaged_take(mien, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = mien("generate", LINE, "-o", blocked / "x.take")
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    done = mien("inspect", blocked)
    assert done.returncode == 2
    assert "no take, or it is damaged" in done.stderr


def test_usage_errors_exit_with_two(mien):
    assert mien("generate").returncode == 2
    assert mien("generat").returncode == 2
    assert mien("--version").stdout.startswith("mien 0.")


def test_help_loads_nothing_heavy():
    heavy = "{'torch', 'numpy', 'scipy', 'bpy', 'parselmouth', 'matplotlib', 'av', 'soundfile'}"
    script = f"import sys; import backend.cli.main; print({heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert loaded.strip() == "set()"
