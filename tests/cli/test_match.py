"""``mien match`` as it is typed, and its file in the hands of ``generate`` and ``export``."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from backend.errors import DirectionError, FaceError, InputError, MienError
from backend.face.match import read_matching
from backend.take import Take
from tests.cli.running import mien
from tests.conftest import ROOT
from tests.exporters.readers import read_glb
from tests.exporters.takes import random_take

LINE = ROOT / "samples" / "line.flac"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("characters")
    command = [sys.executable, "-m", "tests.exporters.test_characters", made]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    (made / "line.take").write_bytes(random_take(12, "30").to_bytes())
    return made


def sections(text):
    return {title: [line.strip() for line in block.strip().split("\n")] for title, block in re.findall(SECTION, text)}


SECTION = r"(?m)^(\w.*) \(\d+\)((?:\n    .*)+)"


def test_what_is_matched_guessed_and_missing_is_told_apart(folder, tmp_path):
    said = sections(mien("match", folder / "typos.blend"))
    assert {line.split("  ")[0] for line in said["Matched"]} == {"eyeBlinkLeft <- eyeBlinkLeft", "eyeBlinkRight <- eyeBlinkRight"}
    assert {line.split("  ")[0] for line in said["Perhaps (nothing was changed)"]} == {
        "jawOpen <- jawOpn",
        "mouthSmileLeft <- mouthSmlieLeft",
        "mouthSmileRight <- mouthSmlieRight",
    }
    assert "Fat" in said["Shapes that stay still"]
    assert {"cheekPuff", "jawOpen"} <= set(said["Missing channels"])
    assert "Guessed, and accepted" not in said
    guessed = sections(mien("match", folder / "typos.blend", "--guess"))
    assert len(guessed["Guessed, and accepted"]) == 3
    assert all(re.search(r"  0\.[78]\d guessed$", line) for line in guessed["Guessed, and accepted"])
    assert "jawOpen" not in guessed["Missing channels"]
    assert "Perhaps (nothing was changed)" not in guessed


def test_machines_get_one_object_and_the_file_says_the_same(folder, tmp_path):
    path = tmp_path / "new" / "hero.toml"
    told = json.loads(mien("match", folder / "jaw.blend", "-o", path, "--json"))
    found = read_matching(path)
    assert told["bones"]["jaw"] == ["jawOpen", "jawLeft", "jawRight"]
    assert set(told["bones"]) == set(found.bones) == {"Head", "eye.L", "eye.R", "jaw"}
    assert told["matched"]["mouthSmileLeft"] == {"mouthSmile": 0.5}
    assert told["missing"] == list(found.unmatched_channels)
    assert told["score"] == pytest.approx(found.score)
    assert (told["output"], told["guessed"], told["still"]) == (str(path), {}, [])


def test_a_matching_goes_from_mesh_to_mesh_and_into_the_file(folder, tmp_path):
    path, made = tmp_path / "hero.toml", tmp_path / "hero.glb"
    mien("match", folder / "arkit.glb", "-o", path)
    text = path.read_text("utf-8")
    assert '[meshes."LowerTeeth".shapes]\n"jawRight" = { "teeth_shapes.jawRight" = 1.0 }' in text
    # The teeth are to follow the jaw but half the way, and the face's own mouth not at all.
    text = text.replace('"jawOpen" = { "teeth_shapes.jawOpen" = 1.0 }', '"jawOpen" = { "teeth_shapes.jawOpen" = 0.5 }')
    path.write_text(text.replace('"jawOpen" = { "JawOpen" = 1.0 }', "jawOpen = {}"), "utf-8")
    mien("export", folder / "line.take", "--head", folder / "arkit.glb", "--matching", path, "-o", made)
    shapes, motion = read_glb(made)["shapes"], Take.read(folder / "line.take").motion
    assert np.abs(shapes["LowerTeeth"]["teeth_shapes.jawOpen"] - 0.5 * motion["jawOpen"]).max() < 1e-3
    assert np.abs(shapes["Face"]["JawOpen"]).max() == 0
    assert np.abs(shapes["Face"]["MouthPucker"] - motion["mouthPucker"]).max() < 1e-3


def test_a_line_is_performed_with_it(folder, tmp_path):
    path, made, take = tmp_path / "hero.toml", tmp_path / "hero.glb", tmp_path / "line.take"
    mien("match", folder / "typos.blend", "--guess", "-o", path)
    words = ["generate", LINE, "--head", folder / "typos.blend", "-o", made, "-o", take]
    mien(*words, "--matching", path)
    motion = Take.read(take).motion
    assert np.ptp(motion["jawOpen"]) > 0.1
    assert np.abs(read_glb(made)["shapes"]["Face"]["jawOpn"] - motion["jawOpen"]).max() < 1e-3


SLIPS = {
    "no such rig": (["match", "HEAD", "--rig", "arkid"], MienError, "did you mean 'arkit'"),
    "another ending": (["match", "HEAD", "-o", "a.fbx"], DirectionError, r"end 'a\.fbx' in \.toml"),
    "no head": (["match", "none.blend"], FaceError, "there is no head at"),
    "not a head": (["match", "TAKE"], FaceError, "no head that Mien can open"),
    "nothing to move": (["match", "BARE", "-o", "a.toml"], FaceError, "neither shapes nor bones"),
    "no head beside it": (["export", "TAKE", "-o", "a.glb", "--matching", "x.toml"], DirectionError, "--head"),
    "no matching": (["export", "TAKE", "-o", "a.glb", "--head", "HEAD", "--matching", "x.toml"], FaceError, "there is no matching"),
    "a matching that is none": (["generate", "LINE", "-o", "a.glb", "--head", "HEAD", "--matching", "TAKE"], FaceError, "cannot be read"),
    "written over": (["match", "TOML", "-o", "TOML"], InputError, "would be written over"),
}


@pytest.mark.parametrize(("words", "error", "message"), SLIPS.values(), ids=SLIPS)
def test_slips(words, error, message, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {"HEAD": "jaw.blend", "BARE": "bare.blend", "TAKE": "line.take", "TOML": "a.toml"}
    with pytest.raises(error, match=message) as told:
        mien(*(LINE if word == "LINE" else folder / places[word] if word in places else word for word in words))
    assert "\n" not in str(told.value)
    assert not list(tmp_path.iterdir())
