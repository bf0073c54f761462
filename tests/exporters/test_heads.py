"""Artists' own characters: found, keyed, read back, or refused in one sentence."""

import gzip

import numpy as np
import pytest

from backend.errors import FaceError
from backend.face.match import match
from backend.face.pose import rotation
from exporters import export
from exporters.blender.heads import find_head
from tests.exporters.readers import read_glb, run_reader
from tests.exporters.takes import ARKIT, random_take

FRAMES, RATE = 12, "30"


@pytest.fixture(scope="module")
def take():
    return random_take(FRAMES, RATE, seed=5, turn=0.4)


def shapes_in(path, folder):
    """Curves by ``OBJECT/SHAPE``, numbers that importers add to objects left out, and values of shapes at rest."""
    found = run_reader("in_blender.py", path, folder / "read.npz", int(RATE))
    curves, rest = {}, {}
    for name, rows in found.items():
        kind, _, place = name.partition("/")
        thing, _, shape = place.partition("/")
        if kind == "shape":
            curves[f"{thing.split('.')[0]}/{shape}"] = rows[:, 1]
        elif kind == "rest":
            rest[f"{thing.split('.')[0]}/{shape}"] = float(rows)
    return curves, rest


@pytest.mark.parametrize(
    ("source", "suffix"), [("rigged.blend", ".fbx"), ("rigged.fbx", ".glb"), ("rigged.glb", ".fbx"), ("rigged.blend", ".glb")]
)
def test_every_mesh_of_a_rigged_head_is_keyed(source, suffix, heads, take, tmp_path, to_options):
    options, notes, _ = to_options(head=heads / source)
    path = tmp_path / f"a{suffix}"
    export(take, path, options)
    curves, rest = shapes_in(path, tmp_path)
    expected = {
        "Face/jawOpen": "jawOpen",
        "Face/mouthClose": "mouthClose",
        "Face/eyeBlink_L": "eyeBlinkLeft",
        "Face/eyeBlink_R": "eyeBlinkRight",
        "Face/browInnerUp_L": "browInnerUp",
        "Face/browInnerUp_R": "browInnerUp",
        "Face/MouthSmileLeft": "mouthSmileLeft",
        "Face/mouth_smile.R": "mouthSmileRight",
        "Teeth/teeth_shapes.jawOpen": "jawOpen",
        "Lashes/EYEBLINKLEFT": "eyeBlinkLeft",
        "Lashes/EYEBLINKRIGHT": "eyeBlinkRight",
    }
    if source == "rigged.glb":
        # It was muted, and Blender's glTF exporter leaves muted shapes out.
        del expected["Face/mouthClose"]
    moving = {name: values for name, values in curves.items() if np.ptp(values) > 0}
    assert set(moving) == set(expected)
    for name, channel in expected.items():
        assert np.abs(curves[name] - take.motion[channel]).max() < 1e-3, name
    for shape, value in {"Face/Fat": 0.4, "Face/Corrective": 0.33}.items():
        assert np.allclose(rest.get(shape, curves.get(shape)), value, atol=1e-4)
    text = " ".join(notes)
    assert "Fat" in text
    assert "drivers" in text or source != "rigged.blend"
    assert not (heads / "ran.txt").exists()


def test_crooked_bones_turn_the_head_as_the_take_says(heads, take, tmp_path, to_options):
    """World rotations of head and eyes in the FBX, by a reader other than Blender."""
    options, _, _ = to_options(head=heads / "rigged.blend")
    export(take, tmp_path / "a.fbx", options)
    found = run_reader("in_ufbx.py", tmp_path / "a.fbx", tmp_path / "a.npz")
    turn = {
        joint: rotation(*(take.motion[f"{joint}{axis}"] for axis in ("Yaw", "Pitch", "Roll"))) for joint in ("head", "leftEye", "rightEye")
    }
    wanted = {"Head": turn["head"], "LeftEye": turn["head"] @ turn["leftEye"], "RightEye": turn["head"] @ turn["rightEye"]}
    for bone, turns in wanted.items():
        rest = np.swapaxes(turns[0], 0, 1) @ found[f"bone/{bone}"][0]
        assert np.abs(turns @ rest - found[f"bone/{bone}"]).max() < 1e-3
    assert np.abs(found["bone/Spine"] - found["bone/Spine"][0]).max() < 1e-6


def test_an_ascii_fbx_in_a_folder_and_compressed(shared_data, take, tmp_path, to_options):
    options, notes, _ = to_options(head=shared_data / "faces" / "facecap_head")
    export(take, tmp_path / "a.fbx", options)
    curves, _ = shapes_in(tmp_path / "a.fbx", tmp_path)
    moving = {name.split("/")[1]: values for name, values in curves.items() if name.startswith("head/") and np.ptp(values) > 0}
    found = match(moving, ARKIT)
    assert len(found.shapes) == 52
    for shape, values in found.curves(take.motion).items():
        assert np.abs(moving[shape] - values).max() < 1e-3, shape
    assert any("rotations were left out" in note for note in notes)


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_the_ict_head(suffix, shared_data, heads, take, tmp_path, to_options):
    options, notes, _ = to_options(head=heads / "ict.blend")
    export(take, tmp_path / f"a{suffix}", options)
    if suffix == ".glb":
        (curves,) = read_glb(tmp_path / "a.glb")["shapes"].values()
    else:
        curves = {name.split("/")[1]: values for name, values in shapes_in(tmp_path / "a.fbx", tmp_path)[0].items()}
    for shape, channel in {
        "browInnerUp_L": "browInnerUp",
        "cheekPuff_R": "cheekPuff",
        "mouthSmile_R": "mouthSmileRight",
        "jawRight": "jawRight",
    }.items():
        assert np.abs(curves[shape] - take.motion[channel]).max() < 1e-3
    assert sum(np.ptp(values) > 0 for values in curves.values()) == 53
    text = " ".join(notes)
    assert all(name in text for name in ("PupilDilate_L", "cheekRaiser_R", "tongueOut"))


@pytest.mark.parametrize(("name", "count"), [("plain.blend", "0 shapes"), ("numbered.blend", "3 shapes")])
def test_a_head_without_a_face_says_what_was_found_and_expected(name, count, heads, take, tmp_path, to_options):
    options, _, _ = to_options(head=heads / name)
    with pytest.raises(FaceError) as caught:
        export(take, tmp_path / "a.fbx", options)
    assert all(part in str(caught.value) for part in (name, count, "jawOpen"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["text.fbx", "text.blend", "text.glb", "empty.fbx", "text.fbx.gz"])
def test_a_file_that_is_no_head_is_named(name, take, tmp_path, to_options):
    head = tmp_path / "in" / name
    head.parent.mkdir()
    content = b"" if "empty" in name else b"once upon a time there was a head\n" * 50
    head.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    options, _, _ = to_options(head=head)
    with pytest.raises(FaceError, match=name):
        export(take, tmp_path / "a.fbx", options)
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


def test_a_path_with_spaces_and_any_script_can_be_a_head(heads, take, tmp_path, to_options):
    head = tmp_path / "mes têtes 頭" / "the héad (1).blend.gz"
    head.parent.mkdir()
    head.write_bytes(gzip.compress((heads / "rigged.blend").read_bytes()))
    options, _, _ = to_options(head=head.parent)
    export(take, tmp_path / "ligne é 1.glb", options)
    assert len(read_glb(tmp_path / "ligne é 1.glb")["shapes"]) == 3


def test_finding_a_head(tmp_path):
    with pytest.raises(FaceError, match="there is no head at"):
        find_head(tmp_path / "none.fbx", tmp_path)
    with pytest.raises(FaceError, match="holds no head"):
        find_head(tmp_path, tmp_path)
    (tmp_path / "a.obj").write_text("")
    with pytest.raises(FaceError, match="no head that Mien can open"):
        find_head(tmp_path / "a.obj", tmp_path)
    (tmp_path / "a.glb").write_text("")
    assert find_head(tmp_path, tmp_path) == (tmp_path / "a.glb").resolve()
    (tmp_path / "B.FBX.GZ").write_bytes(b"not packed")
    with pytest.raises(FaceError, match=r"holds 2 heads \(B\.FBX\.GZ, a\.glb\)"):
        find_head(tmp_path, tmp_path)
    with pytest.raises(FaceError, match="cannot be unpacked"):
        find_head(tmp_path / "B.FBX.GZ", tmp_path)
