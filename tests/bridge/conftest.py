"""A played service, and a bridge that found it."""

import os
import wave
from pathlib import Path

import pytest

from addon.bridge import find
from tests.bridge.playing import playing


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """No test finds, starts or disturbs the user's own service, and none goes through a proxy."""
    monkeypatch.setenv("MIEN_STATE", str(tmp_path / "state"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture
def state(tmp_path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def player(state):
    with playing() as server:
        server.write_address(state)
        yield server


@pytest.fixture
def service(player, state):
    found = find(state)
    assert found is not None
    player.seen.clear()
    return found


@pytest.fixture
def recording(tmp_path) -> Path:
    """One second of silence, with a name that has everything."""
    path = tmp_path / "Zeile 1 & ö 台詞?.wav"
    with wave.open(os.fspath(path), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(32000))
    return path
