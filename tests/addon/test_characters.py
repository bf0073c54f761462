"""Characters set up, matched, corrected, saved with the file and looked over."""

import math

import bpy
import numpy as np
import pytest

from addon.blender import characters
from addon.blender.characters import active, matching, names, setting_up
from addon.blender.characters.report import report
from addon.bridge import ServiceError
from tests.addon.characters_scene import ARKIT_SOME, Matcher, armature_with, linked, mesh_with, registered, rows_of, selected


@pytest.fixture
def mien():
    yield from registered(characters)


def answer(channels, bones=None, guessed=(), missing=(), **more):
    """What the service answers to a question on names."""
    return {"preset": "", "channels": channels, "guessed": list(guessed), "missing": list(missing), "bones": bones or {}, **more}


def part(mesh, shape, scale=1.0, score=1.0):
    return {"mesh": mesh, "shape": shape, "scale": scale, "score": score}


@pytest.fixture
def face(mien):
    """Face and teeth, an eyeball and a skeleton, selected."""
    things = (
        mesh_with("Face", ARKIT_SOME),
        mesh_with("Teeth", ("teeth.jawOpen",)),
        mesh_with("EyeL", ()),
        armature_with("Rig", {"Head": 0.3, "hand": 0}),
    )
    modifier = things[0].modifiers.new("Armature", "ARMATURE")
    modifier.object = things[3]
    selected(*things)
    return things


GIVEN = answer(
    {
        "jawOpen": [part("Face", "jawOpen"), part("Teeth", "teeth.jawOpen", 1.0, 0.98)],
        "mouthSmileLeft": [part("Face", "MouthSmileLeft", 0.5, 0.9)],
        "cheekPuff": [part("Face", "mouthClose", 1.0, 0.7)],
    },
    {
        "Head": [{"channel": "headYaw", "axis": "yaw", "radians": 1.0}],
        "EyeL": [{"channel": "leftEyePitch", "axis": "pitch", "radians": -0.5}],
    },
    ["cheekPuff"],
    ["tongueOut", "jawLeft"],
)


def test_set_up_asks_for_every_name_and_keeps_the_answer(face, mien):
    service = Matcher(GIVEN)
    mien.use(service)
    assert bpy.ops.mien.character_set_up() == {"FINISHED"}
    meshes, bones = service.asked
    assert meshes == [{"name": "Face", "shapes": list(ARKIT_SOME)}, {"name": "Teeth", "shapes": ["teeth.jawOpen"]}]
    assert bones == ["Head", "hand", "EyeL"]
    character = active.chosen(bpy.context)
    assert character.name == "Face"
    assert rows_of(character) == [
        ("jawOpen", "Face", "jawOpen", 1.0),
        ("jawOpen", "Teeth", "teeth.jawOpen", 1.0),
        ("mouthSmileLeft", "Face", "MouthSmileLeft", 0.5),
    ]
    assert [(t.channel, t.owner.name, t.bone, t.axis, t.radians) for t in matching.bones(character)] == [
        ("headYaw", "Rig", "Head", "yaw", 1.0),
        ("leftEyePitch", "EyeL", "", "pitch", -0.5),
    ]


def test_guesses_wait_until_they_are_accepted(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    before = report(character)
    assert (before.waiting, before.guessed) == (("cheekPuff <- mouthClose  0.70",), ())
    assert before.missing == ("tongueOut", "jawLeft")
    bpy.ops.mien.character_accept()
    assert ("cheekPuff", "Face", "mouthClose", 1.0) in rows_of(character)
    after = report(character)
    assert (after.waiting, after.guessed) == ((), ("cheekPuff <- mouthClose  0.70",))
    for word in ("cheekPuff", "tongueOut", "Head turns with headYaw", "Nothing carries"):
        assert word in after.text()


def test_parts_lead_to_their_character(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    for thing in face:
        bpy.context.view_layer.objects.active = thing
        assert active.chosen(bpy.context).name == "Face"
    other = mesh_with("Other", ("jawOpen",))
    mien.use(Matcher(answer({"jawOpen": [part("Other", "jawOpen")]})))
    selected(other)
    bpy.ops.mien.character_set_up()
    bpy.context.view_layer.objects.active = face[1]
    assert active.chosen(bpy.context).name == "Face"
    bpy.context.view_layer.objects.active = other
    assert active.chosen(bpy.context).name == "Other"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [(ServiceError("stopped", "Mien's service has stopped."), "Mien's service has stopped."), (None, "select the face")],
)
def test_what_goes_wrong_is_one_sentence_and_changes_nothing(given, sentence, mien, face):
    if given:
        double = mien.double()
        double.faults.errors["match"] = given
        mien.use(double)
    else:
        selected(face[2])
        mien.use(Matcher(GIVEN))
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.mien.character_set_up()
    assert not any(active.is_character(thing) for thing in bpy.data.objects)


def test_it_is_saved_with_the_file(face, mien, tmp_path):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    rows = rows_of(active.chosen(bpy.context))
    turns = [(t.channel, t.owner.name, t.bone, t.face) for t in matching.bones(active.chosen(bpy.context))]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert active.chosen(bpy.context) is None
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    character = active.chosen(bpy.context)
    assert rows_of(character) == rows
    assert [(t.channel, t.owner.name, t.bone, t.face) for t in matching.bones(character)] == turns


def test_what_is_deleted_or_renamed_is_followed(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    face[1].name = "Lower teeth"
    assert ("jawOpen", "Lower teeth", "teeth.jawOpen", 1.0) in rows_of(character)
    bpy.data.objects.remove(face[1])
    face[0].shape_key_remove(face[0].data.shape_keys.key_blocks["MouthSmileLeft"])
    assert rows_of(character) == [("jawOpen", "Face", "jawOpen", 1.0)]
    assert "gone" in {conflict.kind for conflict in report(character).conflicts}
    index = [conflict.kind for conflict in report(character).conflicts].index("gone")
    assert bpy.ops.mien.character_mend(index=index) == {"FINISHED"}
    assert "gone" not in {conflict.kind for conflict in report(character).conflicts}


def test_the_matching_file_is_the_command_line_s(face, mien, tmp_path):
    pytest.importorskip("scipy")
    from backend.face.match import match_meshes, read_matching, write_matching
    from backend.motion import RIGS

    bones = ["Head", "hand"]
    found = match_meshes({mesh.name: names.shapes_of(mesh) for mesh in face[:2]}, RIGS["arkit"], bones)
    write_matching(found, tmp_path / "theirs.toml")
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    bpy.ops.mien.matching_load(filepath=str(tmp_path / "theirs.toml"))
    character = active.chosen(bpy.context)
    expected = {
        (c, m.name, s, w) for m in face[:2] for c, parts in found.on(m.name).shapes.items() for s, w in parts if s in names.shapes_of(m)
    }
    assert set(rows_of(character)) == expected
    assert {(t.channel, t.bone, t.axis) for t in matching.bones(character)} == {
        (t.channel, b, t.axis) for b, ts in found.bones.items() for t in ts
    }
    bpy.ops.mien.matching_save(filepath=str(tmp_path / "ours.toml"))
    again = read_matching(tmp_path / "ours.toml")
    for mesh in face[:2]:
        there = names.shapes_of(mesh)
        assert {c: {s: w for s, w in p if s in there} for c, p in again.on(mesh.name).shapes.items() if any(s in there for s, _ in p)} == {
            c: {s: w for s, w in p if s in there} for c, p in found.on(mesh.name).shapes.items() if any(s in there for s, _ in p)
        }
    assert again.bones == found.bones


@pytest.mark.parametrize(
    "text", ["", "format = 'mien-matching 1'", "rig = 'arkit'\nformat = 'mien-matching 1'\n[shapes]\njawOpen = 3", "\x00", "[[["]
)
def test_a_broken_matching_file_is_refused_and_changes_nothing(face, mien, tmp_path, text):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    before = rows_of(active.chosen(bpy.context))
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(RuntimeError, match=r"a\.toml"):
        bpy.ops.mien.matching_load(filepath=str(tmp_path / "a.toml"))
    assert rows_of(active.chosen(bpy.context)) == before


def kinds(character):
    return [conflict.kind for conflict in report(character).conflicts]


def test_what_is_in_the_way_is_told_and_mended(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    character, keys, rig = active.chosen(bpy.context), face[0].data.shape_keys, face[3]
    assert kinds(character) == []
    assert report(character).ready
    keys.key_blocks["jawOpen"].mute = True
    face[0].show_only_shape_key = True
    keys.key_blocks["MouthSmileLeft"].slider_max = 0.5
    rig.data.pose_position = "REST"
    keys.key_blocks["jawOpen"].driver_add("value")
    rig.pose.bones["Head"].constraints.new("COPY_ROTATION")
    data = keys.animation_data
    action = bpy.data.actions.new("Old")
    data.nla_tracks.new().strips.new("Old", 1, action)
    data.action = action
    found = kinds(character)
    assert set(found) >= {"muted", "solo", "range", "rest", "drivers", "constraints", "hidden"}
    assert not report(character).ready
    assert set(found[:2]) == {"solo", "rest"}
    for kind in ("muted", "solo", "rest", "hidden"):
        assert bpy.ops.mien.character_mend(index=kinds(character).index(kind)) == {"FINISHED"}
        assert kind not in kinds(character)
    assert not keys.key_blocks["jawOpen"].mute
    assert not face[0].show_only_shape_key
    assert data.action is None
    assert report(character).ready


def test_the_report_is_a_text_block(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    assert bpy.ops.mien.character_report("EXEC_DEFAULT") == {"FINISHED"}
    assert bpy.data.texts["Mien report"].as_string().strip() == report(active.chosen(bpy.context)).text().strip()


def test_rows_and_meshes_come_and_go(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    own = character.mien_character
    assert bpy.ops.mien.match_add("EXEC_DEFAULT", channel="tongueOut") == {"FINISHED"}
    own.matches[own.match_index].shape = "browInnerUp"
    assert ("tongueOut", "Face", "browInnerUp", 1.0) in rows_of(character)
    assert "tongueOut" not in report(character).missing
    bpy.ops.mien.match_remove()
    assert "tongueOut" in report(character).missing
    own.mesh_index = 1
    bpy.ops.mien.character_mesh_remove()
    assert {row[1] for row in rows_of(character)} == {"Face"}
    selected(face[1])
    bpy.context.view_layer.objects.active = face[0]
    bpy.ops.mien.character_mesh_add()
    assert {row[1] for row in rows_of(character)} == {"Face", "Teeth"}
    bpy.ops.mien.character_forget()
    assert not active.is_character(character)


def test_a_bone_is_chosen_by_hand(face, mien):
    mien.use(Matcher(answer({"jawOpen": [part("Face", "jawOpen")]})))
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    bpy.context.view_layer.objects.active = face[3]
    face[3].data.bones.active = face[3].data.bones["hand"]
    for _ in range(2):  # the second time replaces the first
        bpy.ops.mien.turn_add(joint="jaw")
    assert [(t.bone, t.channel, t.axis, round(t.radians, 3)) for t in matching.bones(character)] == [
        ("hand", "jawOpen", "pitch", 0.384),
        ("hand", "jawLeft", "yaw", 0.105),
        ("hand", "jawRight", "yaw", -0.105),
    ]
    bpy.context.view_layer.objects.active = face[2]
    bpy.ops.mien.turn_add(joint="leftEye")
    assert [t.owner.name for t in matching.bones(character)][3:] == ["EyeL"] * 3


@pytest.mark.parametrize("front", ["-Y", "+Y", "+X", "-X"])
def test_the_face_keeps_its_axes_when_the_character_is_placed(face, mien, front):
    """Looked straight ahead at set-up, a turn moves the gaze the same way in the character's own space wherever it stands."""
    mien.use(Matcher(GIVEN))
    rig = face[3]
    rig.rotation_euler = (0.2, 0.1, 0.5)
    rig.scale = (2, 2, 2)
    bpy.context.view_layer.update()
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    character.mien_character.front = front
    bpy.ops.mien.turn_face()
    turn = next(turn for turn in matching.bones(character) if turn.bone)
    from mathutils import Matrix, Quaternion, Vector

    ahead = Vector({"-Y": (0, -1, 0), "+Y": (0, 1, 0), "+X": (1, 0, 0), "-X": (-1, 0, 0)}[front])
    seen = rig.matrix_world.to_3x3().normalized() @ Quaternion(turn.face).to_matrix() @ Vector((0, -1, 0))
    assert (seen - ahead).length < 1e-6
    upright = rig.matrix_world.to_3x3().normalized() @ Quaternion(turn.face).to_matrix() @ Vector((0, 0, 1))
    assert (upright - Vector((0, 0, 1))).length < 1e-6
    rig.matrix_world = Matrix.Rotation(math.pi / 2, 4, "Z") @ rig.matrix_world
    assert next(t for t in matching.bones(character) if t.bone).face == turn.face


def test_set_up_is_undone_and_done_again_in_one_step(face, mien):
    mien.use(Matcher(GIVEN))
    bpy.ops.ed.undo_push(message="before")
    # As from a button: only then is the step on the stack.
    assert bpy.ops.mien.character_set_up("EXEC_DEFAULT", True) == {"FINISHED"}
    rows = rows_of(active.chosen(bpy.context))
    bpy.ops.mien.character_forget("EXEC_DEFAULT", True)
    bpy.ops.ed.undo()
    assert rows_of(active.chosen(bpy.context)) == rows
    bpy.ops.ed.undo()
    assert not any(active.is_character(thing) for thing in bpy.data.objects)
    bpy.ops.ed.redo()
    assert rows_of(active.chosen(bpy.context)) == rows


def test_every_button_that_changes_something_is_a_step(face, mien):
    changing = [name for name in dir(bpy.ops.mien) if name.split("_")[0] in ("character", "match", "turn", "head", "matching")]
    assert len(changing) >= 14
    for name in changing:
        made = getattr(bpy.types, f"MIEN_OT_{name}")
        assert getattr(bpy.ops.mien, name).get_rna_type().description
        if name != "matching_save":
            assert "UNDO" in made.bl_options


def test_every_field_is_explained(mien):
    from addon.blender.characters import properties

    for made in properties.CLASSES:
        for prop in made.bl_rna.properties:
            if prop.identifier not in ("rna_type", "name", "face", "meshes", "matches", "turns", "rig"):
                assert prop.description, (made, prop.identifier)


def test_linked_characters_are_told_to_be_overridden(face, mien, tmp_path):
    mien.use(Matcher(GIVEN))
    bpy.ops.mien.character_set_up()
    character = linked(tmp_path / "a.blend")
    assert "linked" in kinds(character)
    assert not report(character).ready
    with pytest.raises(ValueError, match="library override"):
        setting_up.check_editable(character)
    overridden = character.override_create(remap_local_usages=True)
    bpy.context.view_layer.update()
    setting_up.check_editable(overridden)
    assert rows_of(overridden)[0][0] == "jawOpen"


@pytest.mark.parametrize("front", ["-Y", "+X"])
@pytest.mark.parametrize("mode", ["XYZ", "QUATERNION"])
def test_head_and_eyes_turn_about_the_face_wherever_the_character_stands(face, mien, front, mode):
    """Yaw goes to the character's left, pitch down, after the character was turned in its set."""
    from mathutils import Matrix, Vector

    from addon.blender.keys import bones

    channels = [{"channel": "headYaw", "axis": "yaw", "radians": 1.0}, {"channel": "headPitch", "axis": "pitch", "radians": 1.0}]
    mien.use(Matcher(answer({"jawOpen": [part("Face", "jawOpen")]}, {"Head": channels, "EyeL": channels})))
    rig, eye = face[3], face[2]
    eye.parent, eye.rotation_euler = rig, (0.4, 0.1, -0.3)
    eye.rotation_mode = rig.pose.bones["Head"].rotation_mode = mode
    bpy.context.view_layer.update()
    bpy.ops.mien.character_set_up()
    character = active.chosen(bpy.context)
    character.mien_character.front = front
    bpy.ops.mien.turn_face()
    rig.matrix_world = Matrix.Rotation(0.9, 4, "Z") @ rig.matrix_world
    bpy.context.view_layer.update()
    still = {name: _seen(rig, eye)[name] for name in ("head", "eye")}
    columns = {"headYaw": np.array([0, 0.5], np.float32), "headPitch": np.array([0, 0.3], np.float32)}
    for turned in bones.gather(matching.bones(character), columns):
        for (path, index), values in turned.curves.items():
            turned.owner.path_resolve(path)[index] = values[1]
    bpy.context.view_layer.update()
    looks = Matrix.Rotation(0.9, 3, "Z") @ Vector({"-Y": (0, -1, 0), "+X": (1, 0, 0)}[front])
    left = Vector((0, 0, 1)).cross(looks)
    gaze = (looks * np.cos(0.5) + left * np.sin(0.5)) * np.cos(0.3) - Vector((0, 0, 1)) * np.sin(0.3)
    for name, after in _seen(rig, eye).items():
        assert ((after @ still[name].inverted()) @ looks - gaze).length < 1e-5, name


def _seen(rig, eye):
    """World rotations of the head's bone and of the eyeball."""
    return {"head": (rig.matrix_world @ rig.pose.bones["Head"].matrix).to_3x3().normalized(), "eye": eye.matrix_world.to_3x3().normalized()}
