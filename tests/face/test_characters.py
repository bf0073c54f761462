"""Artists' characters: every system's own names, whole mouths, bones, guesses on wish, and matchings kept in files."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import FaceError, InputError, MienError
from backend.face.characters.files import read_matching, write_matching
from backend.face.characters.matching import EXACT, LISTED, SHARED, SPELLED, match
from backend.face.characters.presets import bones, presets
from backend.face.characters.report import describe
from backend.face.characters.suggest import Suggestion, accept, suggest
from backend.motion import RIGS, Motion, Side, Unit, parse_rate
from backend.motion.arkit import APPLE_52
from tests.face.character_names import CC3_NUMBERED, GENESIS_8, GENESIS_9, GENESIS_81, METAHUMAN, OCULUS, VRM_0, VRM_1, VROID, pairs
from tests.face.heads_of_others import face_cap_head, ict_head

ARKIT = RIGS["arkit"]
ALL = ARKIT.in_unit(Unit.WEIGHT)
RATE = parse_rate(30)
EXTRA = {"tongueTipUp", "tongueUp"}
MOUTH = set(ARKIT.in_region("jaw", "mouth", "tongue"))


# Names, the table that knows them, the least score over the rig's 54 shapes, and channels that must stay open.
SYSTEMS = {
    "CC3 and iClone, numbered": (CC3_NUMBERED.split(), "character_creator", 51, {"tongueOut"}),
    "MetaHuman curves": ([f"CTRL_expressions_{name}" for name in METAHUMAN], "metahuman", 54, set()),
    "MetaHuman, bare": (METAHUMAN, "metahuman", 54, set()),
    "Genesis 8.1": (GENESIS_81, "daz_genesis_9", 52, EXTRA),
    "Genesis 9": (GENESIS_9, "daz_genesis_9", 48, {"tongueOut", "mouthStretchLeft", "mouthStretchRight", "mouthShrugLower"}),
    "Genesis 8": (GENESIS_8, "daz_genesis_8", 25, {"eyeWideLeft", "mouthLowerDownLeft", "jawLeft"}),
    "Ready Player Me, ARKit": ([*APPLE_52, *(f"viseme_{name}" for name in OCULUS)], "", 52, EXTRA),
    "Ready Player Me": (
        ["mouthOpen", "mouthSmile", "eyesClosed", *(f"viseme_{name}" for name in OCULUS)],
        "ready_player_me",
        20,
        {"cheekPuff"},
    ),
    "Oculus": ([f"viseme_{name}" for name in OCULUS], "oculus_visemes", 16, {"eyeBlinkLeft", "mouthSmileLeft"}),
    "VRChat": ([f"vrc.v_{name.lower()}" for name in pairs("sil PP FF TH DD kk CH SS nn RR aa E ih oh ou")], "oculus_visemes", 16, set()),
    "VRM 0": (VRM_0, "vrm", 11, {"mouthSmileLeft"}),
    "VRM 1": (VRM_1, "vrm", 11, {"mouthSmileLeft"}),
    "VRoid": (VROID, "vrm", 11, {"mouthSmileLeft"}),
}


@pytest.mark.parametrize(("names", "table", "least", "open_"), SYSTEMS.values(), ids=SYSTEMS)
def test_a_system_is_known_by_its_names(names, table, least, open_):
    found = match(names, ARKIT)
    assert found.table == table
    assert found.score >= least / 54 - 1e-9
    assert open_ <= set(found.unmatched_channels)
    assert set(found.unmatched_channels) | found.carried() >= set(ALL)
    carriers = {shape for parts in found.shapes.values() for shape, _ in parts} | set(found.visemes)
    assert carriers | set(found.unmatched_shapes) == set(names)
    assert not carriers & set(found.unmatched_shapes)
    assert sorted(found.sure) == sorted(found.shapes)


@pytest.mark.parametrize(("names", "table", "least", "open_"), SYSTEMS.values(), ids=SYSTEMS)
def test_left_stays_left(names, table, least, open_):
    """A shape that names a side never carries a channel of the other one; where a table says in and out, the eye's own side counts."""
    found = match(names, ARKIT)
    for channel, parts in found.shapes.items():
        for shape, _ in parts:
            sides = {"L": Side.LEFT, "Left": Side.LEFT, "R": Side.RIGHT, "Right": Side.RIGHT}
            ending = re.search(r"(?:(?<=[a-z])|_|(?<=[UD]))(Left|Right|L|R)(?:_div2)?$", shape)
            if ending and ARKIT[channel].side is not Side.CENTRE:
                assert sides[ending[1]] is ARKIT[channel].side, (channel, shape)


def test_correctives_stay_still():
    for names in (GENESIS_81, GENESIS_9):
        assert {name for name in names if "_cbs_" in name} <= set(match(names, ARKIT).unmatched_shapes)


def test_metahuman_halves_and_quarters_carry_the_whole():
    found = match([f"CTRL_expressions_{name}" for name in METAHUMAN], ARKIT)
    assert sorted(found.shapes["mouthFunnel"]) == sorted((f"CTRL_expressions_mouthFunnel{end}", 1.0) for end in ("UL", "UR", "DL", "DR"))
    assert found.shapes["eyeLookInLeft"] == (("CTRL_expressions_eyeLookRightL", 1.0),)
    assert found.shapes["mouthSmileRight"] == (("CTRL_expressions_mouthCornerPullR", 1.0),)
    assert found.doubles["mouthPressLeft"] == ("CTRL_expressions_mouthLipsPressL",)


def test_genesis_prefers_the_control_to_its_parts():
    found = match(GENESIS_9, ARKIT)
    assert found.shapes["mouthRollLower"] == (("facs_ctrl_MouthRollLower", 1.0),)
    assert len(found.shapes["mouthClose"]) == 4
    assert found.shapes["eyeWideLeft"] == (("facs_bs_EyelidOpenUpperLeft", 1.0), ("facs_bs_EyelidOpenLowerLeft", 1.0))
    assert found.shapes["browInnerUp"] == (("facs_bs_BrowInnerUpLeft", 1.0), ("facs_bs_BrowInnerUpRight", 1.0))
    down = match(GENESIS_8, ARKIT)
    motion = Motion.from_curves(ARKIT, {"browDownLeft": [0.5], "jawOpen": [1.0]}, 1, RATE)
    assert down.curves(motion)["Genesis8Female__eCTRLBrowUp-DownL"] == [-0.5]


def test_smplx_coefficients_are_flames():
    flame = RIGS["flame"]
    found = match([f"Exp{i:03d}" for i in range(100)] + ["Shape000", "Pose000"], flame)
    assert found.table == "smplx"
    assert found.shapes["expression001"] == (("Exp000", 1.0),)
    assert len(found.shapes) == 50
    assert {"Exp050", "Shape000", "Pose000"} <= set(found.unmatched_shapes)


def test_real_heads_are_matched_wholly(shared_data, tmp_path):
    assert set(face_cap_head(shared_data, tmp_path).shapes) == set(APPLE_52)
    assert set(ict_head(shared_data).shapes) == set(APPLE_52) - {"tongueOut"}


def moved(**channels):
    return Motion.from_curves(ARKIT, {name: [value] for name, value in channels.items()}, 1, RATE)


@pytest.mark.parametrize("system", ["Oculus", "VRM 1", "Ready Player Me", "VRChat", "VRoid"])
def test_a_mouth_that_is_a_viseme_is_spoken_by_it(system):
    """Each viseme's own pose comes back as that viseme above all; at rest all are still."""
    found = match(SYSTEMS[system][0], ARKIT)
    assert len(found.visemes) >= 5
    assert not set(found.shapes) & {channel for pose in found.visemes.values() for channel, _ in pose}
    for shape, pose in found.visemes.items():
        curves = found.curves(moved(**dict(pose)))
        if pose:
            assert max(found.visemes, key=lambda name: curves[name][0]) == shape
            assert curves[shape][0] > 0.65
        assert all(0 <= curve[0] <= 1 for name, curve in curves.items() if name in found.visemes)
    still = found.curves(Motion.still(ARKIT, 3, RATE))
    assert all(np.abs(curve).max() < 1e-5 for curve in still.values())


def test_visemes_follow_the_jaw_and_closed_lips():
    found = match([f"viseme_{name}" for name in OCULUS], ARKIT)
    open_, less, closed = (found.curves(moved(jawOpen=jaw, mouthClose=close)) for jaw, close in ((0.45, 0), (0.2, 0), (0.45, 0.45)))
    poses = [
        sum(curves[shape][0] * dict(pose).get("jawOpen", 0) for shape, pose in found.visemes.items()) for curves in (open_, less, closed)
    ]
    assert poses[0] == pytest.approx(0.45, abs=0.1)
    assert poses[1] == pytest.approx(0.2, abs=0.06)
    assert poses[2] < 0.03
    wide = found.curves(moved(jawOpen=1.0))
    assert wide["viseme_aa"][0] > 0.95


def test_a_mouth_with_shapes_of_its_own_does_not_speak_by_visemes():
    found = match(SYSTEMS["Ready Player Me, ARKit"][0], ARKIT)
    assert not found.visemes
    assert {f"viseme_{name}" for name in OCULUS} == set(found.unmatched_shapes)
    assert match(["viseme_aa", "viseme_E", "smile"], ARKIT).visemes == {}


def test_one_smile_for_two_channels_and_two_halves_for_one():
    found = match(["mouthSmile", "browInnerUp_L", "browInnerUp_R", "jawOpen"], ARKIT)
    assert found.shapes["mouthSmileLeft"] == found.shapes["mouthSmileRight"] == (("mouthSmile", 0.5),)
    assert found.sure == {"jawOpen": EXACT, "mouthSmileLeft": SHARED, "mouthSmileRight": SHARED, "browInnerUp": SHARED}
    assert match(["JawOpen"], ARKIT).sure == {"jawOpen": SPELLED}
    assert match(["Blink_L"], ARKIT).sure == {"eyeBlinkLeft": LISTED}
    assert found.curves(moved(mouthSmileLeft=1.0, mouthSmileRight=0.4))["mouthSmile"][0] == pytest.approx(0.7)


def test_shapes_that_claim_the_same_channel_are_told():
    found = match(["jaw_open", "JawOpen", "jawOpen", "mouth_close", "MouthClose"], ARKIT)
    assert found.shapes["jawOpen"] == (("jawOpen", 1.0),)
    assert set(found.doubles["jawOpen"]) == {"jaw_open", "JawOpen"}
    assert found.shapes["mouthClose"] == (("mouth_close", 1.0),)
    assert found.doubles["mouthClose"] == ("MouthClose",)
    assert {"jaw_open", "JawOpen", "MouthClose"} == set(found.unmatched_shapes)


ARMATURES = {
    "Rigify": (
        ["root", "head", "jaw_master", "jaw", "DEF-jaw", "master_eye.L", "master_eye.R", "eye.L", "eye.R", "eyes", "chin"],
        "jaw_master",
    ),
    "Rigify's metarig": (["spine.006", "face", "jaw", "eye.L", "eye.R", "teeth.T"], "jaw"),
    "SMPL-X": (["pelvis", "neck", "head", "jaw", "left_eye_smplhf", "right_eye_smplhf"], "jaw"),
    "Character Creator": (["CC_Base_Head", "CC_Base_JawRoot", "CC_Base_L_Eye", "CC_Base_R_Eye", "CC_Base_Teeth02"], "CC_Base_JawRoot"),
    "Genesis 8": (["neckUpper", "head", "lowerJaw", "lEye", "rEye", "tongue01"], "lowerJaw"),
    "Genesis 9": (["neck2", "head", "lowerjaw", "l_eye", "r_eye"], "lowerjaw"),
    "Auto-Rig Pro": (["c_head.x", "c_jawbone.x", "c_eye.l", "c_eye.r", "c_neck.x"], "c_jawbone.x"),
    "MetaHuman": (["neck_02", "head", "FACIAL_C_Jaw", "FACIAL_L_Eye", "FACIAL_R_Eye"], "FACIAL_C_Jaw"),
    "Mixamo": (["mixamorig:Head", "mixamorig:HeadTop_End", "mixamorig:LeftEye", "mixamorig:RightEye"], ""),
    "VRoid": (["J_Bip_C_Head", "J_Adj_L_FaceEye", "J_Adj_R_FaceEye"], ""),
}


@pytest.mark.parametrize(("names", "jaw"), ARMATURES.values(), ids=ARMATURES)
def test_bones_turn_head_eyes_and_a_jaw_without_a_shape(names, jaw):
    found = match(["mouthSmileLeft"], ARKIT, names)
    joints = {bone: {turn.channel for turn in turns} for bone, turns in found.bones.items()}
    assert len(joints) == (4 if jaw else 3)
    assert all(bone in names for bone in joints)
    motion = moved(jawOpen=0.5, headPitch=0.2, leftEyeYaw=0.1, rightEyeYaw=-0.1)
    turns = found.turns(motion)
    by_channel = {channel: bone for bone, channels in joints.items() for channel in channels}
    assert turns[by_channel["headPitch"]][0] == pytest.approx([0, 0.2, 0])
    left, right = by_channel["leftEyeYaw"], by_channel["rightEyeYaw"]
    assert (turns[left][0, 0], turns[right][0, 0]) == pytest.approx((0.1, -0.1))
    assert re.search(r"(?i)(^|[^a-z])l([^a-z]|$|eye)|left", left)
    assert re.search(r"(?i)(^|[^a-z])r([^a-z]|$|eye)|right", right)
    if jaw:
        assert by_channel["jawOpen"] == jaw
        assert np.degrees(turns[jaw][0]) == pytest.approx([0, 11, 0], abs=0.1)
        assert "jawOpen" not in found.unmatched_channels
    else:
        assert "jawOpen" in found.unmatched_channels


def test_the_jaw_bone_rests_where_a_shape_or_a_viseme_opens_the_mouth():
    for shapes in (["jawOpen"], [f"viseme_{name}" for name in OCULUS]):
        assert "jaw" not in match(shapes, ARKIT, ["head", "jaw"]).bones
    turned = match(["mouthSmile"], ARKIT, ["jaw"]).turns(moved(jawLeft=1.0))["jaw"][0]
    # To the character's left, as headYaw counts.
    assert np.degrees(turned) == pytest.approx([6, 0, 0], abs=0.1)


def test_bone_rules_turn_about_axes_that_exist():
    assert [bone.joint for bone in bones()] == ["head", "leftEye", "rightEye", "jaw"]
    for bone in bones():
        assert all(turn.channel in ARKIT and turn.axis in ("yaw", "pitch", "roll") and turn.radians for turn in bone.turns)


def test_visemes_of_every_preset_stay_in_range_and_differ():
    seen = 0
    for preset in presets("arkit"):
        poses = [dict(viseme.pose) for viseme in preset.visemes.values()]
        seen += len(poses)
        for pose in poses:
            assert all(ARKIT[channel].low < value <= 1 for channel, value in pose.items())
            assert all(pose.get(ARKIT[channel].mirror) == value for channel, value in pose.items())
        vectors = [tuple(sorted(pose.items())) for pose in poses]
        assert len(set(vectors)) == len(vectors)
    assert seen > 40


letters = st.text(alphabet="abdegijklmnoprstuwAEJMOSUW_", min_size=1, max_size=14)
styles = st.sampled_from([("Left", "Right"), ("_L", "_R"), (".l", ".r"), ("L", "R"), (" left", " right")])


@given(st.lists(letters, max_size=6), styles, st.sets(st.sampled_from(ALL), min_size=1, max_size=12), st.booleans())
def test_no_side_is_ever_swapped_and_no_stranger_matched(strangers, ends, channels, pascal):
    """Of any characters' shapes, each channel gets its own and nothing else; names that say nothing are left over."""
    known = {re.sub(r"[^a-z]", "", name.lower()) for name in ALL}
    stems = {re.sub(r"(left|right)$", "", name) for name in known}
    listed = {
        key
        for preset in presets("arkit")
        for key in (*preset.aliases, *(key for viseme in preset.visemes.values() for key in viseme.names))
    }
    strange = [name for name in strangers if re.sub(r"[^a-z]", "", name.lower()) not in known | stems | listed | {""}]
    spelled = {}
    for channel in channels:
        side = ARKIT[channel].side
        name = channel
        if side is not Side.CENTRE and channel not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            name = channel.removesuffix(side.capitalize()) + ends[side is Side.RIGHT]
        spelled[channel] = name[0].upper() + name[1:] if pascal else name
    found = match([*strange, *spelled.values()], ARKIT)
    assert dict(found.shapes) == {channel: ((name, 1.0),) for channel, name in spelled.items()}
    assert set(found.unmatched_shapes) == set(strange) - set(spelled.values())
    for pair in suggest(found, ARKIT, 0.0):
        assert pair.shape in strange


TYPOS = ["jawOpn", "mouthSmlieLeft", "mouthSmlieRight", "eyeBlnik_R", "browInerUp", "cheekPuf", "Taller"]


def test_typos_are_only_suggested():
    found = match(TYPOS, ARKIT)
    assert found.shapes == {}
    offered = {pair.channel: pair for pair in suggest(found, ARKIT)}
    expected = {
        "jawOpen": "jawOpn",
        "mouthSmileLeft": "mouthSmlieLeft",
        "mouthSmileRight": "mouthSmlieRight",
        "eyeBlinkRight": "eyeBlnik_R",
    }
    assert {channel: offered[channel].shape for channel in expected} == expected
    assert "Taller" not in {pair.shape for pair in offered.values()}
    assert all(0.75 <= pair.likeness < 1 for pair in offered.values())
    assert len({pair.shape for pair in offered.values()}) == len(offered)
    taken = accept(found, ARKIT, [offered["jawOpen"], offered["mouthSmileLeft"]])
    assert taken.guessed == ("jawOpen", "mouthSmileLeft")
    assert taken.shapes["mouthSmileLeft"] == (("mouthSmlieLeft", 1.0),)
    assert taken.sure["jawOpen"] < SHARED
    assert taken.score == pytest.approx(2 / 54)
    assert "jawOpn" not in taken.unmatched_shapes
    assert match(TYPOS, ARKIT).guessed == ()


def test_only_what_is_left_over_can_be_accepted():
    found = match(["jawOpen", "jawOpn"], ARKIT)
    assert suggest(found, ARKIT) == ()
    for wrong in (Suggestion(0.9, "jawOpen", "jawOpn"), Suggestion(0.9, "cheekPuff", "nothing")):
        with pytest.raises(InputError, match="matched already, or not there"):
            accept(found, ARKIT, [wrong])


KEPT = {
    **{name: (names, ()) for name, (names, *_) in SYSTEMS.items()},
    "bones": (["mouthSmile", "jawOpn"], ["jaw", "head", "eye.L", "eye.R"]),
    "odd names": (
        ['JawOpen "x"', "Kopf|表情:jawOpen", "line\nbreak", "back\\slash", "del\x7f", "é = 1", "[x]", "#"],
        ['bone "a".b', "Head"],
    ),
}


@pytest.mark.parametrize(("shapes", "armature"), KEPT.values(), ids=KEPT)
def test_a_matching_comes_back_from_its_file(shapes, armature, tmp_path):
    found = match(shapes, ARKIT, armature)
    guesses = accept(found, ARKIT, suggest(found, ARKIT)[:2])
    for matching in (found, guesses):
        path = tmp_path / "a.toml"
        write_matching(matching, path)
        again = read_matching(path)
        assert again == matching
        write_matching(again, tmp_path / "b.toml")
        assert (tmp_path / "b.toml").read_bytes() == path.read_bytes()
        motion = Motion(ARKIT, np.random.default_rng(0).uniform(0, 1, (3, len(ARKIT))).astype(np.float32), RATE)
        assert {name: curve.tolist() for name, curve in again.curves(motion).items()} == {
            name: curve.tolist() for name, curve in matching.curves(motion).items()
        }


def test_what_somebody_edits_counts(tmp_path):
    path = tmp_path / "hero.toml"
    write_matching(match(["jawOpen", "Grin", "Fat"], ARKIT, ["jaw", "head"]), path)
    text = path.read_text("utf-8").replace("\n[shapes]", '\n[shapes]\nmouthSmileLeft = { Grin = 0.7 }\nmouthSmileRight = { "Grin" = 0.3 }')
    path.write_text(text.replace('"jawOpen" = { "jawOpen" = 1.0 }', "jawOpen = { jawOpen = 0.5 }"), "utf-8")
    found = read_matching(path)
    assert found.shapes["mouthSmileLeft"] == (("Grin", 0.7),)
    assert found.shapes["jawOpen"] == (("jawOpen", 0.5),)
    assert found.unmatched_shapes == ("Fat",)
    assert found.score == pytest.approx(3 / 54)
    assert not {"mouthSmileLeft", "mouthSmileRight", "jawOpen"} & set(found.unmatched_channels)
    assert found.curves(moved(mouthSmileLeft=1.0, mouthSmileRight=1.0))["Grin"][0] == pytest.approx(1.0)


WRONG = {
    "no file": (None, FaceError, "there is no matching"),
    "no TOML": ("[[[", FaceError, "cannot be read"),
    "another file": ('format = "x"', FaceError, "no matching that this version"),
    "an unknown channel": (
        'format = "mien-matching 1"\nrig = "arkit"\n[shapes]\njawOpn = { a = 1.0 }',
        InputError,
        "did you mean 'jawOpen'",
    ),
    "an unknown rig": ('format = "mien-matching 1"\nrig = "arkid"', MienError, "arkid"),
    "no rig": ('format = "mien-matching 1"', FaceError, "rig"),
    "no share": ('format = "mien-matching 1"\nrig = "arkit"\n[shapes]\njawOpen = "a"', FaceError, "mistyped"),
    "no number": ('format = "mien-matching 1"\nrig = "arkit"\n[shapes]\njawOpen = { a = "much" }', FaceError, "mistyped"),
    "no axis": ('format = "mien-matching 1"\nrig = "arkit"\n[bones.a]\njawOpen = { axis = "x", radians = 1 }', InputError, "'x'"),
}


@pytest.mark.parametrize(("text", "error", "words"), WRONG.values(), ids=WRONG)
def test_a_broken_file_is_told_in_one_sentence(text, error, words, tmp_path):
    path = tmp_path / "a.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(error, match=re.escape(words)):
        read_matching(path)


def test_the_report_keeps_matched_guessed_and_missing_apart():
    found = match(["jawOpen", "Jaw_Open", "mouthSmile", "mouthPckr", "Blink_L", "Fat"], ARKIT, ["head"])
    offered = suggest(found, ARKIT)
    text = describe(accept(found, ARKIT, offered), [Suggestion(0.8, "cheekPuff", "Fat")])
    parts = {title: block.split("\n")[1:] for title, block in re.findall(r"(?m)^(\w.*) \(\d+\)((?:\n    .*)+)", text)}
    assert [line.strip() for line in parts["Guessed, and accepted"]] == ["mouthPucker <- mouthPckr  0.81 guessed"]
    matched = {line.strip() for line in parts["Matched"]}
    assert matched == {
        "jawOpen <- jawOpen  1.00 by spelling",
        "mouthSmileLeft <- 0.5 * mouthSmile  0.90 shared or in halves",
        "mouthSmileRight <- 0.5 * mouthSmile  0.90 shared or in halves",
        "eyeBlinkLeft <- Blink_L  0.95 by its table",
    }
    assert parts["Claimed twice, so these stay still"] == ["    jawOpen: Jaw_Open"]
    assert {line.strip() for line in parts["Shapes that stay still"]} == {"Jaw_Open", "Fat"}
    assert "cheekPuff" in text
    assert text.startswith("9% of the channels of rig 'arkit' are carried, with the table 'vrm'.")


def test_shapes_become_channels():
    found = match(["browInnerUp_L", "browInnerUp_R", "mouthSmile"], ARKIT)
    deltas = {
        name: np.random.default_rng(i).normal(size=(4, 3)).astype(np.float32)
        for i, name in enumerate(["browInnerUp_L", "browInnerUp_R", "mouthSmile"])
    }
    moves = found.moves(deltas)
    assert np.allclose(moves["browInnerUp"], deltas["browInnerUp_L"] + deltas["browInnerUp_R"])
    assert np.allclose(moves["mouthSmileLeft"], deltas["mouthSmile"] / 2)
    motion = Motion(ARKIT, np.random.default_rng(7).uniform(0, 1, (1, len(ARKIT))).astype(np.float32), RATE)
    direct = sum(curve[0] * deltas[name] for name, curve in found.curves(motion).items())
    assert np.allclose(sum(motion[channel][0] * move for channel, move in moves.items()), direct, atol=1e-5)


def test_matchings_are_values():
    found = match(["jawOpen"], ARKIT)
    assert found == match(["jawOpen"], ARKIT)
    assert replace(found, table="x") != found
