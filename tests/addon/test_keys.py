"""Keys: fast, exact, and what is not asked for stays as it is."""

import time

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Quaternion

from tests.addon.conftest import columns, curve_of, generate, keys_of, shaped


@pytest.fixture
def keys(registered):
    from addon.blender import keys

    return keys


def noise(names, frames, seed=0):
    values = np.random.default_rng(seed).random((frames, len(names)))
    return {name: column.astype(np.float32) for name, column in zip(names, values.T, strict=True)}


def test_fifty_two_curves_of_three_thousand_keys_are_written_whole(hero, keys, names):
    motion = noise(names[:52], 3000)
    began = time.perf_counter()
    done = keys.write(hero, motion, keys.Plan())
    assert (done.curves, done.keys) == (52, 156_000)
    assert time.perf_counter() - began < 2  # keys inserted one by one take half a minute; the benchmark has the figure
    assert (keys_of(hero, names[0])[1] == motion[names[0]]).all()


def test_a_new_slotted_action_is_active_on_its_slot(hero, keys, names):
    done = keys.write(hero, noise(names, 10), keys.Plan(name="line"))
    data = hero.data.shape_keys.animation_data
    assert data.action == done.actions[0] and len(done.actions) == 1
    if bpy.app.version >= (4, 4):
        assert data.action_slot.target_id_type == "KEY"
        assert data.action_slot.identifier == f"KE{hero.data.shape_keys.name}"
    else:
        assert data.action.id_root == "KEY"


def test_two_meshes_share_one_action_where_slots_allow(hero, keys, names):
    teeth = shaped("Teeth", ["jawOpen"], parent=hero)
    bpy.context.view_layer.update()
    done = keys.write(hero, noise(names, 10), keys.Plan())
    assert len(done.actions) == (1 if bpy.app.version >= (4, 4) else 2)
    assert (keys_of(teeth, "jawOpen")[1] == keys_of(hero, "jawOpen")[1]).all()


@pytest.mark.parametrize("nla", [False, True])
def test_a_range_is_blended_in_and_the_rest_untouched(nla, hero, keys, names):
    old, new = noise(names, 101, 1), noise(names, 101, 2)
    keys.write(hero, old, keys.Plan(nla=nla))
    keys.write(hero, new, keys.Plan(start=31, end=60, blend=5, whole=False, nla=nla))
    at, values = action_keys(hero, "jawOpen")
    inside = (at >= 31) & (at <= 60)
    assert (at == np.arange(1, 102)).all()
    assert (values[~inside] == old["jawOpen"][~inside]).all()
    middle = (at >= 36) & (at <= 55)
    assert (values[middle] == new["jawOpen"][middle]).all()
    for seam in (30, 59):
        assert values[seam] == pytest.approx(old["jawOpen"][seam], abs=1e-6)
    mixed = inside & ~middle
    low, high = np.minimum(old["jawOpen"], new["jawOpen"]), np.maximum(old["jawOpen"], new["jawOpen"])
    assert ((values >= low - 1e-6) & (values <= high + 1e-6))[mixed].all()


def action_keys(thing, shape):
    from addon.blender.keys import actions, curves, shapes

    strip = actions.strip_of(thing.data.shape_keys)
    if strip is None:
        return keys_of(thing, shape)
    found = actions.curves_in(strip.action, actions.slot_of(strip.action, thing.data.shape_keys))
    return curves.keys_of(curves.find(found, shapes.path_of(shape)))


def test_hand_made_handles_outside_a_range_stay(hero, keys, names):
    keys.write(hero, noise(names, 50), keys.Plan())
    point = curve_of(hero, "jawOpen").keyframe_points[3]
    point.interpolation, point.handle_left_type, point.handle_right_type = "BEZIER", "FREE", "FREE"
    point.handle_right = (4.7, 0.123)
    keys.write(hero, noise(names, 50, 1), keys.Plan(start=20, end=30, whole=False))
    point = curve_of(hero, "jawOpen").keyframe_points[3]
    assert (point.interpolation, point.handle_right_type) == ("BEZIER", "FREE")
    assert tuple(point.handle_right) == pytest.approx((4.7, 0.123))


def test_a_part_leaves_the_other_parts_untouched(hero, double, names):
    generate()
    action = hero.data.shape_keys.animation_data.action
    before = {name: keys_of(hero, name)[1] for name in names}
    hero.mien.parts, hero.mien.seed = {"brows"}, 5
    bpy.ops.mien.emotion_add(emotion="sad")
    generate()
    changed = {name for name in names if not np.array_equal(keys_of(hero, name)[1], before[name])}
    assert changed and all(name.startswith("brow") for name in changed)
    assert hero.data.shape_keys.animation_data.action == action


def test_an_nla_strip_plays_and_a_second_generation_replaces_it(hero, double, names):
    hero.mien.onto = "NLA"
    generate()
    data = hero.data.shape_keys.animation_data
    expected = columns(double.motion(hero.mien.take, rate="24"))["jawOpen"]
    assert data.action is None
    for frame in (1, 33, 70):
        bpy.context.scene.frame_set(frame)
        assert hero.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(expected[frame - 1], abs=1e-4)
    generate()
    assert [(track.name, len(track.strips)) for track in data.nla_tracks] == [("Mien", 1)]


def test_an_active_action_over_an_nla_strip_is_reported(hero, double):
    from addon.blender import session

    generate()
    hero.mien.onto = "NLA"
    generate()
    assert any("push it down" in note for note in session.notes())


def test_another_line_of_the_same_character_joins_the_action(hero, keys, names):
    first = noise(names, 20, 1)
    keys.write(hero, first, keys.Plan(first=1))
    action = hero.data.shape_keys.animation_data.action
    keys.write(hero, noise(names, 20, 2), keys.Plan(first=100))
    assert hero.data.shape_keys.animation_data.action == action
    at, values = keys_of(hero, "jawOpen")
    assert (values[at <= 20] == first["jawOpen"]).all() and len(at) == 40


def test_what_the_artist_keyed_is_kept_in_the_file(hero, keys, names):
    hero.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    own = hero.data.shape_keys.animation_data.action
    keys.write(hero, noise(names, 20), keys.Plan())
    assert hero.data.shape_keys.animation_data.action != own
    assert own.use_fake_user


def test_sliders_are_widened_just_as_far_as_needed(hero, keys):
    motion = {"jawOpen": np.array([0, 1.7, -0.3], np.float32), "cheekPuff": np.array([0, 0.5, 1], np.float32)}
    done = keys.write(hero, motion, keys.Plan())
    blocks = hero.data.shape_keys.key_blocks
    assert (blocks["jawOpen"].slider_min, blocks["jawOpen"].slider_max) == pytest.approx((-0.3, 1.7), abs=1e-5)
    assert (blocks["cheekPuff"].slider_min, blocks["cheekPuff"].slider_max) == (0, 1)
    assert any("jawOpen" in note and "cheekPuff" not in note for note in done.notes)
    bpy.context.scene.frame_set(2)
    assert blocks["jawOpen"].value == pytest.approx(1.7, abs=1e-6)


def test_driven_shapes_get_no_keys_and_are_reported(hero, keys, names):
    control = bpy.data.objects.new("Control", None)
    driver = hero.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = control, "location.x"
    done = keys.write(hero, noise(names, 10), keys.Plan())
    assert curve_of(hero, "jawOpen") is None and curve_of(hero, "cheekPuff") is not None
    assert any("jawOpen" in note and "Control location.x" in note for note in done.notes)


def test_a_shape_that_two_channels_move_gets_their_sum(hero, keys):
    from addon.blender.keys import shapes

    key = hero.data.shape_keys
    both = [
        keys.Target("a", key, "Hero", "cheekPuff", 0.5),
        keys.Target("b", key, "Hero", "cheekPuff", 0.25),
        keys.Target("c", key, "Hero", "gone"),
    ]
    motion = {name: np.array([1, 0.5], np.float32) for name in "abc"}
    (found,) = shapes.gather(both, motion)
    assert list(found.values) == ["cheekPuff"]
    assert found.values["cheekPuff"].tolist() == [0.75, 0.375]


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZXY", "AXIS_ANGLE"])
@pytest.mark.parametrize("tilt", [0.0, 0.8])
def test_a_bone_turns_about_the_faces_own_axes(mode, tilt, registered, keys):
    from addon.blender.keys import bones

    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    armature.rotation_euler.z = tilt
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("head")
    bone.head, bone.tail, bone.roll = (0, 0, 0), (0.3, 0.1, 1), 0.4
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.update()
    armature.pose.bones["head"].rotation_mode = mode
    angles = {"headYaw": 0.3, "headPitch": -0.2, "headRoll": 0.1}
    motion = {name: np.array([0, value], np.float32) for name, value in angles.items()}
    turns = [keys.Turn(f"head{axis.capitalize()}", armature, "head", axis) for axis in ("yaw", "pitch", "roll")]
    (turned,) = bones.gather(turns, motion)
    rest = (armature.matrix_world @ armature.pose.bones["head"].matrix).to_3x3()
    for (path, index), values in turned.curves.items():
        armature.path_resolve(path)[index] = values[1]
    bpy.context.view_layer.update()
    moved = (armature.matrix_world @ armature.pose.bones["head"].matrix).to_3x3()
    # Blender's z is the face's y, its -y the face's z: yaw about z, pitch about x, roll about -y.
    expected = Matrix.Rotation(0.3, 3, "Z") @ Matrix.Rotation(-0.2, 3, "X") @ Matrix.Rotation(-0.1, 3, "Y")
    found = moved @ rest.inverted()
    assert np.abs(np.array(found) - np.array(expected)).max() < 1e-5


def test_an_object_turns_over_what_it_is_at_rest(registered, keys):
    from addon.blender.keys import bones

    eye = bpy.data.objects.new("Eye", None)
    bpy.context.scene.collection.objects.link(eye)
    eye.rotation_euler = (0.5, 0.2, -0.7)
    bpy.context.view_layer.update()
    rest = eye.matrix_world.to_3x3()
    (turned,) = bones.gather([keys.Turn("leftEyeYaw", eye, "", "yaw")], {"leftEyeYaw": np.array([0.25], np.float32)})
    for (path, index), values in turned.curves.items():
        eye.path_resolve(path)[index] = values[0]
    bpy.context.view_layer.update()
    found = (eye.matrix_world.to_3x3() @ rest.inverted()).to_quaternion()
    assert found.rotation_difference(Quaternion((0, 0, 1), 0.25)).angle < 1e-5


def test_rates_are_exact(registered):
    from fractions import Fraction

    from addon.blender.keys import scene_rate

    scene = bpy.context.scene
    for fps, base, expected in (
        (24, 1, 24),
        (30, 1.001, Fraction(30000, 1001)),
        (24, 1.001, Fraction(24000, 1001)),
        (60, 1.0, 60),
        (50, 2.0, 25),
    ):
        scene.render.fps, scene.render.fps_base = fps, base
        assert scene_rate(scene) == expected
