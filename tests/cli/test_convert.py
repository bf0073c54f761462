"""``mien convert`` as it is typed."""

import json
import pickle

import numpy as np
import pytest

from backend.errors import DirectionError, FaceError, InputError, MissingError, TakeError
from backend.face.convert import convert
from backend.face.vertices import read_npz
from backend.take import Take
from tests.cli.running import mien
from tests.conftest import ROOT
from tests.face.flame.synthetic import as_flame_holds_it, synthetic

LINE, SCRIPT = ROOT / "samples" / "line.flac", ROOT / "samples" / "line.txt"


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    path = tmp_path_factory.mktemp("take") / "line.take"
    mien("generate", LINE, "--script-file", SCRIPT, "--generator", "rules", "-e", "sad:0.6", "-o", path)
    return path


def test_onto_another_rig_and_written_as_anything(line, tmp_path):
    told = json.loads(mien("convert", line, "--rig", "metahuman", "-o", tmp_path / "m.take", "-o", tmp_path / "m.csv", "--json"))
    before, after = Take.read(line), Take.read(tmp_path / "m.take")
    assert (after.motion.rig.name, after.direction.rig, told["rig"]) == ("metahuman", "metahuman", "metahuman")
    assert (after.words, after.phones, after.sound) == (before.words, before.phones, before.sound)
    np.testing.assert_array_equal(after.motion.values, convert(before.motion, "metahuman").values)
    assert any(".csv files carry rig 'arkit'" in note for note in told["notes"])
    assert (tmp_path / "m.csv").read_text().count("\n") == before.motion.frames + 1


def test_a_line_is_performed_on_a_rig_as_it_is_converted(line, tmp_path):
    asked = ("--generator", "rules", "-e", "sad:0.6", "--rig", "ctrl_expressions")  # which performs on arkit
    mien("generate", LINE, "--script-file", SCRIPT, *asked, "-o", tmp_path / "made.take")
    mien("convert", line, "--rig", "ctrl_expressions", "-o", tmp_path / "moved.take")
    made, moved = (Take.read(tmp_path / f"{name}.take") for name in ("made", "moved"))
    np.testing.assert_array_equal(made.motion.values, moved.motion.values)


def test_to_vertices_and_back(line, tmp_path):
    mien("convert", line, "--rig", "vertices", "-o", tmp_path / "v.npz")
    said = mien("convert", tmp_path / "v.npz", "-o", tmp_path / "back.take", "-o", tmp_path / "back.plot.png", "-o", tmp_path / "back.csv")
    assert "to within 0.0" in said
    before, after = Take.read(line).motion, Take.read(tmp_path / "back.take").motion
    assert after.rate == before.rate
    for name in ("jawOpen", "mouthPucker", "mouthFrownLeft", "headYaw", "leftEyePitch"):
        np.testing.assert_allclose(after[name], before[name], atol=0.02, err_msg=name)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["LINE", "--rig", "metahumen", "-o", "x.take"], DirectionError, "did you mean 'metahuman'"),
        (["LINE", "--rig", "vertices", "-o", "x.take"], DirectionError, r"vertices are written as \.npz"),
        (["none.take", "-o", "x.take"], TakeError, "none.take"),
        (["none.npz", "-o", "x.take"], FaceError, "there is no file"),
        (["v.npz", "--rig", "vertices", "-o", "x.npz"], DirectionError, "holds vertices already"),
        (["LINE", "-o", "LINE"], InputError, "would be written over"),
    ],
)
def test_slips(line, tmp_path, monkeypatch, words, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        mien("convert", *(str(line) if word == "LINE" else word for word in words))
    assert not list(tmp_path.iterdir())


def test_on_the_artists_own_flame_model(line, tmp_path, monkeypatch):
    """A synthetic head of FLAME's size stands in for the licensed one."""
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("MIEN_FLAME", raising=False)
    with pytest.raises(MissingError, match="mien flame FOLDER"):
        mien("convert", line, "--rig", "flame", "--flame", "-o", tmp_path / "x.take")
    model = synthetic(100, 50)
    (tmp_path / "generic_model.pkl").write_bytes(pickle.dumps(as_flame_holds_it(model)))
    assert "follow" in mien("flame", tmp_path)
    mien("convert", line, "--rig", "vertices", "--flame", "-o", tmp_path / "v.npz")
    found = read_npz(tmp_path / "v.npz")
    take = Take.read(line)
    assert found.positions.shape == (take.motion.frames, 5023, 3)
    # Its chin follows the jaw that opens.
    moved = np.linalg.norm(found.positions - found.positions[0], axis=2)
    chin = np.abs(model.weights[:, 2] - 1).argmin()
    assert np.corrcoef(moved[:, chin], take.motion["jawOpen"])[0, 1] > 0.5
    for words in (["--rig", "arkit"], ["--rig", "flame", "--face", "head.npz"]):
        with pytest.raises((DirectionError, InputError), match=r"--flame goes with|head\.npz"):
            mien("convert", line, *words, "--flame", "-o", tmp_path / "y.take")
