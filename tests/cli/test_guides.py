"""``mien generate --text --image``, as it is typed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli.generate import guides_given
from backend.cli.report import Report
from backend.errors import InputError
from backend.perform import perform
from backend.take import Take
from tests.conftest import ROOT

LINE, SCRIPT = ROOT / "samples" / "line.flac", ROOT / "samples" / "line.txt"


def generate(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", "from backend.cli.main import run; run()", "generate", LINE, "--script-file", SCRIPT]
    return subprocess.run([*command, *map(str, words)], capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ})


@pytest.fixture
def photo(tmp_path):
    import matplotlib

    return Path(shutil.copy(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg", tmp_path / "a photo.jpg"))


def test_texts_and_pictures_guide_and_the_picture_is_needed_no_more(photo, tmp_path):
    pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")
    told = ["--text", "furious, teeth clenched:0.8@2.0-3.5", "--image", f"{photo}:0.5@1-", "-e", "happy:0.3", "--seed", "4"]
    done = generate(*told, "-o", tmp_path / "a.take")
    assert done.returncode == 0, done.stderr
    take = Take.read(tmp_path / "a.take")
    happy, text, image = take.direction.guides
    assert (happy.kind, text.kind, image.kind) == ("label", "text", "image")
    assert (text.value, text.weight, text.start, text.end) == ("furious, teeth clenched", 0.8, 2.0, 3.5)
    assert (image.value, image.weight, image.start, len(image.features)) == ("a photo.jpg", 0.5, 1.0, 52)
    assert str(tmp_path).encode() not in (tmp_path / "a.take").read_bytes()
    assert take.emotion.labels == ("happy", '"furious, teeth clenched"', "[a photo.jpg]")
    # From the direction in the take, without the file.
    photo.unlink()
    again = perform(LINE, take.direction, SCRIPT.read_text("utf-8")).take
    assert again.to_bytes() == (tmp_path / "a.take").read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--image", "nowhere.png"], "cannot read a picture from nowhere.png: no such file"),
        (["--image", "README.md"], "damaged, or of an unknown kind"),
        (["--image", "nowhere.png:7"], "weight 7"),
        (["--text", "at 5:30"], "write :1 behind it"),
        (["--text", "sad@3-1"], "from 3 s to 1 s"),
    ],
)
def test_what_cannot_guide_is_told(words, says):
    kind, value = words
    with pytest.raises(InputError, match=says):
        guides_given([], [value] if kind == "--text" else [], [value] if kind == "--image" else [], "rules", Report(True))
