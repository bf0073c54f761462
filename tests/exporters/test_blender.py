"""FBX and glTF of Mien's head, read by Blender and by readers that share no code with it."""

import importlib.metadata
import os
import subprocess

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from backend.errors import MissingError, OutputError
from backend.face.heads import mien_head
from backend.face.pose import corrective_curves, pose, rotation
from backend.motion import Motion, Unit, parse_rate
from exporters import Options, export
from exporters.blender import through_blender
from tests.exporters.conftest import FRAMES, IN_RANGE, LOOKED_AT
from tests.exporters.readers import read_glb, run_reader
from tests.exporters.takes import ARKIT, random_take, take_of

RATES = ("24", "29.97", "60")
SHAPES = ARKIT.in_unit(Unit.WEIGHT)
CLOSE = 1e-3
JOINTS = ("head", "leftEye", "rightEye")


def have_assimp():
    return any(dist.name == "cmeel-assimp" for dist in importlib.metadata.distributions())


def turns_of(motion, joint):
    return rotation(*(motion[f"{joint}{axis}"] for axis in ("Yaw", "Pitch", "Roll")))


def curves_of(take):
    """Of every shape, and of every corrective with the product of its channels as its weight."""
    return {name: take.motion[name] for name in SHAPES} | corrective_curves(mien_head(), take.motion)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_blender_reads_every_shape_at_its_time(suffix, rate, exported, in_blender):
    take, _ = exported(suffix, rate)
    found = in_blender(suffix, rate)
    curves = {name.split("/")[-1]: rows for name, rows in found.items() if name.startswith("shape/")}
    expected = curves_of(take)
    assert set(curves) == set(expected) > set(SHAPES)
    fps = float(parse_rate(rate))
    if suffix == ".fbx":
        assert found["fps"] == pytest.approx(fps, abs=1e-3)
    for name, rows in curves.items():
        assert len(rows) == FRAMES
        assert rows[0, 0] == 0
        assert np.abs(rows[:, 1] - expected[name]).max() < CLOSE
        assert np.abs(rows[:, 0] / found["fps"] - take.motion.times).max() < 1e-4


def test_no_temporary_folder_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert through_blender(random_take(), Options(), ".glb")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.mark.parametrize("rate", RATES)
def test_ufbx_reads_the_same(rate, exported):
    take, path = exported(".fbx", rate)
    found = run_reader("in_ufbx.py", path, path.with_suffix(".ufbx.npz"))
    assert found["fps"] == pytest.approx(float(take.motion.rate), abs=1e-4)
    assert found["span"] == pytest.approx([0, take.motion.duration], abs=1e-5)
    curves = {name.removeprefix("shape/"): rows for name, rows in found.items() if name.startswith("shape/")}
    wanted = curves_of(take)
    assert set(curves) == set(wanted)
    for name, rows in curves.items():
        assert np.abs(rows[:, 0] - take.motion.times).max() < 1e-6
        assert np.abs(rows[:, 1] - wanted[name]).max() < CLOSE
    head = found["bone/head"]
    expected = turns_of(take.motion, "head")
    # An FBX's world has y up and our head looks along z in it, so our axes are its axes.
    assert np.abs(head @ head[0].T - expected @ expected[0].T).max() < CLOSE
    for eye in JOINTS[1:]:
        local = np.swapaxes(head, 1, 2) @ found[f"bone/{eye}"]
        rest = np.swapaxes(expected, 1, 2)[0] @ head[0]
        seen = rest @ local @ np.linalg.inv(local[0]) @ rest.T
        wanted = turns_of(take.motion, eye)
        assert np.abs(seen - wanted @ wanted[0].T).max() < CLOSE


@pytest.mark.parametrize("rate", RATES)
def test_pygltflib_reads_the_same(rate, exported):
    take, path = exported(".glb", rate)
    found = read_glb(path)
    (shapes,) = found["shapes"].values()
    expected = curves_of(take)
    assert set(shapes) == set(expected)
    for name, values in shapes.items():
        assert np.abs(values - expected[name]).max() < CLOSE
    for times in found["times"].values():
        assert np.abs(times - take.motion.times).max() < 1e-5
    for joint in JOINTS:
        turned, rest = Rotation.from_quat(found["turns"][joint]), Rotation.from_quat(found["rest"][joint])
        # Bones point up with the face's own axes, so a local rotation away from rest is ours as it stands.
        assert np.abs((rest.inv() * turned).as_matrix() - turns_of(take.motion, joint)).max() < CLOSE


@pytest.mark.skipif(not have_assimp(), reason="Assimp is not installed: pip install cmeel-assimp")
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_assimp_reads_the_same(suffix, rate, exported):
    take, path = exported(suffix, rate)
    found = run_reader("in_assimp.py", path, path.with_suffix(".assimp.npz"))
    seconds = found["times"] / found["ticks"]
    assert np.abs(seconds - take.motion.times).max() < 1e-4
    assert found["duration"] / found["ticks"] == pytest.approx(take.motion.duration, abs=1e-4)
    expected = curves_of(take)
    assert set(found["names"]) == set(expected)
    wanted = np.stack([expected[name] for name in found["names"]], axis=1)
    if suffix == ".glb":
        # Of glTF, though not of FBX, Assimp makes negative weights zero.
        wanted = np.maximum(wanted, 0)
    assert np.abs(found["weights"] - wanted).max() < CLOSE


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_the_head_moves_as_our_own_posing_moves_it(suffix, exported, in_blender):
    """Vertices in Blender against :func:`pose`, with everything in motion at once: millimetres would show."""
    take, _ = exported(suffix, IN_RANGE)
    found = in_blender(suffix, IN_RANGE)
    posed = list(pose(mien_head(), take.motion))
    for frame in LOOKED_AT:
        x, y, z = posed[frame].T
        ours, theirs = np.stack([x, -z, y], axis=1), found[f"vertices/{frame}"]
        size = np.ptp(ours, axis=0).max()
        assert cKDTree(ours).query(theirs)[0].max() < 2e-4 * size
        assert cKDTree(theirs).query(ours)[0].max() < 2e-4 * size


def test_a_single_frame_can_be_exported(tmp_path):
    take = take_of(Motion.from_curves(ARKIT, {"jawOpen": [0.5]}, 1, parse_rate(30)))
    export(take, tmp_path / "one.glb")
    (shapes,) = read_glb(tmp_path / "one.glb")["shapes"].values()
    assert shapes["jawOpen"] == pytest.approx([0.5])
    export(take, tmp_path / "one.fbx")
    rows = run_reader("in_ufbx.py", tmp_path / "one.fbx", tmp_path / "one.npz")["shape/jawOpen"]
    assert rows == pytest.approx(np.array([[0, 0.5]]), abs=1e-6)


def test_nothing_is_printed_and_progress_rises(tmp_path, capfd):
    steps = []
    export(random_take(4), tmp_path / "a.fbx", Options(progress=steps.append))
    assert capfd.readouterr() == ("", "")
    assert steps == sorted(steps)
    assert 0 <= steps[0] <= steps[-1] <= 1


def test_without_bpy_the_command_that_adds_it_is_given(tmp_path, monkeypatch):
    (tmp_path / "bpy.py").write_text("raise ModuleNotFoundError(\"No module named 'bpy'\", name='bpy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(MissingError, match=r"pip install 'mien\[blender\]'"):
        export(random_take(2), tmp_path / "a.fbx")
    assert not (tmp_path / "a.fbx").exists()


@pytest.mark.parametrize("death", ["import os; os._exit(7)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"])
def test_a_crash_of_blender_is_an_output_error(death, tmp_path, monkeypatch):
    (tmp_path / "bpy.py").write_text(f"print('last words', flush=True)\n{death}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(OutputError, match="last words"):
        export(random_take(2), tmp_path / "a.glb")


def test_a_value_that_blender_cannot_hold_is_caught_on_reading_back(tmp_path):
    # Blender's sliders end at ten.
    take = take_of(Motion.from_curves(ARKIT, {"jawOpen": [0.0, 20.0]}, 2, parse_rate(30)))
    with pytest.raises(OutputError, match="'jawOpen'"):
        export(take, tmp_path / "a.fbx")
    assert not list(tmp_path.iterdir())


def test_stopping_half_way_ends_blender(tmp_path, monkeypatch):
    """The child must not outlive a caller that gives up."""
    started = []
    popen = subprocess.Popen

    def remember(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(random_take(3), tmp_path / "a.fbx", Options(progress=stop))
    (child,) = started
    assert child.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
