"""The dispatcher: by suffix, all or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

import exporters
from backend.errors import DirectionError, OutputError
from backend.take import Take
from exporters import EXPORTERS, export, suffix_of
from exporters.options import Options
from tests.exporters.readers import read_take_by_hand
from tests.exporters.takes import random_take


def test_every_format_is_listed_without_importing_any():
    code = "import sys, exporters; list(exporters.EXPORTERS); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(exporters.__file__).parents[1]
    )
    names = loaded.stdout.split()
    assert not {"bpy", "av", "matplotlib", "PIL", "exporters.fbx", "exporters.video"} & set(names)
    assert list(EXPORTERS) == [".take", ".fbx", ".glb", ".csv", ".npz", ".mp4", ".sheet.png", ".plot.png"]
    for suffix in EXPORTERS:
        assert callable(EXPORTERS[suffix])


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.take", ".take"), ("A.CSV", ".csv"), ("x.y.sheet.png", ".sheet.png"), ("x.Plot.PNG", ".plot.png"), ("été 1.fbx.glb", ".glb")],
)
def test_the_longest_suffix_decides(name, suffix):
    assert suffix_of(Path("some.fbx") / name) == suffix


@pytest.mark.parametrize("name", ["a.wav", "a", "fbx", "a.fbx.bak"])
def test_an_unknown_suffix_names_the_known_ones(name, tmp_path):
    with pytest.raises(DirectionError) as caught:
        export(random_take(2), tmp_path / name)
    assert all(suffix in str(caught.value) for suffix in EXPORTERS)
    assert not list(tmp_path.iterdir())


def test_a_bare_png_says_which_there_are(tmp_path):
    with pytest.raises(DirectionError, match=r"\.sheet\.png or \.plot\.png"):
        export(random_take(2), tmp_path / "a.png")


def test_a_take_survives_whole(tmp_path):
    take = random_take(7, "29.97", stretch=0.4)
    path = tmp_path / "new folder" / "a b ü.take"
    export(take, path)
    again = Take.read(path)
    assert again.to_bytes() == take.to_bytes()
    head, arrays = read_take_by_hand(path.read_bytes())
    assert head["rate"] == "30000/1001"
    assert [channel[0] for channel in head["rig"]["channels"]] == list(take.motion.rig.names)
    assert (arrays["motion"] == take.motion.values).all()


class StopError(Exception):
    pass


@pytest.mark.parametrize("suffix", [".fbx", ".sheet.png", ".mp4"])
def test_an_interrupted_export_leaves_nothing_and_touches_nothing(suffix, tmp_path):
    def stop(share):
        raise StopError

    path = tmp_path / f"old{suffix}"
    path.write_bytes(b"precious")
    with pytest.raises(StopError):
        export(random_take(6), path, Options(progress=stop))
    assert path.read_bytes() == b"precious"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_in_the_way_is_said(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*a\.csv"):
        export(random_take(2), tmp_path / "a.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".plot.png"])
def test_equal_takes_give_equal_bytes(suffix):
    assert EXPORTERS[suffix](random_take(5), Options()) == EXPORTERS[suffix](random_take(5), Options())
