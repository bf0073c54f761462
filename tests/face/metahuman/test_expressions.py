import numpy as np
import pytest
from hypothesis import given, settings

from backend.errors import InputError
from backend.face.metahuman import arkit_to_expressions, arkit_to_metahuman, expressions_to_metahuman, metahuman_to_expressions
from backend.motion import Motion, clamp, mirror
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import CTRL_EXPRESSIONS, DRIVES, HEAD_CURVES, METAHUMAN, PHASES
from tests.face.metahuman.motions import RATE, motion_of, one_each, posed, random_motion, seeds

FEW = settings(max_examples=25, deadline=None)
SHARED = ("CTRL_C_eye-translateX", "CTRL_C_eye-translateY")
PHASED = {curve for curves in PHASES.values() for curve in curves}
PLAIN = tuple(name for name in CTRL_EXPRESSIONS.names if name not in PHASED)


@pytest.mark.parametrize("level", [0.3, -0.3])
def test_every_control_moves_curves_of_its_own(level):
    """Linearly independent, but for the shared gaze, which is the sum of what the two eyes' own handles do."""
    names = [c.name for c in METAHUMAN.channels if level > 0 or c.low < 0]
    found = metahuman_to_expressions(one_each(METAHUMAN, level, names)).values
    assert np.all(found.any(axis=1))
    alone = [i for i, name in enumerate(names) if name not in SHARED]
    assert np.linalg.matrix_rank(found[alone]) == len(alone)
    for axis in "XY":
        shared, left, right = (found[names.index(f"CTRL_{side}_eye-translate{axis}")] for side in "CLR")
        np.testing.assert_allclose(shared, left + right, atol=1e-6)


def test_the_two_halves_of_a_control_are_different_shapes():
    both = [c.name for c in METAHUMAN.channels if c.low < 0]
    above, below = (metahuman_to_expressions(one_each(METAHUMAN, level, both)).values for level in (0.7, -0.7))
    assert not (above * below).any()


def test_a_control_moves_one_curve_as_far_as_it_goes():
    for name, (above, below) in DRIVES.items():
        for curve, sign in ((above, 1), (below, -1)):
            if curve:
                found = metahuman_to_expressions(posed(METAHUMAN, **{name: 0.4 * sign}))
                assert {moved: float(found[moved][0]) for moved in found.rig.names if found[moved].any()} == {curve: pytest.approx(0.4)}


@pytest.mark.parametrize(("convert", "rig"), [(metahuman_to_expressions, METAHUMAN), (expressions_to_metahuman, CTRL_EXPRESSIONS)])
@FEW
@given(seed=seeds)
def test_left_and_right_are_treated_alike_and_ranges_kept(convert, rig, seed):
    motion = random_motion(rig, seed)
    found = convert(motion)
    np.testing.assert_allclose(convert(mirror(motion)).values, mirror(found).values, atol=1e-6)
    np.testing.assert_array_equal(found.values, clamp(found).values)


@FEW
@given(seed=seeds)
def test_curves_only_grow_or_only_shrink_with_a_control(seed):
    base = random_motion(METAHUMAN, seed, frames=1)
    name = METAHUMAN.names[seed % len(METAHUMAN)]
    steps = np.linspace(METAHUMAN[name].low, METAHUMAN[name].high, 41, dtype=np.float32)
    sweep = Motion(METAHUMAN, np.repeat(base.values, 41, axis=0), RATE).with_curves({name: steps})
    moves = np.diff(metahuman_to_expressions(sweep).pick(PLAIN), axis=0)
    assert np.all((moves >= -1e-6).all(axis=0) | (moves <= 1e-6).all(axis=0))


@FEW
@given(seed=seeds)
def test_controls_come_back(seed):
    """Exactly; the shared gaze comes back as what each eye does."""
    still = dict.fromkeys((*SHARED, "CTRL_C_neck_swallow-translateY"), 0.0)
    there = random_motion(METAHUMAN, seed).with_curves(still)
    np.testing.assert_allclose(expressions_to_metahuman(metahuman_to_expressions(there)).values, there.values, atol=1e-6)


@FEW
@given(seed=seeds)
def test_curves_come_back_from_any_performance(seed):
    curves = metahuman_to_expressions(random_motion(METAHUMAN, seed))
    np.testing.assert_allclose(metahuman_to_expressions(expressions_to_metahuman(curves)).values, curves.values, atol=1e-6)


@pytest.mark.parametrize("name", PHASES)
def test_phases_hand_over_to_each_other_and_are_read_back(name):
    steps = np.linspace(0, 1, 101, dtype=np.float32)
    curves = metahuman_to_expressions(Motion.from_curves(METAHUMAN, {name: steps}, 101, RATE))
    phases = curves.pick(tuple(PHASES[name]))
    peaks = list(PHASES[name].values())
    inside = (steps >= peaks[0]) & (steps <= peaks[-1])
    np.testing.assert_allclose(phases[inside].sum(axis=1), 1, atol=1e-5)
    assert [float(steps[i]) for i in phases.argmax(axis=0)] == pytest.approx(peaks, abs=0.011)
    back = expressions_to_metahuman(curves)[name]
    shown = phases.any(axis=1)  # a swallow that is over looks like none
    np.testing.assert_allclose(back[shown], steps[shown], atol=1e-5)
    assert not back[~shown].any()


def test_opposed_curves_meet_in_the_middle():
    found = expressions_to_metahuman(posed(CTRL_EXPRESSIONS, CTRL_expressions_eyeBlinkL=0.75, CTRL_expressions_eyeWidenL=0.25))
    assert found["CTRL_L_eye_blink-translateY"] == pytest.approx(0.5)


def test_head_correctives_have_no_control():
    assert not expressions_to_metahuman(one_each(CTRL_EXPRESSIONS, 1.0, HEAD_CURVES)).values.any()
    assert not metahuman_to_expressions(random_motion(METAHUMAN, 1)).pick(HEAD_CURVES).any()


def test_gaze_of_both_eyes_and_of_one_adds_up_by_angle():
    """30 degrees up at the top, 40 down at the bottom: half of one and half of the other leave 5 degrees down."""
    found = metahuman_to_expressions(posed(METAHUMAN, **{"CTRL_C_eye-translateY": 0.5, "CTRL_L_eye-translateY": -0.5}))
    assert found["CTRL_expressions_eyeLookUpR"] == pytest.approx(0.5)
    assert found["CTRL_expressions_eyeLookDownL"] == pytest.approx(5 / 40)
    assert not found["CTRL_expressions_eyeLookUpL"].any()


def test_arkit_goes_by_way_of_the_controls():
    motion = random_motion(ARKIT, 11)
    np.testing.assert_array_equal(arkit_to_expressions(motion).values, metahuman_to_expressions(arkit_to_metahuman(motion)).values)


@pytest.mark.parametrize(("convert", "rig"), [(metahuman_to_expressions, ARKIT), (expressions_to_metahuman, METAHUMAN)])
def test_another_rig_is_refused(convert, rig):
    with pytest.raises(InputError, match="only one of rig"):
        convert(motion_of(rig, np.zeros((2, len(rig)))))
