"""The head of ICT-FaceKit (MIT; the mean of real scans, with 68 landmarks named by its makers), bound to FLAME's five joints."""

import json

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from backend.face.flame import FlameModel
from backend.face.flame.surface import align


def ict_as_flame(folder):
    """The model, and the vertices of the 68 landmarks in the order of iBUG's 300-W."""
    with np.load(folder / "ict_facekit_light.npz") as head:
        points, quads, triangles = head["vertices"].astype(float) / 100, head["quads"], head["tris"]
        opened = head["deltas"][head["names"].tolist().index("jawOpen")].astype(float) / 100
    corners = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], triangles])
    jaw, hinge = _jaw(points, opened)
    eyes = _eyeballs(points, corners)
    weights = np.zeros((len(points), 5))
    for joint, eye in enumerate(eyes, 3):
        weights[eye, joint] = 1
    loose = 1 - weights.sum(axis=1)
    weights[:, 2], weights[:, 1] = jaw * loose, (1 - jaw) * loose
    places = np.array([[0, -0.19, 0], [0, -0.1, 0], hinge, *(points[eye].mean(axis=0) for eye in eyes)])
    system = np.concatenate([points.T, np.ones((1, len(points)))])
    model = FlameModel(
        name="ict",
        template=points,
        triangles=corners,
        identity=np.zeros((len(points), 3, 0)),
        expression=np.zeros((len(points), 3, 0)),
        pose_correctives=np.zeros((len(points), 3, 36)),
        joint_regressor=(np.linalg.pinv(system) @ np.concatenate([places.T, np.ones((1, 5))])).T,
        parents=(-1, 0, 1, 1, 1),
        weights=weights,
    )
    return model, np.array(json.loads((folder / "vertex_indices.json").read_text())["idx_to_landmark_verts"])


def _jaw(points, opened):
    """How far each vertex follows the rigid movement of those that move most, and the point that it leaves in place."""
    moves = np.linalg.norm(opened, axis=1)
    stiff = moves > 0.8 * moves.max()
    rigid = align(points[stiff], points[stiff] + opened[stiff])
    whole = points @ rigid.turn.T + rigid.shift - points
    follows = np.clip(np.sum(opened * whole, axis=1) / np.maximum(np.sum(whole**2, axis=1), 1e-12), 0, 1)
    hinge = np.linalg.pinv(np.eye(3) - rigid.turn) @ rigid.shift
    return follows * (moves > 1e-4), hinge * [0, 1, 1]


def _eyeballs(points, corners):
    """Left and right: the pieces whose box is nearly a cube of an eye's size."""
    edges = sparse.coo_matrix((np.ones(corners.size), (corners.ravel(), np.roll(corners, 1, 1).ravel())), shape=2 * [len(points)])
    part = connected_components(edges, directed=False)[1]
    sides = {1: [], -1: []}
    for number in np.unique(part):
        piece = np.flatnonzero(part == number)
        size = np.ptp(points[piece], axis=0)
        if size.max() < 1.25 * size.min() and 0.018 < size.max() < 0.035 and abs(points[piece, 0].mean()) > 0.02:
            sides[int(np.sign(points[piece, 0].mean()))].append(piece)
    return [np.concatenate(pieces) for pieces in sides.values()]
