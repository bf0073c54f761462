"""A running service is found; what only looks like one is not."""

import json
import os
import subprocess
import sys

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from addon.bridge import ServiceError, find
from addon.bridge.finding import API, OLDEST, check_version
from addon.bridge.places import _usual, alive, make_folder, read_json, state_folder, write_json
from backend.service.state import state_folder as the_services
from backend.version import VERSION
from tests.bridge.playing import playing


def dead_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_running_service_is_found_by_its_file_and_by_the_variable(player, state, monkeypatch, tmp_path):
    assert find(state).hello()["name"] == "mien"
    assert find(str(state)).hello()["name"] == "mien"
    assert find().hello()["name"] == "mien"
    monkeypatch.setenv("MIEN_STATE", str(tmp_path / "elsewhere"))
    assert find() is None


def test_nothing_is_found_where_nothing_is(state, tmp_path):
    assert find(state) is None
    assert find(tmp_path / "no folder") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"pid": None},
        {"pid": "1"},
        {"pid": 0},
        {"pid": -1},
        {"pid": True},
        {"pid": 2**40},
        {"port": 0},
        {"port": 70000},
        {"port": None},
        {"token": ""},
        {"token": None},
        {"token": "a\r\nX: b"},
        {"token": "ö"},
        {"token": "wrong"},
    ],
    ids=str,
)
def test_a_file_that_leads_nowhere_is_nothing(player, state, changed):
    player.write_address(state, **changed)
    assert find(state) is None


def test_a_file_left_behind_is_nothing(player, state):
    player.write_address(state, pid=dead_pid())
    assert find(state) is None
    player.write_address(state)
    player.shutdown()
    player.server_close()
    assert find(state) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 60_000, b"{" + b" " * 100_000 + b"}"])
def test_a_file_that_cannot_be_read_is_nothing(player, state, text):
    (state / "service.json").write_bytes(text)
    assert find(state) is None


def test_a_port_that_another_program_has_taken_is_nothing(player, state):
    player.instead["GET /v1/hello"] = lambda handler: handler.json({"name": "jupyter"})
    assert find(state) is None
    player.instead["GET /v1/hello"] = lambda handler: handler.send(b"<html>")
    assert find(state) is None


@pytest.mark.skipif(os.name != "posix", reason="a Windows profile is closed to other users as it is")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o660])
def test_a_file_that_others_can_read_or_write_is_not_trusted(player, state, mode):
    (state / "service.json").chmod(mode)
    with pytest.raises(ServiceError, match="does not trust it") as caught:
        find(state)
    assert (caught.value.code, caught.value.fix["kind"]) == ("state", "open_folder")
    assert player.seen == []  # the token went nowhere


@pytest.mark.skipif(os.name != "posix", reason="a Windows profile is closed to other users as it is")
def test_a_file_of_somebody_else_is_not_trusted(player, state, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(ServiceError, match="belongs to somebody else"):
        find(state)


@pytest.mark.skipif(os.name != "posix", reason="links need a right on Windows")
def test_a_link_is_not_followed_and_a_pipe_not_waited_for(player, state, tmp_path):
    (state / "service.json").rename(tmp_path / "real.json")
    (state / "service.json").symlink_to(tmp_path / "real.json")
    assert find(state) is None
    (state / "service.json").unlink()
    os.mkfifo(state / "service.json", 0o600)
    assert find(state) is None


@pytest.mark.parametrize(
    ("api", "version", "side"),
    [
        (2, VERSION, "addon"),
        (0, VERSION, "mien"),
        (None, VERSION, "mien"),
        (True, VERSION, "addon"),
        (1, "0.0.9", "mien"),
        (1, "x", "mien"),
        (1, None, "mien"),
    ],
)
def test_another_version_is_told_with_the_side_to_update(player, state, api, version, side):
    player.instead["GET /v1/hello"] = lambda handler: handler.json({"name": "mien", "api": api, "version": version})
    with pytest.raises(ServiceError) as caught:
        find(state)
    assert (caught.value.code, caught.value.fix) == ("version", {"kind": "update", "what": side})
    assert ("Update Mien." in caught.value.message) == (side == "mien")


def test_this_mien_fits_this_bridge():
    check_version(API, VERSION)
    check_version(API, "12.34.56+local")
    assert tuple(int(number) for number in VERSION.split(".")[:2]) >= OLDEST


@pytest.mark.parametrize(
    "environment", [{}, {"XDG_STATE_HOME": "/somewhere/else"}, {"XDG_STATE_HOME": "not/absolute"}, {"XDG_STATE_HOME": ""}]
)
def test_bridge_and_service_agree_where_the_state_is(monkeypatch, environment):
    monkeypatch.delenv("MIEN_STATE")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert state_folder() == the_services() == platformdirs.user_state_path("mien", appauthor=False)
    for platform, dirs in (("linux", Unix), ("darwin", MacOS)):
        assert str(_usual(platform, os.environ) / "mien") == dirs("mien", appauthor=False).user_state_dir
    monkeypatch.setenv("MIEN_STATE", "/chosen")
    assert state_folder() == the_services()
    assert str(state_folder("/given")) == "/given"


def test_on_windows_the_state_is_where_its_programs_keep_theirs(monkeypatch):
    windows = pytest.importorskip("platformdirs.windows")
    local = {"LOCALAPPDATA": r"C:\Users\Ö\AppData\Local"}
    monkeypatch.setattr(windows, "_resolve_win_folder", windows.get_win_folder_from_env_vars)
    monkeypatch.setenv("LOCALAPPDATA", local["LOCALAPPDATA"])
    theirs = windows.Windows("mien", appauthor=False).user_state_dir
    assert str(_usual("win32", local) / "mien").replace("/", "\\") == theirs.replace("/", "\\")


def test_the_folder_and_what_is_in_it_are_the_users_alone(tmp_path):
    folder = make_folder(tmp_path / "a" / "b")
    write_json(folder / "x.json", {"ä": 1})
    assert read_json(folder / "x.json", secret=True) == {"ä": 1}
    assert [path.name for path in folder.iterdir()] == ["x.json"]
    if os.name == "posix":
        assert (folder.stat().st_mode & 0o777, (folder / "x.json").stat().st_mode & 0o777) == (0o700, 0o600)
        folder.chmod(0o755)
        assert make_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError) as caught:
        make_folder(tmp_path / "file" / "state")
    assert (caught.value.code, caught.value.fix["kind"]) == ("state", "open_folder")


def test_half_a_file_is_never_written(tmp_path):
    write_json(tmp_path / "x.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", {"a": object()})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_the_living_are_told_from_the_dead():
    assert alive(os.getpid())
    assert not alive(dead_pid())
    assert not alive(1 << 62)


def test_two_services_are_not_confused(player, state, tmp_path):
    with playing() as other:
        other.write_address(tmp_path / "other")
        assert find(tmp_path / "other")._link.address.port == other.port
        assert find(state)._link.address.port == player.port
