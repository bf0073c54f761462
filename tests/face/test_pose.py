"""Posing: blend shapes, then joints, against a slow implementation that shares no code with it."""

import tracemalloc

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.face.face import Face, Joint, Material
from backend.face.heads import mien_head
from backend.face.pose import corrective_curves, pose, posed
from backend.motion.arkit import ARKIT
from backend.motion.motion import Motion
from backend.motion.rate import Rate
from backend.motion.rig import Channel, Rig, Unit


def random_motion(frames, seed=5):
    rng = np.random.default_rng(seed)
    values = np.zeros((frames, len(ARKIT)), np.float32)
    for i, channel in enumerate(ARKIT.channels):
        values[:, i] = rng.uniform(channel.low, channel.high, frames) * (rng.random(frames) < 0.5)
    return Motion(ARKIT, values, Rate(30))


def slowly(face, values, rows):
    """Homogeneous matrices and scipy's rotations, one vertex at a time."""
    worlds = {}
    for joint in face.joints:
        angles = [values.get(next((n for n in joint.channels if n.endswith(axis)), ""), 0.0) for axis in ("Yaw", "Pitch", "Roll")]
        there, back, turn = np.eye(4), np.eye(4), np.eye(4)
        there[:3, 3], back[:3, 3] = joint.position, -np.array(joint.position)
        turn[:3, :3] = Rotation.from_euler("YXZ", angles).as_matrix()
        local = there @ turn @ back
        worlds[joint.name] = local if joint.parent is None else worlds[joint.parent] @ local
    found = []
    for v in rows:
        point = face.vertices[v].astype(float) + sum(values.get(n, 0.0) * d[v].astype(float) for n, d in face.shapes.items())
        for names, delta in face.correctives.items():
            point += np.prod([max(values.get(name, 0.0), 0.0) for name in names]) * delta[v].astype(float)
        blended = sum(float(face.weights[v, j]) * worlds[joint.name] for j, joint in enumerate(face.joints))
        found.append((blended @ [*point, 1])[:3])
    return np.array(found)


def test_pose_equals_a_slow_implementation():
    face, motion = mien_head(), random_motion(20)
    rows = np.random.default_rng(0).choice(len(face.vertices), 400, replace=False)
    frames = list(pose(face, motion))
    assert len(frames) == 20
    for i in (0, 7, 15, 16, 19):
        assert frames[i].dtype == np.float32 and frames[i].shape == face.vertices.shape
        expected = slowly(face, dict(zip(ARKIT.names, motion.values[i].astype(float), strict=True)), rows)
        assert np.abs(frames[i][rows] - expected).max() < 2e-6


def test_correctives_come_in_with_the_product_of_their_channels():
    triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    up, aside = (np.array([move] * 3, np.float32) for move in ([0, 0, 2], [1, 0, 0]))
    both = np.array([[0, 8, 0]] * 3, np.float32)
    face = Face(
        "t", triangle, np.array([[0, 1, 2, 2]], np.int32), np.zeros((1, 4, 2), np.float32), (Material("m", (1, 1, 1), 1),),
        np.zeros(1, np.int32), {"a": up, "b": aside}, (Joint("root", None, (0, 0, 0)),), np.ones((3, 1), np.float32), {("a", "b"): both},
    )  # fmt: skip
    for a, b in ((1.0, 1.0), (0.5, 0.25), (0.5, 0.0), (-0.5, -0.5), (-1.0, 0.5)):
        expected = triangle + a * up + b * aside + max(a, 0) * max(b, 0) * both
        assert np.allclose(posed(face, {"a": a, "b": b}), expected, atol=1e-6)
    assert np.allclose(posed(face, {"a": 1.0}), triangle + up)
    motion = Motion.from_curves(Rig("r", (Channel("b", "x"), Channel("a", "x"))), {"a": [0, 1, 0.5], "b": [1, 0.5, 0.5]}, 3, Rate(30))
    assert corrective_curves(face, motion)["a_b"] == pytest.approx([0, 0.5, 0.25])
    assert corrective_curves(face, Motion.from_curves(Rig("r", (Channel("a", "x"),)), {"a": [1, 1]}, 2, Rate(30))) == {}


def test_posed_is_one_frame_of_pose():
    face, motion = mien_head(), random_motion(3)
    for frame, row in zip(pose(face, motion), motion.values, strict=True):
        assert np.allclose(frame, posed(face, dict(zip(ARKIT.names, row.tolist(), strict=True))), atol=1e-6)


def test_rest_is_the_template_to_the_bit():
    face = mien_head()
    assert np.array_equal(posed(face, {}), face.vertices)
    assert np.array_equal(next(pose(face, Motion.still(ARKIT, 1, Rate(30)))), face.vertices)


def test_head_turns_rigidly_and_the_neck_base_stays():
    face = mien_head()
    turned = posed(face, {"headYaw": 0.5, "headPitch": -0.3, "headRoll": 0.2}).astype(float)
    rigid = face.weights[:, 1] == 1
    assert rigid.sum() > 5_000
    before = face.vertices[rigid].astype(float)
    turn = Rotation.from_euler("YXZ", [0.5, -0.3, 0.2]).as_matrix()
    pivot = np.array(next(joint.position for joint in face.joints if joint.name == "head"))
    assert np.abs((before - pivot) @ turn.T + pivot - turned[rigid]).max() < 1e-6
    fixed = face.weights[:, 0] == 1
    assert fixed.any() and np.array_equal(turned[fixed], face.vertices[fixed].astype(float))


TURNS = [("headYaw", 0, 1), ("headPitch", 1, -1), ("leftEyeYaw", 0, 1), ("rightEyePitch", 1, -1)]


@pytest.mark.parametrize(("channel", "axis", "sign"), TURNS)
def test_signs_follow_the_rig(channel, axis, sign):
    """Positive yaw turns what is in front to the character's left, positive pitch turns it down."""
    face = mien_head()
    joint = next(j for j, joint in enumerate(face.joints) if channel in joint.channels)
    owned = np.flatnonzero(face.weights[:, joint] == 1)
    front = owned[face.vertices[owned, 2].argmax()]
    moved = posed(face, {channel: 0.3}) - face.vertices
    assert moved[front, axis] * sign > 0.001
    carried = face.weights[:, joint] > 0
    if channel.startswith("head"):
        carried |= face.weights[:, 2:].any(axis=1)
    assert not moved[~carried].any()


def test_eyes_ride_on_the_head():
    face = mien_head()
    left = face.weights[:, 2] == 1
    both = posed(face, {"headYaw": 0.4, "leftEyeYaw": -0.4})
    # Turned back as far as the head went forth, the eye looks straight ahead again.
    front = face.vertices[left][:, 2].argmax()
    eye = np.array(face.joints[2].position)
    pivot = np.array(face.joints[1].position)
    at = Rotation.from_euler("Y", 0.4).apply(eye - pivot) + pivot
    assert np.allclose(np.linalg.norm(both[left] - at, axis=1), np.linalg.norm(face.vertices[left] - eye, axis=1), atol=1e-6)
    assert (both[left][front] - at)[0] == pytest.approx(face.vertices[left][front, 0] - eye[0], abs=1e-5)


def test_channels_that_the_face_lacks_are_left_out():
    triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    raised = {"up": np.array([[0, 0, 2]] * 3, np.float32)}
    face = Face(
        "t", triangle, np.array([[0, 1, 2, 2]], np.int32), np.zeros((1, 4, 2), np.float32), (Material("m", (1, 1, 1), 1),),
        np.zeros(1, np.int32), raised, (Joint("root", None, (0, 0, 0)),), np.ones((3, 1), np.float32),
    )  # fmt: skip
    rig = Rig("small", (Channel("sideways", "x"), Channel("up", "x")))
    motion = Motion.from_curves(rig, {"sideways": [1, 1], "up": [0, 0.5]}, 2, Rate(30))
    first, second = pose(face, motion)
    assert np.array_equal(first, triangle) and np.array_equal(second, triangle + np.float32([0, 0, 1]))


def test_memory_does_not_grow_with_length():
    face = mien_head()
    peaks = []
    for frames in (64, 512):
        motion = random_motion(frames)
        tracemalloc.start()
        for _ in pose(face, motion):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_every_weight_channel_of_the_rig_is_there():
    face = mien_head()
    assert tuple(face.shapes) == ARKIT.in_unit(Unit.WEIGHT)
    driven = {name for joint in face.joints for name in joint.channels}
    assert driven == set(ARKIT.in_unit(Unit.RADIAN))
    assert np.allclose(face.weights.sum(axis=1), 1, atol=1e-6) and face.weights.min() >= 0
