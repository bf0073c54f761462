"""Whole mouths: spoken as the service speaks them, keyed and shown with the mouth's part, kept with the file."""

import json

import bpy
import numpy as np
import pytest

from addon.blender import described
from addon.blender.characters import active, matching_file, visemes
from addon.blender.characters.report import report
from addon.blender.keys import Plan, columns_of, curves, shapes, write
from addon.blender.keys.visemes import speak
from addon.bridge.double import Double
from tests.addon.characters_scene import installed, linked, mesh_with, selected
from tests.addon.conftest import curve_of, keys_of

POSES = {
    "aa": {"jawOpen": 0.6, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    "ou": {"jawOpen": 0.2, "mouthPucker": 0.7, "mouthFunnel": 0.4},
    "ih": {"jawOpen": 0.15, "mouthStretchLeft": 0.4, "mouthStretchRight": 0.4},
    "sil": {},
}
CHANNELS = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "mouthStretchLeft", "mouthStretchRight", "browInnerUp")


@pytest.fixture
def mien():
    yield from installed()


class Speaking(Double):
    """The double, which names whole mouths as the service does."""

    def match(self, meshes, bones):
        there = {shape for mesh in meshes for shape in mesh["shapes"]}
        return {**super().match(meshes, bones), "visemes": {shape: pose for shape, pose in POSES.items() if shape in there}}


@pytest.fixture
def face(mien):
    """A face with four whole mouths and one brow, teeth with one of the mouths, both set up."""
    service = Speaking(2.0)
    mien.use(service)
    described.learn(described.ask(service))
    things = mesh_with("Face", ("aa", "ou", "ih", "sil", "browInnerUp")), mesh_with("Teeth", ("aa",))
    selected(*things)
    assert bpy.ops.mien.character_set_up() == {"FINISHED"}
    return things


def noise(frames=60, names=CHANNELS, seed=1):
    values = np.random.default_rng(seed).random((frames, len(names))).astype(np.float32)
    return dict(zip(names, values.T, strict=True))


def keyed(thing, shape):
    return keys_of(thing, shape)[1]


@pytest.mark.parametrize("power", [1, 4])
@pytest.mark.parametrize("table", ["vrm", "oculus"])
def test_weights_are_the_service_s(table, power):
    pytest.importorskip("scipy")
    from backend.face.characters.presets import presets
    from backend.face.characters.visemes import speak as theirs
    from backend.motion import RIGS, Motion

    rig = RIGS["arkit"]
    (preset,) = [preset for preset in presets("arkit") if preset.name == ("ready_player_me" if table == "oculus" else table)]
    poses = {word: viseme.pose for word, viseme in preset.visemes.items()}
    values = np.random.default_rng(3).random((900, len(rig))).astype(np.float32) ** power
    expected = theirs(poses, Motion(rig, values, 30))
    found = speak({shape: dict(pose) for shape, pose in poses.items()}, {name: values[:, rig.index(name)] for name in rig.names})
    assert set(found) == set(expected)
    for shape, curve in expected.items():
        assert np.abs(found[shape] - curve).max() < 1e-3, shape
    assert max(curve.max() for curve in expected.values()) > 0.3


def test_a_pose_is_spoken_by_its_own_viseme_and_lips_close_over_the_jaw():
    still = {name: np.zeros(3, np.float32) for name in CHANNELS}
    columns = {**still, **{name: np.array([0, value, value / 2], np.float32) for name, value in POSES["ou"].items()}}
    spoken = speak(POSES, columns)
    assert spoken["ou"] == pytest.approx([0, 1, 0.5], abs=0.1)
    assert max(spoken[other].max() for other in ("aa", "ih", "sil")) < 0.05
    ajar = {**still, "jawOpen": np.full(3, 0.6, np.float32)}
    assert speak(POSES, ajar)["aa"].min() > 0.8
    assert speak(POSES, {**ajar, "mouthClose": ajar["jawOpen"]})["aa"].max() == 0


def test_set_up_keeps_the_poses_and_reports_them(face):
    character = active.chosen(bpy.context)
    assert json.loads(character.mien_character.visemes) == POSES
    found = report(character)
    assert found.ready and found.conflicts == ()
    assert found.mouths == tuple(POSES)
    assert "jawOpen" not in found.missing and "mouthPucker" not in found.missing and "cheekPuff" in found.missing
    assert "4 whole mouths" in found.summary() and "Whole mouths that speak together (4)" in found.text()


def test_every_mesh_that_has_a_mouth_gets_the_same_keys(face):
    columns = noise()
    write(active.chosen(bpy.context), columns, Plan())
    expected = speak(POSES, columns)
    for shape, values in expected.items():
        assert np.abs(keyed(face[0], shape) - values).max() < 1e-6
    assert (keyed(face[1], "aa") == keyed(face[0], "aa")).all()
    assert expected["aa"].std() > 0.05


def test_a_mouth_belongs_to_the_mouth(face):
    character, columns = active.chosen(bpy.context), noise()
    write(character, {"browInnerUp": columns["browInnerUp"]}, Plan())
    assert curve_of(face[0], "aa") is None and curve_of(face[0], "browInnerUp") is not None
    write(character, columns, Plan())
    before = keyed(face[0], "aa")
    write(character, {"browInnerUp": columns["browInnerUp"] / 2}, Plan(whole=False))
    assert (keyed(face[0], "aa") == before).all()


def test_a_range_of_frames_is_blended_in(face):
    character, old, new = active.chosen(bpy.context), noise(), noise(seed=2)
    write(character, old, Plan())
    before = keyed(face[0], "ou")
    write(character, new, Plan(start=21, end=40, blend=5, whole=False))
    after, wanted = keyed(face[0], "ou"), speak(POSES, new)["ou"]
    outside = np.r_[0:20, 40:60]
    assert (after[outside] == before[outside]).all()
    assert np.abs(after[25:35] - wanted[25:35]).max() < 1e-6
    assert after[[20, 39]] == pytest.approx(before[[20, 39]], abs=1e-6)
    assert np.abs(after - before).max() > 0.1


def test_a_row_moves_its_shape_key_and_the_others_speak_without_it(face):
    character, columns = active.chosen(bpy.context), noise()
    bpy.ops.mien.match_add("EXEC_DEFAULT", channel="jawOpen")
    own = character.mien_character
    row = own.matches[own.match_index]
    row.mesh, row.shape = face[0], "aa"
    write(character, columns, Plan())
    assert np.abs(keyed(face[0], "aa") - columns["jawOpen"]).max() < 1e-6
    assert np.abs(keyed(face[1], "aa") - speak(POSES, columns)["aa"]).max() < 1e-6


def test_a_mouth_that_is_gone_is_told_and_dropped(face):
    character = active.chosen(bpy.context)
    face[0].shape_key_remove(face[0].data.shape_keys.key_blocks["ou"])
    (conflict,) = report(character).conflicts
    assert conflict.kind == "gone" and "ou" in conflict.text
    columns = noise()
    write(character, columns, Plan())
    rest = {shape: pose for shape, pose in POSES.items() if shape != "ou"}
    assert np.abs(keyed(face[0], "ih") - speak(rest, columns)["ih"]).max() < 1e-6
    assert bpy.ops.mien.character_mend(index=0) == {"FINISHED"}
    assert report(character).conflicts == () and json.loads(character.mien_character.visemes) == rest


def test_what_hides_a_mouth_is_in_the_way(face):
    keys = face[0].data.shape_keys
    keys.key_blocks["aa"].mute = True
    keys.key_blocks["ou"].driver_add("value")
    assert {conflict.kind for conflict in report(active.chosen(bpy.context)).conflicts} == {"muted", "drivers"}
    done = write(active.chosen(bpy.context), noise(), Plan())
    assert any("ou" in note for note in done.notes)
    assert curves.find(curves_of(keys), shapes.path_of("ou")) is None


def curves_of(keys):
    from addon.blender.keys import actions

    return actions.active_curves(keys)


def test_live_shows_mouths_and_apply_keys_them(face, audio):
    character = active.chosen(bpy.context)
    character.mien.audio = str(audio)
    block = face[0].data.shape_keys.key_blocks["aa"]
    bpy.context.scene.frame_set(20)
    character.mien.show_live = True
    seen = []
    for frame in range(2, 40):
        bpy.context.scene.frame_set(frame)
        seen.append(block.value)
    assert np.ptp(seen) > 0.05 and curve_of(face[0], "aa") is None
    bpy.ops.mien.live_apply()
    assert keyed(face[0], "aa")[1:39] == pytest.approx(seen, abs=1e-6)


def test_takes_are_compared_on_every_mesh_that_speaks(face, audio):
    teeth, service = face[1], active_service()
    recording = service.upload(str(audio))
    takes = [[*service.watch(service.perform(recording, {"seed": seed}, label=str(seed)).id)][-1].take for seed in (1, 2)]
    bpy.ops.mien.takes_refresh()
    manager = bpy.context.window_manager
    manager.mien_take_index = [row.take for row in manager.mien_takes].index(takes[0])
    assert bpy.ops.mien.take_compare(other=takes[1]) == {"FINISHED"}
    for letter, take in zip("AB", takes, strict=True):
        bpy.ops.mien.take_switch(show=letter)
        wanted = speak(POSES, columns_of(service.motion(take)))["aa"]
        for frame in (5, 17, 30):
            bpy.context.scene.frame_set(frame)
            assert teeth.data.shape_keys.key_blocks["aa"].value == pytest.approx(wanted[frame - 1], abs=1e-5)
    bpy.ops.mien.take_compare_end()
    assert len(teeth.data.shape_keys.animation_data.nla_tracks) == 0


def active_service():
    from addon.blender import session

    return session.service()


def test_poses_are_saved_with_the_file(face, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    character = active.chosen(bpy.context)
    (mouth,) = visemes.mouths(character)
    assert dict(mouth.poses) == POSES
    assert sorted((key.user.name, shape) for key, shape in mouth.places) == sorted([("Face", shape) for shape in POSES] + [("Teeth", "aa")])


def test_a_linked_character_speaks_otherwise_through_an_override(face, tmp_path):
    own = linked(tmp_path / "a.blend").override_create(remap_local_usages=True).mien_character
    own.visemes = '{"aa":{"jawOpen":1.0}}'
    assert visemes.poses_of(own) == {"aa": {"jawOpen": 1.0}}


def test_matching_files_carry_them_both_ways(face, tmp_path):
    pytest.importorskip("scipy")
    from backend.face.match import read_matching

    character, path = active.chosen(bpy.context), tmp_path / "a.toml"
    own = character.mien_character
    own.meshes[1].visemes = '{"aa":{"jawOpen":0.9}}'
    bpy.ops.mien.matching_save(filepath=str(path))
    theirs = read_matching(path)
    assert {shape: dict(pose) for shape, pose in theirs.visemes.items()} == POSES
    assert {shape: dict(pose) for shape, pose in theirs.on("Teeth").visemes.items()} == {"aa": {"jawOpen": 0.9}}
    assert "aa" not in theirs.unmatched_shapes
    for kept in (own, *own.meshes):
        kept.visemes = ""
    bpy.ops.mien.matching_load(filepath=str(path))
    assert json.loads(own.visemes) == POSES
    assert [row.visemes for row in own.meshes] == ["", '{"aa":{"jawOpen":0.9}}']
    columns = noise()
    write(character, columns, Plan())
    alone = speak({"aa": {"jawOpen": 0.9}}, columns)["aa"]
    assert np.abs(keyed(face[1], "aa") - alone).max() < 1e-6
    assert np.abs(keyed(face[0], "aa") - speak(POSES, columns)["aa"]).max() < 1e-6


@pytest.mark.parametrize("text", ["aa = 3", "aa = { jawOpen = 'wide' }", "aa = { jawOpen = nan }"])
def test_mistyped_mouths_change_nothing(face, tmp_path, text):
    own = active.chosen(bpy.context).mien_character
    before = own.visemes
    (tmp_path / "a.toml").write_text(f"{matching_file.as_text(active.chosen(bpy.context)).split('[visemes]')[0]}[visemes]\n{text}\n")
    with pytest.raises(RuntimeError, match=r"a\.toml is mistyped"):
        bpy.ops.mien.matching_load(filepath=str(tmp_path / "a.toml"))
    assert own.visemes == before and json.loads(before) == POSES


def test_the_real_service_s_answer_moves_a_ready_player_me_mouth(mien):
    service = pytest.importorskip("backend.service.matching")
    names = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")

    class Real(Double):
        def match(self, meshes, bones):
            return service.matched([(mesh["name"], mesh["shapes"]) for mesh in meshes], bones)

    mien.use(Real(2.0))
    thing = mesh_with("Avatar", tuple(f"viseme_{name}" for name in names))
    selected(thing)
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    assert len(report(character).mouths) == 15
    write(character, noise(), Plan())
    moved = [shape for shape in report(character).mouths if np.ptp(keyed(thing, shape)) > 0.05]
    assert len(moved) >= 5, moved
