import csv

import pytest

from backend.motion import RIGS, Side, Unit
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import CTRL_EXPRESSIONS, DRIVES, HEAD_CURVES, METAHUMAN, PHASES, PREFIX, SETTINGS

BOTH = pytest.mark.parametrize("rig", [METAHUMAN, CTRL_EXPRESSIONS], ids=lambda rig: rig.name)


@pytest.fixture(scope="module")
def facts(shared_data):
    return shared_data.parent / "facts"


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_they_are_registered():
    assert RIGS["metahuman"] is METAHUMAN
    assert RIGS["ctrl_expressions"] is CTRL_EXPRESSIONS


def test_there_are_174_names_once_each():
    assert len(METAHUMAN) == len(set(METAHUMAN.names)) == 174
    assert METAHUMAN.names[25:29] == tuple(f"CTRL_C_tongue_{part}-translate{axis}" for part in ("roll", "tip") for axis in "XY")


def test_every_control_is_accounted_for_once():
    assert sorted([*DRIVES, *PHASES, *SETTINGS, "CTRL_C_eye-translateX", "CTRL_C_eye-translateY"]) == sorted(METAHUMAN.names)


def test_curves_run_one_way_and_controls_one_or_two():
    assert {(channel.low, channel.high) for channel in CTRL_EXPRESSIONS.channels} == {(0, 1)}
    assert {(channel.low, channel.high) for channel in METAHUMAN.channels} == {(0, 1), (-1, 1)}
    assert {channel.unit for channel in (*METAHUMAN.channels, *CTRL_EXPRESSIONS.channels)} == {Unit.WEIGHT}


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [
        ("CTRL_L_eye_blink-translateY", "eyeBlinkL", "eyeWidenL"),
        ("CTRL_C_jaw-translateX", "jawRight", "jawLeft"),
        ("CTRL_C_mouth-translateX", "mouthLeft", "mouthRight"),
        ("CTRL_R_nose-translateY", "noseWrinkleR", "noseNostrilDepressR"),
        ("CTRL_L_mouth_thicknessU-translateY", "mouthLipsThinUL", "mouthLipsThickUL"),
        ("CTRL_R_mouth_suckBlow-translateY", "mouthCheekBlowR", "mouthCheekSuckR"),
        ("CTRL_R_eye-translateX", "eyeLookLeftR", "eyeLookRightR"),
    ],
)
def test_the_halves_that_are_known_from_elsewhere(name, above, below):
    assert DRIVES[name] == (PREFIX + above, PREFIX + below)
    assert METAHUMAN[name].low == -1


# What a two-sided handle does above zero, as its makers' board has it: written down apart, for a wrong sign is seen nowhere else.
ABOVE = """
    eyeLookLeft eyeLookUp eyeBlink eyeRelax eyeLowerLidUp eyePupilWide eyelashesDownIN eyelashesDownOUT
    noseWrinkle noseNostrilDilate mouthCheekBlow mouthLeft mouthUp mouthUpperLipShiftLeft mouthLowerLipShiftLeft
    mouthCornerUp mouthCornerWide mouthCornerSharpenU mouthCornerSharpenD mouthLipsPushU mouthLipsPushD mouthLipsThinU mouthLipsThinD
    mouthUpperLipRollIn mouthLowerLipRollIn jawRight jawBack teethUpU teethUpD teethLeftU teethLeftD teethBackU teethBackD
    tongueUp tongueLeft tongueIn tongueWide tongueRollUp tongueRollLeft tongueTipUp tongueTipLeft
    neckThroatUp neckDigastricUp neckThroatInhale
"""


def test_every_two_sided_handle_has_the_right_sign():
    sides = {Side.LEFT: "L", Side.RIGHT: "R", Side.CENTRE: ""}
    found = {above.removeprefix(PREFIX).removesuffix(sides[METAHUMAN[name].side]) for name, (above, below) in DRIVES.items() if below}
    assert found == set(ABOVE.split())


@BOTH
def test_mirrors_are_involutions_and_keep_region_range_and_sign(rig):
    for channel in rig.channels:
        other = rig[channel.mirror]
        assert rig[other.mirror] is channel
        assert (other.region, other.low, other.high, other.mirror_sign) == (channel.region, channel.low, channel.high, channel.mirror_sign)
        assert {channel.side, other.side} in ({Side.CENTRE}, {Side.LEFT, Side.RIGHT})
        assert channel.mirror_sign == 1 or channel.low == -1


@BOTH
def test_only_what_has_a_side_has_a_partner(rig):
    assert all((channel.mirror == channel.name) == (channel.side is Side.CENTRE) for channel in rig.channels)


def test_exactly_the_handles_that_point_to_a_side_change_sign():
    turned = {channel.name for channel in METAHUMAN.channels if channel.mirror_sign < 0}
    named = {name for name, halves in DRIVES.items() if any(way in half for half in halves for way in ("Left", "Right"))}
    assert turned == named | {"CTRL_C_eye-translateX"}


@BOTH
def test_regions_partition_the_channels(rig):
    members = [name for region in rig.regions for name in rig.in_region(region)]
    assert sorted(members) == sorted(rig.names)


def test_regions_of_arkit_are_there():
    assert set(ARKIT.regions) - {"head"} <= set(METAHUMAN.regions)
    assert set(ARKIT.regions) <= set(CTRL_EXPRESSIONS.regions)


def test_names_and_order_are_those_of_the_corrected_list(facts):
    published = rows(facts / "metahuman_rig174_controllers.csv")
    assert METAHUMAN.names == tuple(row["name_corrected"] for row in published)
    sides = {"L": Side.LEFT, "R": Side.RIGHT, "C": Side.CENTRE}
    assert [channel.side for channel in METAHUMAN.channels] == [sides[row["side"]] for row in published]
    partners = {int(row["index0"]): int(row["mirror_index"]) for row in published if row["mirror_index"] != "-1"}
    assert {i: METAHUMAN.index(METAHUMAN.channels[i].mirror) for i in partners} == partners


def test_curves_are_the_250_and_what_drives_them_agrees(facts):
    curves = {row["curve"]: row["driven_by_GUI_mh3"] for row in rows(facts / "metahuman_CTRL_expressions_250.csv")}
    del curves["CTRL_rigLogic_OffOn"]
    assert set(CTRL_EXPRESSIONS.names) == set(curves) | set(SETTINGS)
    assert set(HEAD_CURVES) <= {name for name, driver in curves.items() if not driver}
    ours = {curve: name.replace("-", ".") for name, halves in DRIVES.items() for curve in halves if curve}
    assert ours == {name: driver for name, driver in curves.items() if driver.startswith("CTRL_")} | {
        name: driver for name, driver in ours.items() if curves[name].startswith("LOC_")
    }
