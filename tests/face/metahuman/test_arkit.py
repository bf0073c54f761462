import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from backend.errors import DirectionError, InputError
from backend.face.metahuman import arkit_to_metahuman, metahuman_to_arkit, read_table
from backend.face.metahuman.tables import SHAPES, shipped_table
from backend.motion import Motion, Side, clamp, mirror
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import METAHUMAN, PREFIX, SETTINGS
from tests.face.metahuman.motions import (
    EYES,
    LOST,
    RATE,
    TAKES,
    capture,
    errors,
    motion_of,
    one_each,
    posed,
    random_face,
    random_motion,
    seeds,
)

ROOT = Path(__file__).parents[3]
FEW = settings(max_examples=25, deadline=None)
LOOKS = tuple(name for name in SHAPES if name.startswith("eyeLook"))
CLOSURE = shipped_table().closure
TOGETHER = CLOSURE.controls
OTHERS = tuple(name for name in METAHUMAN.names if name not in TOGETHER)


def there_and_back(motion):
    return metahuman_to_arkit(arkit_to_metahuman(motion))


@pytest.mark.parametrize(("convert", "rig"), [(arkit_to_metahuman, ARKIT), (metahuman_to_arkit, METAHUMAN)])
@FEW
@given(seed=seeds)
def test_left_and_right_are_treated_alike(convert, rig, seed):
    motion = random_motion(rig, seed)
    np.testing.assert_allclose(convert(mirror(motion)).values, mirror(convert(motion)).values, atol=1e-6)


@pytest.mark.parametrize(("convert", "rig"), [(arkit_to_metahuman, ARKIT), (metahuman_to_arkit, METAHUMAN)])
@FEW
@given(seed=seeds)
def test_nothing_leaves_its_range_and_what_is_out_of_range_counts_as_its_end(convert, rig, seed):
    wild = motion_of(rig, np.random.default_rng(seed).normal(0, 2, (10, len(rig))))
    found = convert(wild)
    np.testing.assert_array_equal(found.values, clamp(found).values)
    shapes_only = wild.with_values(np.where([c.unit == "weight" for c in rig.channels], clamp(wild).values, wild.values))
    np.testing.assert_array_equal(found.values, convert(shapes_only).values)


@pytest.mark.parametrize("name", [name for name in ARKIT.names if name not in LOST])
def test_more_of_a_channel_is_never_less_of_a_control(name):
    """Each control goes one way as a channel grows, whatever else the face does; but for the lips, which follow the jaw."""
    base = random_face(7, frames=1, active=8)
    steps = np.linspace(ARKIT[name].low, ARKIT[name].high, 41, dtype=np.float32)
    sweep = Motion(ARKIT, np.repeat(base.values, 41, axis=0), RATE).with_curves({name: steps})
    kept = OTHERS if name == "jawOpen" else METAHUMAN.names
    moves = np.diff(arkit_to_metahuman(sweep, rotations=name in EYES).pick(kept), axis=0)
    assert np.all((moves >= -1e-6).all(axis=0) | (moves <= 1e-6).all(axis=0))


@pytest.mark.parametrize("name", METAHUMAN.names)
def test_more_of_half_a_control_is_never_less_of_a_shape(name):
    base = arkit_to_metahuman(random_face(8, frames=1, active=8))
    for end in {METAHUMAN[name].low, METAHUMAN[name].high} - {0.0}:
        steps = np.linspace(0, end, 21, dtype=np.float32)
        sweep = Motion(METAHUMAN, np.repeat(base.values, 21, axis=0), RATE).with_curves({name: steps})
        found = metahuman_to_arkit(sweep)
        # A jaw that opens under closed lips counts as more mouthClose; that is monotone as well.
        moves = np.diff(found.values, axis=0)
        assert np.all((moves >= -1e-6).all(axis=0) | (moves <= 1e-6).all(axis=0))


@FEW
@given(seed=seeds)
def test_shapes_add_up_and_scale_until_a_handle_is_at_its_end(seed):
    first, second = random_face(seed, active=4, top=0.25), random_face(seed + 1, active=4, top=0.25)
    both = first.with_values(first.values + second.values)
    added = arkit_to_metahuman(first).pick(OTHERS) + arkit_to_metahuman(second).pick(OTHERS)
    vertical = [OTHERS.index(f"CTRL_{side}_eye-translateY") for side in "LR"]  # up and down differ in reach
    np.testing.assert_allclose(np.delete(arkit_to_metahuman(both).pick(OTHERS) - added, vertical, axis=1), 0, atol=1e-6)
    doubled = arkit_to_metahuman(first.with_values(first.values * 2)).pick(OTHERS)
    np.testing.assert_allclose(doubled, 2 * arkit_to_metahuman(first).pick(OTHERS), atol=1e-6)


@pytest.mark.parametrize("level", [0.25, 0.5, 1.0])
def test_single_shapes_come_back(level):
    names = tuple(name for name in SHAPES if name != "mouthClose")
    there = one_each(ARKIT, level, names)
    assert errors(there, there_and_back(there)).max() < 1e-5


@pytest.mark.parametrize("level", [0.01, 0.25, 0.5, 1.0])
def test_mouth_close_comes_back_on_a_jaw_that_is_open(level):
    there = posed(ARKIT, jawOpen=level, mouthClose=0.6 * level)
    assert errors(there, there_and_back(there)).max() < 1e-5


@pytest.mark.parametrize("degrees", [-40, -25, 0, 10, 29])
@pytest.mark.parametrize("name", EYES)
def test_angles_of_the_eyes_come_back(name, degrees):
    angle = np.radians(-degrees if name.endswith("Pitch") else degrees)
    there = posed(ARKIT, **{name: angle})
    assert errors(there, there_and_back(there), EYES).max() < 1e-6


@FEW
@given(seed=seeds)
def test_random_faces_come_back(seed):
    there = random_face(seed, frames=50)
    assert errors(there, there_and_back(there)).max() < 2e-3


@pytest.mark.parametrize("take", TAKES)
def test_captures_come_back(shared_data, take):
    """Within 0.02 on average. Sideways looks are the worst: the phone's eye angles and look shapes are 3.6 degrees apart."""
    there = capture(shared_data, take)
    back = there_and_back(there)
    assert errors(there, back).mean() < 0.005
    assert errors(there, back, EYES).max() < 1e-5
    sure = tuple(name for name in SHAPES if name not in (*LOOKS, "mouthClose") and not name.startswith(("eyeBlink", "eyeWide")))
    assert errors(there, back, sure).max() < 1e-5
    assert errors(there, back).mean(axis=0).max() < 0.1


def test_settings_and_the_shared_gaze_stay_with_the_artist():
    found = arkit_to_metahuman(random_motion(ARKIT, 3))
    assert not found.pick((*SETTINGS, "CTRL_C_eye-translateX", "CTRL_C_eye-translateY")).any()


@pytest.mark.parametrize(
    ("close", "jaw", "lips"), [(0.3, 0.3, 1.0), (0.15, 0.3, 0.5), (0.6, 0.3, 1.0), (0.5, 0.0, 0.0), (0.5, 0.001, 0.0), (0.02, 0.02, 1.0)]
)
def test_lips_close_relative_to_the_jaw(close, jaw, lips):
    found = arkit_to_metahuman(posed(ARKIT, jawOpen=jaw, mouthClose=close)).pick(TOGETHER)
    np.testing.assert_allclose(found, lips, atol=1e-6)


def test_a_trembling_jaw_makes_no_lip_jump():
    jaw = np.linspace(0, 0.05, 501, dtype=np.float32)
    lips = arkit_to_metahuman(Motion.from_curves(ARKIT, {"jawOpen": jaw, "mouthClose": jaw}, 501, RATE)).pick(TOGETHER)
    assert np.abs(np.diff(lips, axis=0)).max() < 0.02


def test_rotations_lead_where_there_are_any():
    shapes = {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0}
    across = ("CTRL_L_eye-translateX", "CTRL_R_eye-translateX")
    np.testing.assert_allclose(arkit_to_metahuman(posed(ARKIT, **shapes)).pick(across), 34.4 / 40, atol=1e-6)
    turned = posed(ARKIT, **shapes, leftEyeYaw=np.radians(-20), rightEyeYaw=np.radians(-20))
    np.testing.assert_allclose(arkit_to_metahuman(turned).pick(across), -0.5, atol=1e-6)
    np.testing.assert_allclose(arkit_to_metahuman(turned, rotations=False).pick(across), 34.4 / 40, atol=1e-6)


def test_both_handles_turn_an_eye():
    found = metahuman_to_arkit(
        posed(METAHUMAN, **{"CTRL_C_eye-translateX": 0.5, "CTRL_L_eye-translateX": -0.25, "CTRL_C_eye-translateY": 0.5})
    )
    np.testing.assert_allclose(np.degrees(found.pick(EYES)), [[10, -15, 20, -15]], atol=1e-4)


def test_a_shape_keeps_its_region_and_its_side():
    table = shipped_table()
    for i, shape in enumerate(SHAPES):
        if not table.halves[i].any():
            continue
        strongest = METAHUMAN.channels[int(np.argmax(table.halves[i])) % len(METAHUMAN)]
        assert strongest.region == ARKIT[shape].region or shape.startswith("cheek")
        sides = {METAHUMAN.channels[j % len(METAHUMAN)].side for j in np.flatnonzero(table.halves[i])}
        assert sides <= {Side.CENTRE, ARKIT[shape].side} or {Side.LEFT, Side.RIGHT} <= sides


def test_every_shape_moves_a_control_and_the_strongest_goes_all_the_way():
    table = shipped_table()
    moved = {shape for i, shape in enumerate(SHAPES) if table.halves[i].max() == 1}
    assert set(SHAPES) - moved == {*LOOKS, "mouthClose"}


def test_native_controls_are_read():
    assert metahuman_to_arkit(posed(METAHUMAN, **{"CTRL_L_mouth_lipBiteD-translateY": 1.0}))["mouthRollLower"] == pytest.approx(0.35)
    assert metahuman_to_arkit(posed(METAHUMAN, **{"CTRL_R_brow_down-translateY": 0.5}))["browDownRight"] == pytest.approx(0.49, abs=0.01)
    assert not metahuman_to_arkit(posed(METAHUMAN, **{"CTRL_L_ear_up-translateY": 1.0})).values.any()


def test_an_edited_table_whose_shapes_share_controls_still_comes_back():
    table = read_table(shipped_text().replace("mouthFunnel = {", "mouthFunnel = { mouth_purseU = 0.3,"))
    assert (table.halves != shipped_table().halves).sum() == 2
    there = random_face(5, frames=40, top=0.5)
    assert errors(there, metahuman_to_arkit(arkit_to_metahuman(there, table), table)).max() < 1e-4


def test_the_guide_shows_the_table_that_ships():
    guide = (ROOT / "docs" / "metahuman.md").read_text("utf-8")
    table = tomllib.loads(shipped_text())
    for part in ("shapes", "readings"):
        for name, targets in table[part].items():
            assert f"| `{name}` | " + ", ".join(f"`{target}` {weight:g}" for target, weight in targets.items()) + " |" in guide


def shipped_text():
    return (ROOT / "presets" / "metahuman" / "arkit.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("browInnerUp = {", "browInerUp = {", "did you mean 'browInnerUp'"),
        ("{ brow_raiseIn = 1.0 }", "{ brow_raisIn = 1.0 }", "did you mean"),
        ('"eye_blink+" = 1.0', "eye_blink = 1.0", "goes both ways"),
        ("{ brow_raiseIn = 1.0 }", '{ "brow_raiseIn+" = 1.0 }', "goes one way"),
        ("{ brow_raiseIn = 1.0 }", "{ brow_raiseIn = 1.5 }", "from 0 to 1"),
        ("{ brow_raiseIn = 1.0 }", "{ brow_raiseIn = 'all' }", "from 0 to 1"),
        ("[readings]", "[reading]", "cannot be read"),
        ("[shapes]", "[shapes", "cannot be read"),
        ("open = 0.02", "open = 0.0001", "shut < open"),
        ("[readings]", "[readings]\nbrow_raiseIn = { browInnerUp = 1.0 }", "keep one"),
    ],
)
def test_a_table_that_cannot_be_is_told(old, new, told):
    with pytest.raises(DirectionError, match=told):
        read_table(shipped_text().replace(old, new))


@pytest.mark.parametrize(("convert", "rig"), [(arkit_to_metahuman, METAHUMAN), (metahuman_to_arkit, ARKIT)])
def test_another_rig_is_refused(convert, rig):
    with pytest.raises(InputError, match="only one of rig"):
        convert(Motion.still(rig, 1, RATE))


def test_shapes_go_where_epic_sends_them(shared_data):
    """Of what a shape does most in Epic's own asset, ours does at least one thing, fully; numbers are not compared."""
    from backend.face.metahuman import arkit_to_expressions

    facts = json.loads((shared_data.parent / "facts" / "arkit51_to_CTRL_expressions_clean.json").read_text("utf-8"))["map"]
    for pose, targets in facts.items():
        name = pose[0].lower() + pose[1:]
        curves = arkit_to_expressions(posed(ARKIT, **{name: 1.0}))
        ours = {curve for curve in curves.rig.names if curves[curve] > 0.8}
        strongest = max(targets.values())
        assert ours & {curve for curve, weight in targets.items() if weight > 0.9 * strongest}, pose
        assert all(curve.startswith(PREFIX) for curve in ours)
