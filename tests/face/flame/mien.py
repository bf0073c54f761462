"""Mien's own head as points with FLAME's five joints: geometry that nobody made for the code under test."""

from functools import cache

import numpy as np

from backend.face.flame import FlameModel
from backend.face.heads import mien_head
from backend.face.pose import rotation

# docs/head.md: jawOpen turns by 22 degrees about a hinge below the ear (heads/sculpt.py) while it slides 6 mm forward.
HINGE = np.array([0, -0.024, 0.006])


@cache
def mien_as_flame():
    face = mien_head()
    names = [joint.name for joint in face.joints]
    bound = {name: face.weights[:, names.index(name)].astype(float) for name in ("neck", "leftEye", "rightEye")}
    head = 1 - sum(bound.values())
    opened = face.shapes["jawOpen"].astype(float)
    turn = rotation(*(np.array([angle]) for angle in (0.0, np.radians(22), 0.0)))[0]
    rigid = (face.vertices - HINGE) @ (turn - np.eye(3)).T + [0, 0, 0.006]
    follows = np.clip(np.sum(opened * rigid, axis=1) / np.sum(rigid**2, axis=1), 0, 1) * head
    weights = np.stack([bound["neck"], head - follows, follows, bound["leftEye"], bound["rightEye"]], 1)
    places = {joint.name: np.array(joint.position) for joint in face.joints}
    joints = np.array([places["neck"], places["head"], HINGE, places["leftEye"], places["rightEye"]])
    lively = [
        "mouthSmileLeft",
        "mouthSmileRight",
        "browInnerUp",
        "jawOpen",
        "eyeBlinkLeft",
        "eyeBlinkRight",
        "mouthPucker",
        "noseSneerLeft",
    ]
    count = len(face.vertices)
    system = np.concatenate([face.vertices.T.astype(float), np.ones((1, count))])
    return FlameModel(
        name="mien",
        template=face.vertices,
        triangles=face.triangles,
        identity=np.zeros((count, 3, 0)),
        expression=np.stack([face.shapes[name] for name in lively], axis=2),
        pose_correctives=np.zeros((count, 3, 36)),
        joint_regressor=(np.linalg.pinv(system) @ np.concatenate([joints.T, np.ones((1, 5))])).T,
        parents=(-1, 0, 1, 1, 1),
        weights=weights,
    )


def painted(*materials):
    """Vertices ``[V]`` of Mien's head that only faces of these materials touch."""
    face = mien_head()
    of = [material.name for material in face.materials]
    inside = np.isin(face.surface, [of.index(name) for name in materials])
    found = np.zeros(len(face.vertices), bool)
    found[face.quads[inside]] = True
    return found
