"""``mien flame`` as it is typed."""

import json
import os
import pickle
from functools import partial

import pytest

from backend.errors import DirectionError, FlameError, MissingError
from tests.cli import running
from tests.face.flame.synthetic import as_flame_holds_it, small

mien = partial(running.mien, "flame")


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("MIEN_FLAME", raising=False)


def test_named_said_and_forgotten(tmp_path):
    with pytest.raises(MissingError, match=r"`mien flame FOLDER`"):
        mien()
    (tmp_path / "generic_model.pkl").write_bytes(pickle.dumps(as_flame_holds_it(small(identities=100, expressions=50))))
    assert "100 identity and 50 expression components" in mien(tmp_path)
    told = json.loads(mien("--json"))
    assert (told["identity"], told["expression"], told["model"]) == (100, 50, str(tmp_path))
    mien("--forget")
    with pytest.raises(MissingError):
        mien()


def test_slips_and_malice(tmp_path):
    with pytest.raises(FlameError):
        mien(tmp_path / "nowhere")
    with pytest.raises(DirectionError, match="not both"):
        mien(tmp_path, "--forget")

    class Malice:
        def __reduce__(self):
            return os.system, (f"touch '{tmp_path / 'ran'}'",)

    (tmp_path / "generic_model.pkl").write_bytes(pickle.dumps({"v_template": Malice()}))
    with pytest.raises(FlameError):
        mien(tmp_path)
    assert not (tmp_path / "ran").exists()
