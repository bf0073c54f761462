"""Faces of other people are whole: shapes work, eyes turn where they are."""

import numpy as np

from backend.face.flame.skinning import pose as pose_flame
from backend.face.heads import mien_head
from backend.face.heads.layout import mien_flame
from backend.face.heads.layout.identity import identity
from backend.face.heads.layout.people import person
from backend.face.pose import posed
from backend.motion import RIGS, Motion, parse_rate

DIALS = {"jaw width": 1.5, "eye distance": 2, "nose length": -1}


def test_nobody_in_particular_is_mien():
    for joint, other in zip(person({}).joints, mien_head().joints, strict=True):
        np.testing.assert_allclose(joint.position, other.position, atol=1e-6)
    np.testing.assert_allclose(person({}).vertices, mien_head().vertices, atol=1e-6)


def test_a_person_is_who_the_flame_layout_says():
    rest = Motion(RIGS["flame"], np.zeros((1, len(RIGS["flame"])), np.float32), parse_rate("30"))
    wanted = next(iter(pose_flame(mien_flame(), rest, identity(DIALS))))
    np.testing.assert_allclose(person(DIALS).vertices, wanted, atol=1e-5)
    np.testing.assert_allclose(person(identity(DIALS)).vertices, wanted, atol=1e-5)


def test_eyes_turn_about_their_own_middles():
    someone = person(DIALS)
    ball = np.flatnonzero(someone.weights[:, [joint.name for joint in someone.joints].index("leftEye")] == 1)
    rest, turned = posed(someone, {})[ball], posed(someone, {"leftEyeYaw": 0.5})[ball]
    (centre,) = (np.array(joint.position) for joint in someone.joints if joint.name == "leftEye")
    np.testing.assert_allclose(np.linalg.norm(rest - centre, axis=1), np.linalg.norm(turned - centre, axis=1), atol=1e-6)
    assert np.linalg.norm(rest - centre, axis=1).std() < 0.002  # it is a ball, and about its middle
    assert np.abs(rest - turned).max() > 0.005
