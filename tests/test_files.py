"""Where results may be written, found out before and after the work."""

import errno
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from backend.errors import OutputError
from backend.files import check_writable, write_atomically


def write(path: Path) -> None:
    write_atomically(path, b"new")


BOTH = pytest.mark.parametrize("act", [check_writable, write], ids=["before", "after"])


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@BOTH
@pytest.mark.parametrize("name", ["a.take", "new/folder/a.take", "räkning 台詞.take", "n" * 250 + ".take"])
def test_what_can_be_written_is_writable(tmp_path, monkeypatch, act, name):
    act(tmp_path / name)
    assert tree(tmp_path) == ([] if act is check_writable else tree(tmp_path))
    monkeypatch.chdir(tmp_path)
    act(Path(name))
    if act is write:
        assert (tmp_path / name).read_bytes() == b"new"
        assert [path.name for path in (tmp_path / name).parent.iterdir()] == [Path(name).name]


REFUSED = {
    "a folder": "is a directory. Give the name of a file in it",
    "file/a.take": "what should be its folder is a file",
    "file/new/a.take": "what should be its folder is a file",
    "n" * 256 + ".take": "file name too long. Give it a shorter name",
    "new/" + "n" * 256 + "/a.take": "file name too long. Give it a shorter name",
    "pipe": "is a pipe or a device",
    "link to pipe": "is a pipe or a device",
    "socket": "is a pipe or a device",
    "circle": "too many levels of symbolic links",
}


@BOTH
@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name[:16])
def test_what_cannot_be_written_is_told_and_left_alone(tmp_path, monkeypatch, act, name):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    (tmp_path / "a folder").mkdir()
    (tmp_path / "file").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link to pipe").symlink_to("pipe")
    (tmp_path / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=REFUSED[name]) as refusal:
        act(tmp_path / name)
    assert str(refusal.value).startswith(f"cannot write {tmp_path / name}: ")
    assert tree(tmp_path) == before or name.startswith("new")
    assert (tmp_path / "file").read_text() == "old"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert not list(tmp_path.rglob("*.part"))


@BOTH
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no folder that even its administrator cannot write to")
def test_a_folder_that_takes_no_files(act):
    for name in ("/proc/a.take", "/proc/new/a.take"):
        with pytest.raises(OutputError, match=f"cannot write {name}: .* Choose another folder"):
            act(Path(name))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_without_leave_or_room(tmp_path, monkeypatch, number):
    def refuse(**_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(OutputError, match=f"(?i){os.strerror(number)}.*another folder"):
        check_writable(tmp_path / "a.take")


def test_a_folder_that_may_not_be_searched(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(OutputError, match=r"permission denied\. Choose another folder"):
        check_writable(tmp_path / "closed" / "a.take")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_leads_to_the_new_file(tmp_path, there):
    target, link = tmp_path / "kept here" / "a.take", tmp_path / "a.take"
    target.parent.mkdir()
    if there:
        target.write_text("old")
    link.symlink_to("kept here/a.take")
    check_writable(link)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert not target.is_symlink()
    assert tree(tmp_path) == ["a.take", "kept here", "kept here/a.take"]
