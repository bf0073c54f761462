import csv

import pytest

from backend.errors import InputError
from backend.face.metahuman.names import RAW_CONTROLS, SPELLINGS, Spelling, handle, rig_names
from backend.motion.metahuman import CTRL_EXPRESSIONS, HEAD_CURVES, METAHUMAN, SETTINGS


@pytest.mark.parametrize("spelling", Spelling)
def test_every_spelling_covers_the_rig_and_is_read_back(spelling):
    view = SPELLINGS[spelling]
    assert tuple(view) == METAHUMAN.names
    newer = spelling in (Spelling.NEWER, Spelling.NEWER_BOARD)
    assert rig_names(tuple(view.values()), newer) == METAHUMAN.names


def test_only_the_published_list_names_anything_twice():
    twins = {spelling: 174 - len(set(view.values())) for spelling, view in SPELLINGS.items()}
    assert twins == dict.fromkeys(Spelling, 0) | {Spelling.PUBLISHED: 2}


def test_the_first_of_the_published_twins_is_the_roll():
    tip = "CTRL_C_tongue_tip-translateY"
    assert rig_names((tip, "CTRL_C_jaw.ty", tip)) == ("CTRL_C_tongue_roll-translateY", "CTRL_C_jaw-translateY", tip)
    assert rig_names((tip,)) == (tip,)


@pytest.mark.parametrize(
    "written", ["CTRL_L_eye_blink.ty", "CTRL_L_eye_blink.translateY", "CTRL_L_eye_blink-translateY", "CTRL_L_eye_blink_ty"]
)
def test_axes_are_read_in_the_usual_spellings(written):
    assert rig_names((written,)) == ("CTRL_L_eye_blink-translateY",)
    assert handle(written) == ("CTRL_L_eye_blink", "y")


def test_the_newer_rig_renames_the_tongue_alone():
    changed = {old: new for old, new in SPELLINGS[Spelling.NEWER].items() if old != new}
    assert len(changed) == 7
    assert all(name.startswith("CTRL_C_tongue") for name in (*changed, *changed.values()))


@pytest.mark.parametrize(
    ("names", "newer", "told"),
    [
        (("CTRL_L_eye_blnk.ty",), False, "did you mean"),
        (("CTRL_L_eye_blink.tz",), False, "no control of a face board"),
        (("jawOpen",), False, "no control of a face board"),
        (("CTRL_C_tongue_tipMove.ty",), False, "belongs to the newer"),
        (("CTRL_C_tongue_roll.ty",), True, "belongs to the older"),
        (("CTRL_C_jaw.ty", "CTRL_C_jaw-translateY"), False, "comes twice"),
        (("CTRL_C_tongue_tip.ty",) * 3, False, "comes twice"),
        (("CTRL_C_tongue_roll.ty", *("CTRL_C_tongue_tip.ty",) * 2), False, "comes twice"),
    ],
)
def test_what_is_no_control_is_told(names, newer, told):
    with pytest.raises(InputError, match=told):
        rig_names(names, newer)


def test_raw_controls_name_every_curve_but_the_settings():
    assert set(RAW_CONTROLS) == set(CTRL_EXPRESSIONS.names) - set(SETTINGS)
    assert RAW_CONTROLS[HEAD_CURVES[0]] == "CTRL_expressions.headTurnUpCor"


def test_the_published_and_the_newer_list_agree_with_the_facts(shared_data):
    with (shared_data.parent / "facts" / "metahuman_rig174_controllers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(SPELLINGS[Spelling.PUBLISHED].values()) == [row["name_as_shipped"] for row in rows]
    assert list(SPELLINGS[Spelling.NEWER].values()) == [row["name_on_mh4_rig(UE5.x new tongue)"] for row in rows]
