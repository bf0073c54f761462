"""FBX of a character: what is seen, from time zero, read back by Blender and by ufbx."""

import subprocess
import sys

import bpy
import numpy as np
import pytest

from addon.blender.takes import fbx
from addon.blender.takes.fbx import write as writing
from tests.addon.characters_scene import armature_with, cleared, installed, mesh_with, selected
from tests.conftest import ROOT

FIRST, FRAMES = 11, 48
SHAPES = ("jawOpen", "mouthSmileLeft", "browInnerUp")


@pytest.fixture
def mien():
    yield from installed()


@pytest.fixture(params=[(24, 1.0), (30, 1.001), (60, 1.0)], ids=["24", "29.97", "60"])
def rate(request):
    return request.param


def hero(mien, fps=24, base=1.0, head=True):
    """A character with keys from frame 11 on: shapes, teeth on the armature, a head that turns."""
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
    rig = armature_with("Rig", {"Head": 0.4}) if head else None
    face, teeth = mesh_with("Hero", SHAPES), mesh_with("Teeth", ("jawOpen",))
    for mesh in (face, teeth) if head else ():
        mesh.vertex_groups.new(name="Head").add([0, 1, 2, 3], 1.0, "REPLACE")
        mesh.modifiers.new("Armature", "ARMATURE").object = rig
        mesh.parent = rig
    selected(*(thing for thing in (face, teeth, rig) if thing))
    double = mien.double(seconds=(FRAMES - 0.5) * base / fps)
    mien.use(double)
    bpy.ops.mien.character_set_up()
    face.mien.first = FIRST
    return face, teeth, rig, double


def performed(face, double, tmp_path):
    """A take on the character, and its motion."""
    (tmp_path / "line.wav").write_bytes(b"x")
    job = double.perform(double.upload(str(tmp_path / "line.wav")), {"seed": 3}, label="line")
    take = [*double.watch(job.id)][-1].take
    bpy.ops.mien.takes_refresh()
    bpy.ops.mien.take_load()
    return double.motion(take, rate=str(_rate()))


def _rate():
    from addon.blender.keys import scene_rate

    return scene_rate(bpy.context.scene)


def in_ufbx(path, tmp_path):
    """What a reader other than Blender finds, in a process of its own, for ufbx crashes as Python ends."""
    pytest.importorskip("ufbx")
    out = tmp_path / "read.npz"
    program = ROOT / "tests" / "exporters" / "in_ufbx.py"
    subprocess.run([sys.executable, str(program), str(path), str(out)], check=True, capture_output=True, timeout=60, cwd=ROOT)
    with np.load(out) as stored:
        return {name: stored[name] for name in stored.files}


def state():
    """What exporting must leave as it is."""
    lists = ("objects", "meshes", "armatures", "actions", "scenes", "materials", "images", "shape_keys", "collections")
    ids = {name: sorted(thing.name for thing in getattr(bpy.data, name)) for name in lists}
    scene = bpy.context.scene
    return ids, scene.name, scene.frame_current, scene.frame_start, scene.frame_end, [t.name for t in bpy.context.selected_objects]


def test_it_holds_the_take_from_time_zero(mien, rate, tmp_path):
    face, _, _, double = hero(mien, *rate)
    motion = performed(face, double, tmp_path)
    bpy.context.scene.frame_end = FIRST + FRAMES - 1
    before, path = state(), tmp_path / "hero.fbx"
    assert bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(path)) == {"FINISHED"}
    assert state() == before
    assert [file.name for file in tmp_path.glob("*.fbx")] == ["hero.fbx"]
    found = in_ufbx(path, tmp_path)
    times = np.arange(FRAMES) * rate[1] / rate[0]
    by_name = {name.rpartition("/")[2]: table for name, table in found.items() if name.startswith("shape/")}
    assert set(SHAPES) <= set(by_name)
    for name in SHAPES:
        table = by_name[name]
        assert len(table) == FRAMES
        assert np.abs(table[:, 0] - times).max() < 1e-4
        assert np.abs(table[:, 1] - np.array(motion.column(name))).max() < 1e-3


def test_what_constraints_drivers_and_the_nla_do_is_in_it(mien, tmp_path):
    """The file holds what is seen, and not what is keyed."""
    face, _, _, double = hero(mien)
    face.mien.onto = "NLA"
    motion = performed(face, double, tmp_path)
    key = face.data.shape_keys
    bpy.context.scene.frame_end = FIRST + FRAMES - 1
    driver = key.key_blocks["browInnerUp"].driver_add("value").driver
    driver.type, driver.expression = "SCRIPTED", "frame / 100"
    assert bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(tmp_path / "a.fbx")) == {"FINISHED"}
    found = {name.rpartition("/")[2]: table for name, table in in_ufbx(tmp_path / "a.fbx", tmp_path).items() if name.startswith("shape/")}
    assert np.abs(found["browInnerUp"][:, 1] - np.arange(FIRST, FIRST + FRAMES) / 100).max() < 1e-3
    assert np.abs(found["mouthSmileLeft"][:, 1] - np.array(motion.column("mouthSmileLeft"))).max() < 1e-3


def heads(rig, frames):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        seen = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        bone = next(bone for bone in seen.pose.bones if bone.name == "Head")
        turn = (seen.matrix_world @ bone.matrix).to_quaternion()
        found.append(turn)
    return [(turn @ found[0].inverted()) for turn in found]


def test_bones_turn_the_same_in_the_file(mien, tmp_path):
    face, _, rig, double = hero(mien)
    rig.rotation_euler = (0.3, 0.2, 1.0)
    performed(face, double, tmp_path)
    bpy.context.scene.frame_end = FIRST + FRAMES - 1
    wanted = heads(rig, range(FIRST, FIRST + FRAMES))
    assert max(turn.angle for turn in wanted) > 0.05
    bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(tmp_path / "a.fbx"))
    cleared()
    from addon.blender.takes.fbx.check import read_into

    read_into(tmp_path / "a.fbx")
    read = heads(next(thing for thing in bpy.data.objects if thing.type == "ARMATURE"), range(FRAMES))
    assert max((a.inverted() @ b).angle for a, b in zip(wanted, read, strict=True)) < 5e-3


@pytest.mark.parametrize("wrong", ["bake_anim_use_nla_strips", "simplify", "late"])
def test_a_file_that_does_not_hold_the_take_is_not_reported_as_done(mien, tmp_path, monkeypatch, wrong):
    face, _, _, double = hero(mien, head=wrong == "simplify")
    performed(face, double, tmp_path)
    bpy.context.scene.frame_end = FIRST + FRAMES - 1
    path = tmp_path / "a.fbx"
    path.write_bytes(b"older")
    before = state()

    def spoiled(target):
        flags = {"bake_anim_use_nla_strips": False, "bake_anim_use_all_actions": False, "bake_anim_simplify_factor": 0.0}
        if wrong == "late":
            bpy.context.scene.frame_start += 1
            bpy.context.scene.frame_end += 1
        else:
            flags |= {"bake_anim_simplify_factor": 5.0} if wrong == "simplify" else dict.fromkeys(list(flags)[:2], True)
        bpy.ops.export_scene.fbx(filepath=target, use_mesh_modifiers=False, **flags)

    monkeypatch.setattr(writing, "_write", spoiled)
    with pytest.raises(RuntimeError, match="does not hold"):
        bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(path))
    assert path.read_bytes() == b"older"
    assert state() == before
    assert [file.name for file in tmp_path.glob("*.fbx")] == ["a.fbx"]


def test_nothing_to_export_is_one_sentence(mien, tmp_path):
    face, *_ = hero(mien)
    with pytest.raises(RuntimeError, match="the end must come after the start"):
        bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(tmp_path / "a.fbx"), whole=False, start=5, end=5)
    with pytest.raises(RuntimeError, match="There is no folder"):
        bpy.ops.mien.export_fbx("EXEC_DEFAULT", filepath=str(tmp_path / "nowhere" / "a.fbx"))
    assert face.name == "Hero"
    assert fbx.export is not None
