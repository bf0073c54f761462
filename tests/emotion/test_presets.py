"""Preset files as artists leave them: every kind of slip is told with the file's name, and nothing else happens."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from backend.emotion import presets
from backend.emotion.presets import emotion, emotions
from backend.errors import DirectionError
from tests.conftest import ROOT

GOOD = (ROOT / "presets" / "emotions" / "happy.toml").read_text("utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the presets that the code reads in place of the real ones."""
    copy = tmp_path / "presets"
    shutil.copytree(ROOT / "presets", copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(presets, "files", lambda _: copy)
    emotions.cache_clear()
    yield copy
    emotions.cache_clear()


def deep() -> str:
    return GOOD.replace('aliases = ["joy"', "aliases = [" + "[" * 5000 + '"joy"')


SLIPS = {
    "unknown unit": (GOOD.replace("AU12 =", "AU13 ="), "unknown action unit 'AU13'"),
    "unit in small letters": (GOOD.replace("AU12 =", "au12 ="), "did you mean 'AU12'"),
    "nan": (GOOD.replace("AU12 = 1.0", "AU12 = nan"), "AU12 is nan, where a number from 0 to 1 belongs"),
    "negative": (GOOD.replace("AU12 = 1.0", "AU12 = -0.5"), "AU12 is -0.5"),
    "huge": (GOOD.replace("AU12 = 1.0", "AU12 = 1e300"), "AU12 is 1e.300"),
    "beyond a float": (GOOD.replace("AU12 = 1.0", "AU12 = 1" + "0" * 400), "AU12 is 10"),
    "beyond Python's reading": (GOOD.replace("AU12 = 1.0", "AU12 = 1" + "0" * 5000), "cannot be used"),
    "text": (GOOD.replace("AU12 = 1.0", 'AU12 = "much"'), "AU12 is much"),
    "truth": (GOOD.replace("AU12 = 1.0", "AU12 = true"), "AU12 is True"),
    "infinite onset": (GOOD.replace("onset = 0.45", "onset = inf"), "onset is inf, where a number from 0 to 60 belongs"),
    "negative onset": (GOOD.replace("onset = 0.45", "onset = -1"), "onset is -1"),
    "missing onset": (GOOD.replace("onset = 0.45", ""), r"\[dynamics\] lacks onset"),
    "misspelt onset": (GOOD.replace("onset = 0.45", "onsett = 0.45"), "did you mean 'onset'"),
    "blink": (GOOD.replace("blink = 1.1", "blink = -1"), "blink is -1"),
    "head": (GOOD.replace("head_roll = 0.04", "head_roll = 90"), "head_roll is 90"),
    "no units": (GOOD.replace("[units]", "[unitz]"), "did you mean 'units'"),
    "units is a number": ('description = "x"\nunits = 3\n', r"needs a table \[units\]"),
    "no dynamics": (GOOD[: GOOD.index("[dynamics]")], r"needs a table \[dynamics\]"),
    "one alias without a list": (
        GOOD.replace('aliases = ["joy", "happiness", "joyful", "glad", "cheerful"]', 'aliases = "joy"'),
        "aliases",
    ),
    "description": (GOOD.replace('description = "glad, smiling with the eyes"', "description = 3"), "description"),
    "no toml": ("this is no table", "cannot be used"),
    "nested": (deep(), "cannot be used"),
    "empty": ("", "description"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_with_its_file(folder, name):
    content, message = SLIPS[name]
    (folder / "emotions" / "mine.toml").write_text(content, "utf-8")
    with pytest.raises(DirectionError, match=message) as refusal:
        emotion("happy")
    assert "mine.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", ["latin", "folder", "dangling link"])
def test_a_file_that_is_no_text_is_told(folder, kind):
    path = folder / "emotions" / "mine.toml"
    if kind == "latin":
        path.write_bytes(GOOD.replace("glad", "glädje").encode("latin-1"))
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(folder / "nowhere")
    with pytest.raises(DirectionError, match=r"mine\.toml cannot be used: (it is not UTF-8|is a directory|no such file)"):
        emotions()


def test_missing_folders_and_tables_are_told(folder):
    (folder / "action_units.toml").unlink()
    with pytest.raises(DirectionError, match=r"action_units\.toml cannot be used: no such file"):
        emotions()
    shutil.rmtree(folder / "emotions")
    with pytest.raises(DirectionError, match="no such file or directory"):
        emotions()


def test_artists_add_presets_of_their_own(folder):
    mine = GOOD.replace('"joy"', '"My Own Joy"').replace("happiness", "sad").replace("AU12 =", "AU12L =")
    (folder / "emotions" / "Mine.toml").write_text(mine, "utf-8")
    (folder / "emotions" / "._Mine.toml").write_bytes(b"\0\5\x16\7")  # macOS leaves such on other systems' disks
    assert emotion("mine") is emotion("MY OWN JOY")
    assert emotion("mine").units["AU12L"] == 1.0
    assert emotion("sad").name == "sad"  # a name goes before another's alias


def test_the_command_says_so(tmp_path):
    """With a folder of presets before Mien's own, as an edited installation has it."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    (tmp_path / "presets" / "emotions" / "bad.toml").write_text(GOOD.replace("AU12 = 1.0", "AU12 = nan"), "utf-8")
    script = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; from backend.cli.main import run; run()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def mien(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, env=environment)

    done = mien("emotions")
    assert done.returncode == 2
    assert done.stderr.startswith("mien: the emotion preset bad.toml cannot be used: AU12 is nan")
    (tmp_path / "presets" / "visemes.toml").unlink()
    done = mien("doctor", "--json")
    assert done.returncode == 2
    found = {finding["part"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert not found["emotion presets"]["well"]
    assert "bad.toml" in found["emotion presets"]["found"]
    assert not found["mouth shapes"]["well"]
    assert "visemes.toml" in found["mouth shapes"]["found"]
