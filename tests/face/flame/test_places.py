"""A folder named once is known the next time."""

import json
import pickle

import pytest

from backend.errors import FlameError, MissingError, OutputError
from backend.face.flame.places import forget, remember, remembered, settings_file, users_flame
from tests.face.flame.synthetic import as_flame_holds_it, small


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("MIEN_FLAME", raising=False)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "FLAME 2020 – mine"
    path.mkdir()
    (path / "generic_model.pkl").write_bytes(pickle.dumps(as_flame_holds_it(small(identities=100, expressions=50))))
    return path


def test_named_once(folder):
    assert remembered() is None
    with pytest.raises(MissingError, match="name its folder once with `mien flame FOLDER`, or set MIEN_FLAME"):
        users_flame()
    assert remember(folder) == folder / "generic_model.pkl"
    assert remembered() == folder
    assert users_flame().name == "generic_model"
    forget()
    assert remembered() is None


def test_a_relative_path_is_remembered_whole(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    remember(folder.relative_to(folder.parent))
    monkeypatch.chdir("/")
    assert users_flame().name == "generic_model"


def test_the_environment_comes_first(folder, monkeypatch, tmp_path):
    remember(folder)
    monkeypatch.setenv("MIEN_FLAME", str(tmp_path / "elsewhere"))
    assert remembered() == tmp_path / "elsewhere"
    with pytest.raises(FlameError, match=r"no FLAME model at .*It was named as the FLAME model to use"):
        users_flame()


def test_what_is_no_model_is_not_remembered(folder, tmp_path):
    (folder / "generic_model.pkl").write_bytes(b"no")
    with pytest.raises(FlameError):
        remember(folder)
    with pytest.raises(FlameError):
        remember(tmp_path / "nowhere")
    assert remembered() is None
    assert not settings_file().exists()


def test_other_settings_are_kept_and_damage_is_survived(folder):
    settings_file().parent.mkdir()
    settings_file().write_text(json.dumps({"smpl": "/somewhere"}))
    remember(folder)
    assert json.loads(settings_file().read_text("utf-8")) == {"smpl": "/somewhere", "flame": str(folder)}
    for damage in ("{", "[]", '{"flame": 3}', "\xff"):
        settings_file().write_text(damage, "latin-1")
        assert remembered() is None


def test_a_place_that_cannot_be_written(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "file"))
    with pytest.raises(OutputError):
        remember(folder)
