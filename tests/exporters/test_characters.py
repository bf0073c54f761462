"""Artists' characters of several systems, made in Blender, keyed, exported and read back without it.

    python -m tests.exporters.test_characters FOLDER

makes them, in a process of its own.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pygltflib import GLTF2
from scipy.spatial.transform import Rotation

from backend.errors import FaceError, InputError
from backend.face.match import accept, match_meshes, read_matching, suggest, write_matching
from backend.face.pose import rotation
from backend.motion import Motion, Side, Unit
from backend.motion.arkit import APPLE_52
from exporters import export
from exporters.blender import names_in
from tests.conftest import ROOT
from tests.exporters.readers import read_glb, run_reader
from tests.exporters.takes import ARKIT, random_motion, take_of
from tests.face.character_names import VRM_1, pairs

FRAMES = 20
JAW = 0.384  # radians of a jaw that is wholly open, as presets/rigs/bones.toml has it
SIDEWAYS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")


def short(name):
    """As ICT-FaceKit and Face Cap write sides."""
    return name if name in SIDEWAYS else re.sub(r"(Left|Right)$", lambda found: f"_{found[0][0]}", name)


CC4 = pairs("""
Brow_Raise_Inner/ Brow_Raise_Outer/ Brow_Drop/ Eye_Blink/ Eye_Squint/ Eye_Wide/ Eye_L_Look_L Eye_L_Look_R Eye_R_Look_L Eye_R_Look_R
Eye_L_Look_Up Eye_L_Look_Down Eye_R_Look_Up Eye_R_Look_Down Nose_Sneer/ Cheek_Raise/ Cheek_Puff/ Mouth_Smile/ Mouth_Frown/
Mouth_Stretch/ Mouth_Dimple/ Mouth_Press/ Mouth_Pucker_Up/ Mouth_Pucker_Down/ Mouth_Funnel_Up/ Mouth_Funnel_Down/ Mouth_Roll_In_Upper/
Mouth_Roll_In_Lower/ Mouth_Up_Upper/ Mouth_Down_Lower/ Mouth_Shrug_Upper Mouth_Shrug_Lower Mouth_L Mouth_R Mouth_Close Jaw_Open
Jaw_Forward Jaw_L Jaw_R V_Open V_Explosive V_Dental_Lip
""")
# Shapes by mesh, and what carries what: the truth that the library is held against.
CC4_MESHES = {
    "CC_Base_Body": CC4,
    "CC_Base_Lashes": pairs("Eye_Blink/ Eye_Wide/"),
    "CC_Base_Tongue": ["Jaw_Open", "Tongue_Out", "V_Open", "V_Explosive", "V_Dental_Lip"],
    "Brows": pairs("browDown~ BrowInnerUp"),
}
CC4_TRUTH = {
    "CC_Base_Body": {"Brow_Raise_Inner_R": "browInnerUp", "Eye_L_Look_R": "eyeLookInLeft", "Mouth_Smile_R": "mouthSmileRight"}
    | {"Jaw_Open": "jawOpen", "Jaw_L": "jawLeft", "Mouth_Funnel_Down_L": "mouthFunnel", "Brow_Drop_L": "browDownLeft"},
    "CC_Base_Lashes": {"Eye_Blink_L": "eyeBlinkLeft", "Eye_Blink_R": "eyeBlinkRight", "Eye_Wide_R": "eyeWideRight"},
    "CC_Base_Tongue": {"Jaw_Open": "jawOpen", "Tongue_Out": "tongueOut"},
    "Brows": {"browDownLeft": "browDownLeft", "browDownRight": "browDownRight", "BrowInnerUp": "browInnerUp"},
}
ARKIT_MESHES = {
    "Face": [name[0].upper() + name[1:] for name in APPLE_52],
    "Lids": [short(name) for name in APPLE_52 if name.startswith("eye")],
    "LowerTeeth": ["teeth_shapes.jawOpen", "teeth_shapes.jawLeft", "teeth_shapes.jawRight"],
    "Tongue": ["tongueOut", "jawOpen"],
}
# A name, where the bone begins and ends, its roll, and what it hangs from: none lies along the face's axes.
CROOKED = [
    ("Spine", (0, 0, 0), (0, 0.02, 1), 0.3, None),
    ("Head", (0, 0.02, 1), (0.05, 0.1, 1.3), 0.7, "Spine"),
    ("jaw", (0.01, -0.02, 1.05), (0.06, -0.12, 0.98), 2.1, "Head"),
    ("eye.L", (0.03, -0.1, 1.1), (0.05, -0.2, 1.14), 1.1, "Head"),
    ("eye.R", (-0.03, -0.1, 1.1), (-0.03, -0.2, 1.02), -2.4, "Head"),
]
CC_BONES = [({"Head": "CC_Base_Head"}.get(name, name), *rest, parent and "CC_Base_Head") for name, *rest, parent in CROOKED[1:2]]


def characters():
    """Meshes, bones, and how the armature lies, by name of the file."""
    return {
        "cc4.fbx": (CC4_MESHES, CC_BONES, False),
        "arkit.glb": (ARKIT_MESHES, [], False),
        "vrm.blend": ({"Face": VRM_1}, CROOKED[:2], False),
        "jaw.blend": ({"Face": ["mouthSmile", *pairs("eyeBlink/ mouthFrown.l mouthFrown.r")]}, CROOKED, False),
        "tilted.blend": ({"Face": pairs("eyeBlink%")}, CROOKED, True),
        "bones.blend": ({"Face": []}, CROOKED, False),
        "typos.blend": ({"Face": ["jawOpn", *pairs("mouthSmlie~ eyeBlink~"), "Fat"], "Teeth": ["teeth:jawOpn", "Fat"]}, [], False),
        "bare.blend": ({"Face": []}, [], False),
    }


def build(folder):
    import bpy

    for name, (meshes, bones, tilted) in characters().items():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig = _armature(bpy, bones, tilted) if bones else None
        for at, (mesh, shapes) in enumerate(meshes.items()):
            _mesh(bpy, mesh, shapes, at, rig)
        path = str(folder / name)
        {
            ".blend": lambda path: bpy.ops.wm.save_as_mainfile(filepath=path),
            ".fbx": lambda path: bpy.ops.export_scene.fbx(filepath=path, add_leaf_bones=False),
            ".glb": lambda path: bpy.ops.export_scene.gltf(filepath=path),
        }[Path(name).suffix](path)


def _mesh(bpy, name, shapes, at, rig):
    """A strip of the face with two vertices for each shape."""
    count = max(len(shapes), 1)
    points = [(0.3 * at + 0.02 * side, -0.1, 1 + 0.01 * row) for row in range(count + 1) for side in (0, 1)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], [(2 * row, 2 * row + 1, 2 * row + 3, 2 * row + 2) for row in range(count)])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    if shapes:
        thing.shape_key_add(name="Basis")
    for row, shape in enumerate(shapes):
        key = thing.shape_key_add(name=shape, from_mix=False)
        key.value = 0
        for side in (0, 1):
            key.data[2 * row + side].co.y -= 0.02
    if rig:
        thing.vertex_groups.new(name=rig.data.bones[-1].name).add(list(range(len(points))), 1.0, "REPLACE")
        thing.modifiers.new("Armature", "ARMATURE").object = rig


def _armature(bpy, bones, tilted):
    """As importers leave it, where ``tilted``: y up and in centimetres, stood upright and shrunk by its object."""
    rig = bpy.data.objects.new("Skeleton", bpy.data.armatures.new("Skeleton"))
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, head, tail, roll, parent in bones:
        bone = rig.data.edit_bones.new(name)
        lie = (lambda p: (100 * p[0], 100 * p[2], -100 * p[1])) if tilted else (lambda p: p)
        bone.head, bone.tail, bone.roll = lie(head), lie(tail), roll
        bone.parent = rig.data.edit_bones.get(parent) if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    if tilted:
        rig.rotation_euler, rig.scale = (np.pi / 2, 0, 0), (0.01, 0.01, 0.01)
    bpy.context.view_layer.update()
    return rig


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("characters")
    command = [sys.executable, "-m", "tests.exporters.test_characters", made]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return made


def moving(*, only=lambda channel: True, seed=3):
    """A take that begins at rest, with every channel that ``only`` admits in movement."""
    motion = random_motion(FRAMES, "30", seed, turn=0.4)
    mask = np.array([only(channel) for channel in ARKIT.channels], np.float32)
    ramp = np.minimum(np.arange(FRAMES) / 3, 1).astype(np.float32)
    return take_of(Motion(ARKIT, motion.values * mask * ramp[:, None], motion.rate))


def straight(motion):
    """The jaw moves sideways in the first half alone."""
    values = motion.values.copy()
    values[FRAMES // 2 :, [ARKIT.index(name) for name in ("jawLeft", "jawRight")]] = 0
    return Motion(ARKIT, values, motion.rate)


def written(head, take, path, to_options, **given):
    options, notes, _ = to_options(head=head, **given)
    export(take, path, options)
    return " ".join(notes)


def degrees_apart(found, wanted):
    return float(np.degrees(Rotation.from_matrix(np.swapaxes(found, 1, 2) @ wanted).magnitude()).max())


def wanted_turns(motion):
    """World turns of head, jaw and eyes, by the conventions of the arkit rig, independently of the table of bones."""
    head, left, right = (rotation(*(motion[f"{joint}{axis}"].astype(float) for axis in ("Yaw", "Pitch", "Roll"))) for joint in JOINTS)
    sideways = 0.105 * (motion["jawLeft"] - motion["jawRight"]).astype(float)
    jaw = rotation(sideways, JAW * motion["jawOpen"].astype(float), np.zeros(motion.frames))
    return {
        "Head": head,
        "jaw": head @ jaw,
        "eye.L": head @ left,
        "eye.R": head @ right,
        "Spine": np.tile(np.eye(3), (motion.frames, 1, 1)),
    }


JOINTS = ("head", "leftEye", "rightEye")


def world_turns(path):
    """Turns ``[frames, 3, 3]`` of every node of a glTF file away from where it is in the first frame, about the world's axes."""
    document, found = GLTF2().load_binary(os.fspath(path)), read_glb(path)
    parents = {child: i for i, node in enumerate(document.nodes) for child in node.children or ()}
    turns = {}
    for i, node in enumerate(document.nodes):
        world, at = np.eye(3), i
        while at is not None:
            name = document.nodes[at].name
            local = Rotation.from_quat(found["turns"].get(name, [found["rest"][name]])).as_matrix()
            world, at = local @ world, parents.get(at)
        turns[node.name] = world @ np.swapaxes(world[:1], 1, 2) if len(world.shape) == 3 else world
    return turns


@pytest.mark.parametrize(
    ("name", "suffix"), [("jaw.blend", ".fbx"), ("jaw.blend", ".glb"), ("tilted.blend", ".fbx"), ("bones.blend", ".glb")]
)
def test_jaw_eyes_and_head_turn_about_the_faces_axes_however_their_bones_lie(name, suffix, folder, tmp_path, to_options):
    take = take_of(straight(moving().motion))
    notes = written(folder / name, take, tmp_path / f"a{suffix}", to_options)
    if suffix == ".fbx":
        found = run_reader("in_ufbx.py", tmp_path / "a.fbx", tmp_path / "a.npz")
        found = {key.removeprefix("bone/"): turns @ turns[0].T for key, turns in found.items() if key.startswith("bone/")}
    else:
        found = world_turns(tmp_path / "a.glb")
    for bone, turns in wanted_turns(take.motion).items():
        assert degrees_apart(np.broadcast_to(found[bone], turns.shape), turns) < 0.1, bone
    # The jaw's share of the head's turn, as an angle alone, and downwards: a point in front of the hinge falls.
    jaw = np.swapaxes(found["Head"], 1, 2) @ found["jaw"]
    angle, opened = np.degrees(Rotation.from_matrix(jaw).magnitude()), take.motion["jawOpen"]
    assert np.abs(angle - np.degrees(JAW) * opened)[FRAMES // 2 :].max() < 0.1
    assert np.ptp(opened[FRAMES // 2 :]) > 0.5
    assert ((jaw @ [0, 0, 1.0])[:, 1] <= 1e-6).all()
    assert "jawOpen" not in notes
    assert "rotations were left out" not in notes


def test_a_character_of_four_meshes_is_one(folder, tmp_path, to_options):
    """CC4's own names on body, lashes and tongue, ARKit's on the brows; visemes rest where single shapes say it."""
    take = moving()
    notes = written(folder / "cc4.fbx", take, tmp_path / "a.glb", to_options)
    shapes = read_glb(tmp_path / "a.glb")["shapes"]
    assert set(shapes) == set(CC4_MESHES)
    for mesh, truth in CC4_TRUTH.items():
        for shape, channel in truth.items():
            assert np.abs(shapes[mesh][shape] - take.motion[channel]).max() < 1e-3, (mesh, shape)
        still = [shape for shape in shapes[mesh] if shape.startswith("V_")]
        assert all(np.abs(shapes[mesh][shape]).max() == 0 for shape in still)
    assert "V_Open" in notes


def test_arkits_names_in_four_spellings(folder, tmp_path, to_options):
    take = moving()
    written(folder / "arkit.glb", take, tmp_path / "a.glb", to_options)
    shapes = read_glb(tmp_path / "a.glb")["shapes"]
    truth = {
        "Face": {name[0].upper() + name[1:]: name for name in APPLE_52},
        "Lids": {short(name): name for name in APPLE_52 if name.startswith("eye")},
        "LowerTeeth": {f"teeth_shapes.{name}": name for name in ("jawOpen", "jawLeft", "jawRight")},
        "Tongue": {name: name for name in ("tongueOut", "jawOpen")},
    }
    assert {mesh: set(found) for mesh, found in shapes.items()} == {mesh: set(found) for mesh, found in truth.items()}
    for mesh, found in truth.items():
        for shape, channel in found.items():
            assert np.abs(shapes[mesh][shape] - take.motion[channel]).max() < 1e-3, (mesh, shape)


VOWELS = ("aa", "ih", "ou", "ee", "oh")
SIDES = (Side.LEFT, Side.RIGHT)


def side_of(name):
    """What a shape or a bone of these characters says of its side; CC4 names the eye before the way it looks."""
    found = re.match(r"Eye_([LR])_Look", name) or re.search(r"((?<=[_.])[LRlr]|Left|Right)$", name)
    sideways = re.fullmatch(r"(teeth_shapes\.)?(jaw|mouth)_?(l|r|left|right)", name, re.IGNORECASE)
    return {"l": Side.LEFT, "r": Side.RIGHT}[found[1][0].lower()] if found and not sideways else Side.CENTRE


@pytest.mark.parametrize("name", ["cc4.fbx", "arkit.glb", "jaw.blend", "vrm.blend"])
def test_one_side_never_moves_the_other(name, folder, tmp_path, to_options):
    """First the channels of the left side move alone, then those of the right."""
    halves = [moving(only=lambda channel, side=side: channel.side is side and channel.name not in SIDEWAYS).motion for side in SIDES]
    take = take_of(Motion(ARKIT, np.concatenate([half.values for half in halves]), halves[0].rate))
    written(folder / name, take, tmp_path / "a.glb", to_options)
    found = read_glb(tmp_path / "a.glb")
    curves = {shape: curve[:, None] for shapes in found["shapes"].values() for shape, curve in shapes.items()}
    curves |= {bone: turns - turns[0] for bone, turns in found["turns"].items()}
    for side, frames in zip(SIDES, (slice(FRAMES), slice(FRAMES, None)), strict=True):
        moved = {name for name, curve in curves.items() if np.abs(curve[frames]).max() > 1e-6}
        # One smile for both sides and whole mouths are all that may move with either; halves of a channel of the middle rest with it.
        sided = {
            name for name in curves if side_of(name) is side and not (name in CC4 and re.search("Inner|Puff|Pucker|Funnel|Roll", name))
        }
        assert sided
        assert moved - {"mouthSmile", *VOWELS} == sided


def test_a_character_that_has_only_visemes_speaks(folder, tmp_path, to_options):
    ramp = np.linspace(0, 1, FRAMES)
    aa = {"jawOpen": 0.45, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2, "mouthUpperUpLeft": 0.12, "mouthUpperUpRight": 0.12}
    motion = Motion.from_curves(ARKIT, {name: value * ramp for name, value in aa.items()}, FRAMES, moving().motion.rate)
    notes = written(folder / "vrm.blend", take_of(motion), tmp_path / "a.fbx", to_options)
    found = run_reader("in_ufbx.py", tmp_path / "a.fbx", tmp_path / "a.npz")
    curves = {key.removeprefix("shape/"): rows[:, 1] for key, rows in found.items() if key.startswith("shape/")}
    said = {name: curves[name] for name in VOWELS}
    assert max(said, key=lambda name: said[name][-1]) == "aa"
    assert said["aa"][-1] > 0.65
    assert (np.diff(said["aa"]) >= -1e-4).all()
    assert all(values[0] == pytest.approx(0, abs=1e-4) for values in said.values())
    assert "happy" in notes


def test_names_are_read(folder):
    meshes, bones = names_in(folder / "jaw.blend")
    assert meshes == characters()["jaw.blend"][0]
    assert bones == [name for name, *_ in CROOKED]


SPOILED = """
import sys
from pathlib import Path
import numpy as np
from backend.errors import OutputError
from backend.take import Take
from exporters.blender.files import check, write
from exporters.blender.heads import load_head
from exporters.blender.performance import perform_artists
head, line, made = map(Path, sys.argv[1:])
motion = Take.read(line).motion
done = perform_artists(load_head(head, "hero"), motion, "hero")
write(made, motion.frames, motion.rate)
check(made, done, motion.frames, motion.rate)
(bones,) = done.bones.values()
bones["jaw"] = np.repeat(bones["jaw"][:1], motion.frames, axis=0)
try:
    check(made, done, motion.frames, motion.rate)
except OutputError as error:
    print(error, flush=True)
"""


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_a_jaw_that_comes_back_otherwise_is_found_out(suffix, folder, tmp_path):
    (tmp_path / "a.take").write_bytes(moving().to_bytes())
    command = [sys.executable, "-c", SPOILED, folder / "jaw.blend", tmp_path / "a.take", tmp_path / f"a{suffix}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert "channel 'jaw' came back off by" in done.stdout, done.stdout + done.stderr


def test_a_saved_and_edited_matching_is_obeyed(folder, tmp_path, to_options):
    """Guesses only where they were accepted, halves and exchanges as the file says, and on one mesh only what stands under its name."""
    head, path = folder / "typos.blend", tmp_path / "hero.toml"
    meshes, bones = names_in(head)
    found = match_meshes(meshes, ARKIT, bones)
    assert "jawOpen" not in found.carried()
    write_matching(accept(found, ARKIT, suggest(found, ARKIT)), path)
    assert read_matching(path).guessed == ("jawOpen", "mouthSmileLeft", "mouthSmileRight")
    text = path.read_text("utf-8")
    for before, after in {
        '"mouthSmileLeft" = { "mouthSmlieLeft" = 1.0 }': "mouthSmileLeft = { mouthSmlieLeft = 0.25 }",
        '"eyeBlinkLeft" = { "eyeBlinkLeft" = 1.0 }': "eyeBlinkLeft = { eyeBlinkRight = 1.0 }",
        '"eyeBlinkRight" = { "eyeBlinkRight" = 1.0 }\n': "",
    }.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text + '\n[meshes.Teeth.shapes]\njawOpen = { "teeth:jawOpn" = 0.5 }\ncheekPuff = { Fat = 1.0, Gone = 1.0 }\n', "utf-8")
    take = moving()
    notes = written(head, take, tmp_path / "a.glb", to_options, matching=read_matching(path))
    shapes, motion = read_glb(tmp_path / "a.glb")["shapes"], take.motion
    for mesh, shape, values in (
        ("Face", "jawOpn", motion["jawOpen"]),
        ("Face", "mouthSmlieLeft", 0.25 * motion["mouthSmileLeft"]),
        ("Face", "mouthSmlieRight", motion["mouthSmileRight"]),
        ("Face", "eyeBlinkRight", motion["eyeBlinkLeft"]),
        ("Face", "eyeBlinkLeft", 0 * motion["eyeBlinkLeft"]),
        ("Face", "Fat", 0 * motion["cheekPuff"]),
        ("Teeth", "teeth:jawOpn", 0.5 * motion["jawOpen"]),
        ("Teeth", "Fat", motion["cheekPuff"]),
    ):
        assert np.abs(shapes[mesh][shape] - values).max() < 1e-3, (mesh, shape)
    assert "does not have: Gone" in notes
    assert "eyeBlinkRight" in notes


def test_a_matching_for_another_head_is_told(folder, tmp_path, to_options):
    other = match_meshes({"Elsewhere": ["jawOpen"]}, ARKIT, ["jaw.of.another"])
    with pytest.raises(FaceError, match="the matching names none of them"):
        written(folder / "typos.blend", moving(), tmp_path / "a.glb", to_options, matching=other)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[meshes.Teeth]\njawOpen = {}", InputError, "jawOpen"),
        ("[meshes.Teeth.shapes]\njawOpn = {}", InputError, "did you mean 'jawOpen'"),
        ("[shape]\njawOpen = {}", InputError, "did you mean 'shapes'"),
        ("[shapes]\njawOpen = { a = nan }", FaceError, "nan"),
        ("meshes = 3", FaceError, "mistyped"),
        ("[meshes]\nTeeth = 3", FaceError, "mistyped"),
    ],
)
def test_slips_in_a_matching_are_told(text, error, words, tmp_path):
    (tmp_path / "a.toml").write_text(f'format = "mien-matching 1"\nrig = "arkit"\n{text}\n', "utf-8")
    with pytest.raises(error, match=words):
        read_matching(tmp_path / "a.toml")


@pytest.mark.parametrize("meshes", [CC4_MESHES, ARKIT_MESHES, {'Kopf "a".b': ["JawOpen"], "Zähne|x": ["teeth.jaw_open"]}])
def test_what_differs_on_a_mesh_comes_back_from_its_file(meshes, tmp_path):
    found = match_meshes(meshes, ARKIT, ["jaw"])
    assert found.meshes
    write_matching(found, tmp_path / "a.toml")
    assert read_matching(tmp_path / "a.toml") == found


def test_meshes_are_matched_as_one():
    meshes = {"Face": ["Face_jawOpen", "Face_mouthSmile", "Face_aa", "Face_oh"], "Teeth": ["Teeth_jawOpen"]}
    found = match_meshes(meshes, ARKIT, ["jaw", "head"])
    assert "jaw" not in found.bones
    assert match_meshes({"Face": meshes["Face"]}, ARKIT).meshes == {}
    # The tongue speaks with the same weights as the face though it has fewer of the visemes.
    vowels = match_meshes({"Face": VRM_1, "Tongue": ["aa", "ih", "oh"]}, ARKIT)
    motion = moving().motion
    assert all(np.array_equal(vowels.on("Tongue").curves(motion)[name], vowels.on("Face").curves(motion)[name]) for name in ("aa", "oh"))
    # No shape is used twice on a mesh, and what one mesh calls otherwise is counted as carried.
    for matching in (match_meshes(CC4_MESHES, ARKIT), match_meshes(ARKIT_MESHES, ARKIT), vowels):
        assert set(matching.unmatched_channels).isdisjoint(matching.carried())
        assert set(matching.unmatched_shapes).isdisjoint(matching.used())
        assert matching.carried() | set(matching.unmatched_channels) >= set(ARKIT.in_unit(Unit.WEIGHT))
    cleared = replace(vowels, meshes={})
    assert cleared.on("Face") == cleared


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
