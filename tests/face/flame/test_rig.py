"""The rig of the motions, and what its channels are to a mirror and to a take."""

import numpy as np
from scipy.spatial.transform import Rotation

from backend.emotion.direction import Direction
from backend.emotion.track import EmotionTrack
from backend.motion import RIGS, Motion, Side, Unit, clamp, mirror, parse_rate
from backend.motion.flame import EXPRESSION, FLAME, TURNS
from backend.take import Sound, Take
from tests.face.flame.synthetic import small

RATE = parse_rate("30")


def test_62_channels_in_flames_order():
    assert RIGS["flame"] is FLAME
    assert FLAME.names[:2] == ("expression001", "expression002")
    assert FLAME.names[:50] == EXPRESSION
    assert FLAME.names[50:] == TURNS == tuple(joint + axis for joint in ("neck", "jaw", "leftEye", "rightEye") for axis in "XYZ")
    assert FLAME.in_unit(Unit.RADIAN) == TURNS
    assert small().joint_names[1:] == ("neck", "jaw", "left eye", "right eye")


def test_ranges():
    assert all((FLAME[name].low, FLAME[name].high) == (-4, 4) for name in EXPRESSION)
    assert all(FLAME[name].low < 0 < FLAME[name].high <= 1.5 for name in TURNS)
    wild = Motion(FLAME, np.full((1, 62), 9, np.float32), RATE)
    assert clamp(wild)["jawX"][0] == np.float32(0.65)


def test_mirrored_turns_are_the_turns_of_a_mirrored_head():
    random = np.random.default_rng(0)
    motion = Motion.from_curves(FLAME, {name: random.normal(0, 0.3, 4) for name in TURNS}, 4, RATE)
    back = mirror(motion)
    flip = np.diag([-1.0, 1, 1])
    for joint, other in (("neck", "neck"), ("jaw", "jaw"), ("leftEye", "rightEye"), ("rightEye", "leftEye")):
        one = Rotation.from_rotvec(motion.pick(tuple(joint + axis for axis in "XYZ"))).as_matrix()
        two = Rotation.from_rotvec(back.pick(tuple(other + axis for axis in "XYZ"))).as_matrix()
        assert np.abs(flip @ one @ flip - two).max() < 1e-6
    assert np.array_equal(mirror(back).values, motion.values)
    assert FLAME["leftEyeX"].side is Side.LEFT


def test_a_take_keeps_it(tmp_path):
    motion = Motion(FLAME, np.random.default_rng(0).normal(0, 1, (5, 62)).astype(np.float32), RATE)
    felt = EmotionTrack(("happy",), np.zeros((5, 1), np.float32), np.zeros(5, np.float32), RATE)
    Take(motion, Direction(), felt, Sound("a.wav", "ab" * 32, 0.2)).write(tmp_path / "a.take")
    back = Take.read(tmp_path / "a.take").motion
    assert back.rig is FLAME
    assert np.array_equal(back.values, motion.values)
