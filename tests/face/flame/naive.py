"""FLAME once more, one number at a time and in double precision, from the equations of Li et al. (2017): slow and plain."""

import numpy as np
from scipy.spatial.transform import Rotation


def naive(model, turns, identity=(), expression=(), expression_moves_joints=False):
    """Vertices ``[V][3]`` of one frame; ``turns [5, 3]``."""
    count, joints = len(model.template), len(model.parents)
    template = model.template.astype(float)
    offset_identity, offset_expression = np.zeros((count, 3)), np.zeros((count, 3))
    for v in range(count):
        for axis in range(3):
            for k, beta in enumerate(identity):
                offset_identity[v, axis] += float(model.identity[v, axis, k]) * beta
            for k, psi in enumerate(expression):
                offset_expression[v, axis] += float(model.expression[v, axis, k]) * psi
    matrices = [Rotation.from_rotvec(turn).as_matrix() for turn in turns]
    places = np.zeros((joints, 3))
    for j in range(joints):
        for v in range(count):
            moved = template[v] + offset_identity[v] + (offset_expression[v] if expression_moves_joints else 0)
            places[j] += float(model.joint_regressor[j, v]) * moved
    features = [matrices[j][row][column] - (row == column) for j in range(1, joints) for row in range(3) for column in range(3)]
    worlds = []
    for j in range(joints):
        local = np.eye(4)
        local[:3, :3] = matrices[j]
        local[:3, 3] = places[j] - (places[model.parents[j]] if j else 0)
        worlds.append(worlds[model.parents[j]] @ local if j else local)
    result = np.zeros((count, 3))
    for v in range(count):
        rest = template[v] + offset_identity[v] + offset_expression[v]
        for k, feature in enumerate(features):
            rest = rest + model.pose_correctives[v, :, k].astype(float) * feature
        for j in range(joints):
            back = np.eye(4)
            back[:3, 3] = -places[j]
            result[v] += float(model.weights[v, j]) * (worlds[j] @ back @ [*rest, 1])[:3]
    return result
