"""What the process that holds Blender may leave behind, and what is said then."""

import json
from collections import namedtuple

import pytest

import exporters.blender as blender
from backend.errors import FaceError, OutputError
from exporters import Options
from exporters.blender import through_blender
from tests.exporters.takes import random_take

Usage = namedtuple("Usage", "total used free")


def leave(monkeypatch, code=0, free=1 << 40, **files):
    """Have a process that writes these files and ends."""

    def run(folder, progress):
        (folder / "log").write_text("Blender 5.0\nits last words\n")
        for name, content in files.items():
            (folder / name.replace("_", ".")).write_text(content)
        return code

    monkeypatch.setattr(blender, "_run", run)
    monkeypatch.setattr(blender.shutil, "disk_usage", lambda _: Usage(1, 1, free))


HALF = {
    "error": {"error_json": '{"kind": "FaceErr'},
    "nothing of the error": {"error_json": ""},
    "notes": {"notes_json": '["a', "result": "x"},
    "no notes": {"result": "x"},
    "no result": {"notes_json": "[]"},
    "nothing": {},
}


@pytest.mark.parametrize("name", HALF)
@pytest.mark.parametrize("code", [0, 1])
def test_what_a_full_disk_cut_off_is_no_fault(monkeypatch, name, code):
    leave(monkeypatch, code, free=0, **HALF[name])
    with pytest.raises(OutputError, match="is full. Free some space for temporary files, or set TMPDIR") as refusal:  # noqa: RUF043
        through_blender(random_take(), Options(), ".fbx")
    assert "\n" not in str(refusal.value)
    leave(monkeypatch, code, **HALF[name])
    with pytest.raises(OutputError, match=f"Blender stopped with code {code} before the .fbx file was written: its last words"):
        through_blender(random_take(), Options(), ".fbx")


def test_whole_answers_are_passed_on(monkeypatch):
    leave(monkeypatch, notes_json='["one note"]', result="bytes")
    notes = []
    assert through_blender(random_take(), Options(note=notes.append), ".fbx") == b"bytes"
    assert notes == ["one note"]
    leave(monkeypatch, error_json=json.dumps({"kind": "FaceError", "message": "no face."}))
    with pytest.raises(FaceError, match=r"no face\."):
        through_blender(random_take(), Options(), ".fbx")


def test_a_folder_for_temporary_files_that_cannot_be_used_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match=r"no such file or directory\. Free some space for temporary files, or set TMPDIR"):
        through_blender(random_take(), Options(), ".fbx")
