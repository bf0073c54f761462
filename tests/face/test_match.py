"""Matching shape names: every spelling that is sure, and nothing else."""

import numpy as np
import pytest

from backend.face.match import match, plain_name
from backend.motion import RIGS, Motion, Unit, parse_rate
from backend.motion.arkit import APPLE_52

ARKIT = RIGS["arkit"]
ALL = ARKIT.in_unit(Unit.WEIGHT)


def sided(name, left, right):
    for side, short in (("Left", left), ("Right", right)):
        if name.endswith(side) and not name.startswith(("jaw", "mouthLeft", "mouthRight")):
            return name.removesuffix(side) + short
    return name


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


SPELLINGS = {
    "as Apple": lambda n: n,
    "Live Link": lambda n: n[0].upper() + n[1:],
    "snake": snake,
    "SCREAMING": lambda n: snake(n).upper(),
    "capitals run together": str.upper,
    "Face Cap": lambda n: "shapes." + sided(n, "_L", "_R"),
    "Maya": lambda n: "Face_blendShape." + n,
    "namespace": lambda n: "hero:head|" + n,
    "Blender sides": lambda n: sided(n, ".L", ".R"),
    "short sides": lambda n: sided(n, "L", "R"),
    "spaces": lambda n: snake(n).replace("_", " "),
    "common prefix": lambda n: "blendShape1_" + n,
    "longer common prefix": lambda n: "CC_Base_" + snake(n),
    "prefix and sides": lambda n: "BS-" + sided(n, "_l", "_r"),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_spelling_matches_every_channel_to_its_own_shape(spell):
    found = match([spell(name) for name in ALL], ARKIT)
    assert found.score == 1
    assert dict(found.shapes) == {name: ((spell(name), 1.0),) for name in ALL}
    assert found.unmatched_shapes == found.unmatched_channels == ()
    assert found.table == ""


def test_what_is_left_over_is_named_on_both_sides():
    names = [name for name in APPLE_52 if name != "tongueOut"] + ["Fat", "jawOpen2"]
    found = match(names, ARKIT)
    assert found.unmatched_shapes == ("Fat", "jawOpen2")
    assert set(found.unmatched_channels) == {"tongueOut", "tongueTipUp", "tongueUp"}
    assert found.score == pytest.approx(51 / 54)


@pytest.mark.parametrize(
    "name",
    [
        "jawOpened",
        "jawOpe",
        "openJaw",
        "jawOpen.001",
        "JawOpenSmile",
        "jaw",
        "mouth",
        "lower_mouthLeft",
        "mouthLeftUp",
        "smile",
        "A",
        "",
        "...",
        "口",
    ],
)
def test_nothing_is_guessed(name):
    found = match([name, "Taller"], ARKIT)
    assert found.shapes == {}
    assert found.score == 0
    assert found.unmatched_shapes == (name, "Taller")


def test_an_exact_name_beats_another_spelling():
    found = match(["JAWOPEN", "jawOpen", "jaw_open"], ARKIT)
    assert found.shapes == {"jawOpen": (("jawOpen", 1.0),)}
    assert found.unmatched_shapes == ("JAWOPEN", "jaw_open")


def test_halves_of_a_middle_shape_each_carry_it_whole():
    found = match(["browInnerUp_L", "browInnerUp_R", "cheekPuffLeft"], ARKIT)
    assert found.shapes == {"browInnerUp": (("browInnerUp_L", 1.0), ("browInnerUp_R", 1.0))}
    # A left half alone would pull the face askew.
    assert found.unmatched_shapes == ("cheekPuffLeft",)


def test_a_shape_for_both_sides_carries_half_of_each():
    found = match(["eye_blink", "mouthSmile"], ARKIT)
    assert found.shapes["eyeBlinkLeft"] == found.shapes["eyeBlinkRight"] == (("eye_blink", 0.5),)
    motion = Motion.from_curves(ARKIT, {"eyeBlinkLeft": [1, 1], "eyeBlinkRight": [1, 0]}, 2, parse_rate(30))
    assert found.curves(motion)["eye_blink"] == pytest.approx([1, 0.5])
    assert match(["eyeBlink", "eyeBlinkRight"], ARKIT).shapes == {"eyeBlinkRight": (("eyeBlinkRight", 1.0),)}


def test_curves_add_up_what_a_shape_carries():
    rng = np.random.default_rng(0)
    motion = Motion(ARKIT, rng.random((5, len(ARKIT))).astype(np.float32), parse_rate(30))
    curves = match(["browInnerUp.L", "browInnerUp.R", "JawOpen"], ARKIT).curves(motion)
    assert set(curves) == {"browInnerUp.L", "browInnerUp.R", "JawOpen"}
    assert (curves["browInnerUp.R"] == motion["browInnerUp"]).all()
    assert (curves["JawOpen"] == motion["jawOpen"]).all()


def test_the_ict_head_needs_no_table(shared_data):
    with np.load(shared_data / "faces" / "ict_facekit" / "ict_facekit_light.npz") as head:
        names = [str(name) for name in head["names"]]
    found = match(names, ARKIT)
    assert set(found.unmatched_channels) == {"tongueOut", "tongueTipUp", "tongueUp"}
    assert set(found.unmatched_shapes) == {"PupilDilate_L", "PupilDilate_R", "cheekRaiser_L", "cheekRaiser_R"}
    assert found.shapes["browInnerUp"] == (("browInnerUp_L", 1.0), ("browInnerUp_R", 1.0))
    assert found.table == ""


CHARACTER_CREATOR_NAMES = """
Brow_Raise_Inner_L Brow_Raise_Inner_R Brow_Raise_Outer_L Brow_Raise_Outer_R Brow_Drop_L Brow_Drop_R Brow_Compress_L Eye_Blink_L
Eye_Blink_R Eye_Squint_L Eye_Squint_R Eye_Wide_L Eye_Wide_R Eye_L_Look_L Eye_R_Look_L Eye_L_Look_R Eye_R_Look_R Eye_L_Look_Up
Eye_R_Look_Up Eye_L_Look_Down Eye_R_Look_Down Nose_Sneer_L Nose_Sneer_R Cheek_Raise_L Cheek_Raise_R Cheek_Puff_L Cheek_Puff_R
Mouth_Smile_L Mouth_Smile_R Mouth_Frown_L Mouth_Frown_R Mouth_Stretch_L Mouth_Stretch_R Mouth_Dimple_L Mouth_Dimple_R
Mouth_Press_L Mouth_Press_R Mouth_Pucker_Up_L Mouth_Pucker_Up_R Mouth_Pucker_Down_L Mouth_Pucker_Down_R Mouth_Funnel_Up_L
Mouth_Funnel_Up_R Mouth_Funnel_Down_L Mouth_Funnel_Down_R Mouth_Roll_In_Upper_L Mouth_Roll_In_Upper_R Mouth_Roll_In_Lower_L
Mouth_Roll_In_Lower_R Mouth_L Mouth_R Mouth_Shrug_Upper Mouth_Shrug_Lower Mouth_Up_Upper_L Mouth_Up_Upper_R Mouth_Down_Lower_L
Mouth_Down_Lower_R Mouth_Close Tongue_Out Jaw_Open Jaw_Forward Jaw_L Jaw_R V_Open
"""


def test_character_creator():
    found = match(CHARACTER_CREATOR_NAMES.split(), ARKIT)
    assert found.table == "character_creator"
    assert set(found.shapes) == set(APPLE_52)
    assert set(found.unmatched_shapes) == {"Brow_Compress_L", "V_Open"}
    # To look left is outwards for the left eye and inwards for the right one.
    assert found.shapes["eyeLookOutLeft"] == (("Eye_L_Look_L", 1.0),)
    assert found.shapes["eyeLookInRight"] == (("Eye_R_Look_L", 1.0),)
    assert len(found.shapes["mouthFunnel"]) == 4


@pytest.mark.parametrize(
    "names", [["Blink_L", "Blink_R"], ["blinkLeft", "blinkRight"], ["Fcl_EYE_Close_L", "Fcl_EYE_Close_R", "Fcl_MTH_A", "Fcl_ALL_Joy"]]
)
def test_vrm_lids(names):
    found = match(names, ARKIT)
    assert found.table == "vrm"
    assert found.shapes == {"eyeBlinkLeft": ((names[0], 1.0),), "eyeBlinkRight": ((names[1], 1.0),)}


def test_plain_names_of_bones():
    assert plain_name("mixamorig:LeftEye") == plain_name("eye.L") == plain_name("left_eye") == "eyeleft"
    assert plain_name("Head") != plain_name("HeadTop_End")


def test_every_table_speaks_of_channels_that_exist():
    import tomllib
    from importlib.resources import files

    tables = [tomllib.loads(file.read_text("utf-8")) for file in files("presets.rigs").iterdir() if file.name.endswith(".toml")]
    named = [table for table in tables if "rig" in table]
    assert named
    for table in named:
        rig = RIGS[table["rig"]]
        for entry in table.get("shapes", {}).values():
            channels = [entry] if isinstance(entry, str) else list(entry)
            assert all(channel in rig for channel in channels)
        assert all(channel in rig for channel in table.get("channels", {}))
