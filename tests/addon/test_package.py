"""The extension's zip: complete, the same each time, accepted by Blender's own validator, importable as an extension."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from addon.package import files, main, package
from tests.conftest import ROOT

ADDON = ROOT / "addon"

pytestmark = pytest.mark.skipif(not (ADDON / "blender_manifest.toml").exists(), reason="the manifest is not written yet")


def test_the_same_sources_give_the_same_bytes(tmp_path):
    first = package(tmp_path / "a")
    copied = tmp_path / "copy"
    shutil.copytree(ADDON, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for file in copied.rglob("*"):
        os.utime(file, (0, 1e9))
        if file.is_file():
            file.chmod(0o600)
    (copied / "bridge" / "__pycache__").mkdir()
    (copied / "bridge" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    (copied / "unreal").mkdir(exist_ok=True)
    (copied / "unreal" / "plugin.py").write_text("x")
    (copied / "blender" / ".hidden").write_text("x")
    assert package(tmp_path / "b", copied).read_bytes() == first.read_bytes()
    assert [file.name for file in (tmp_path / "a").iterdir()] == [first.name]


def test_what_is_inside(tmp_path):
    made = package(tmp_path)
    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text("utf-8"))
    assert made.name == f"{manifest['id']}-{manifest['version']}.zip"
    with zipfile.ZipFile(made) as packed:
        names = packed.namelist()
        assert packed.testzip() is None
        for name in names:
            assert packed.read(name) == (ADDON / name).read_bytes()
    assert {"__init__.py", "blender_manifest.toml", "bridge/__init__.py", "blender/__init__.py", "blender/characters/__init__.py"} <= set(
        names
    )
    assert all(name.split("/")[0] in ("__init__.py", "blender_manifest.toml", "LICENSE", "blender", "bridge") for name in names)
    sources = {file.relative_to(ADDON).as_posix() for folder in ("blender", "bridge") for file in (ADDON / folder).rglob("*.py")}
    assert sources <= set(names)
    assert len(list(files())) == len(names) == len(set(names))


def test_blender_accepts_it(tmp_path):
    bpy = pytest.importorskip("bpy")
    found = sorted(Path(bpy.utils.resource_path("LOCAL")).rglob("bl_pkg/cli/blender_ext.py"))
    if not found:
        pytest.skip("this Blender comes without its extensions' command line")
    made = package(tmp_path)
    # The validator is Blender's own, run as `blender --command extension validate` runs it.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(found[0]), "validate", str(made)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in (done.stdout + done.stderr).lower()


def test_it_is_imported_under_any_name_without_blender(tmp_path):
    """Blender imports it as bl_ext.REPOSITORY.mien; its bridge needs no bpy."""
    with zipfile.ZipFile(package(tmp_path)) as packed:
        packed.extractall(tmp_path / "bl_ext" / "user" / "mien")
    code = "import sys; sys.modules['bpy'] = None; import bl_ext.user.mien.bridge.double as d; print(len(d.Double().rigs()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.stdout.strip() == "2", done.stderr


def test_the_command(tmp_path, capsys):
    assert main(["-o", str(tmp_path / "new folder")]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()
    (tmp_path / "file").write_text("")
    assert main(["-o", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("Error: ")


def test_sources_without_a_manifest_are_refused(tmp_path):
    with pytest.raises(ValueError, match="manifest"):
        package(tmp_path / "out", tmp_path)
