"""The map between two expression spaces, where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.errors import FlameError
from backend.face.flame import FlameModel
from backend.face.flame.expression_map import solve_map, through
from backend.face.flame.surface import align, bend, footing
from backend.face.heads import mien_head
from backend.motion import Motion, parse_rate
from backend.motion.arkit import APPLE_52, ARKIT
from backend.motion.flame import EXPRESSION, FLAME
from tests.face.flame.ict import ict_as_flame
from tests.face.flame.mien import mien_as_flame
from tests.face.flame.synthetic import synthetic

RATE = parse_rate("30")


def resampled(model, scale=1.0, turn=None, shift=(0.0, 0, 0)):
    """The same head with other vertices: every triangle in four, in another order, in another unit, place and posture."""
    turn = np.eye(3) if turn is None else turn
    corners = model.triangles
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    unique, where = np.unique(edges, axis=0, return_inverse=True)
    count, (ab, bc, ca) = len(model.template), np.split(where.ravel() + len(model.template), 3)
    a, b, c = corners.T
    triangles = np.concatenate([np.stack(corner, 1) for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    order = np.random.default_rng(5).permutation(count + len(unique))
    place = np.argsort(order)

    def finer(values):
        return np.concatenate([values, (values[unique[:, 0]] + values[unique[:, 1]]) / 2])[order]

    regressor = np.concatenate([model.joint_regressor, np.zeros((5, len(unique)))], axis=1)[:, order]
    rows = model.joint_regressor.sum(axis=1, keepdims=True)
    return FlameModel(
        name="resampled",
        template=scale * finer(model.template.astype(float)) @ turn.T + shift,
        triangles=place[triangles],
        identity=np.zeros((len(order), 3, 0)),
        expression=scale * np.einsum("ij,vjk->vik", turn, finer(model.expression.astype(float))),
        pose_correctives=np.zeros((len(order), 3, 36)),
        joint_regressor=regressor / rows,
        parents=model.parents,
        weights=finer(model.weights),
    )


@pytest.mark.parametrize("head", [lambda: synthetic(2, 30), mien_as_flame], ids=["synthetic", "mien"])
def test_a_space_onto_itself(head):
    found = solve_map(head(), head(), ridge=1e-9)
    assert np.abs(found.matrix - np.eye(len(found.matrix))).max() < 1e-3
    assert found.apart == 0
    assert max(found.residual.values()) < 1e-3
    assert max(found.millimetres.values()) < 1e-3


def test_a_mixed_space_is_unmixed():
    target, random = synthetic(2, 30), np.random.default_rng(0)
    mix = random.normal(0, 0.4, (30, 12))
    source = replace(target, expression=target.expression @ mix)
    found = solve_map(source, target, ridge=1e-9)
    assert np.abs(found.matrix - mix).max() < 1e-3
    assert found.residual["whole"] < 1e-4


def test_what_the_target_cannot_follow_is_reported():
    target = synthetic(2, 30)
    # Half of the source's energy lies where the target has nothing: a movement at right angles to all of its own.
    basis = target.expression.astype(float).reshape(-1, 30)
    alien = np.random.default_rng(1).normal(0, 1, (len(basis), 1))
    alien *= np.repeat(target.template[:, 2] > 0.03, 3)[:, None]
    foreign = replace(target, expression=(alien * 0.001).reshape(-1, 3, 1))
    found = solve_map(foreign, target)
    assert found.residual["whole"] > 0.98
    assert found.millimetres["upper face"] > 1
    own = replace(target, expression=target.expression[..., :1])
    assert solve_map(own, target).residual["whole"] < 0.05


@pytest.mark.parametrize("head", [lambda: synthetic(2, 10), mien_as_flame], ids=["synthetic", "mien"])
def test_the_same_head_with_other_vertices_in_centimetres(head):
    target = head()
    turn = Rotation.from_rotvec(np.radians([5.0, 0, 0])).as_matrix()
    found = solve_map(resampled(target, 100.0, turn, (3.0, -20, 7)), target, ridge=1e-6)
    assert found.apart < 0.2
    assert found.residual["whole"] < 0.03 and found.residual["lips"] < 0.02
    assert np.abs(found.matrix - np.eye(len(found.matrix))).max() < 0.02


def test_between_heads_of_different_people_the_smile_stays_a_smile():
    """The head is made longer and wider; what each component does to the mouth has to come back as itself."""
    target = mien_as_flame()
    other = replace(
        target, template=target.template * np.array([1.06, 1.1, 1.03]), expression=target.expression * np.array([1.06, 1.1, 1.03])[:, None]
    )
    found = solve_map(resampled(other), target)
    assert (found.matrix.argmax(axis=0) == np.arange(8)).all()
    assert np.abs(np.diag(found.matrix) - 1).max() < 0.06
    assert found.residual["lips"] < 0.12


def test_shapes_of_another_studios_head_find_their_namesakes(shared_data):
    """ICT-FaceKit's shapes, sculpted by others on scans, against Mien's of the same names: two heads, two meshes, two hands."""
    folder = shared_data / "faces" / "ict_facekit"
    if not (folder / "vertex_indices.json").exists():
        pytest.skip("ICT-FaceKit is not in ../shared/data/faces")
    with np.load(folder / "ict_facekit_light.npz") as head:
        deltas = dict(zip(head["names"].tolist(), head["deltas"] / 100, strict=True))
    pairs = {name: name.replace("Left", "_L").replace("Right", "_R") for name in APPLE_52} | {
        name: name for name in APPLE_52 if name in deltas
    }
    pairs = {name: theirs for name, theirs in pairs.items() if theirs in deltas}
    source = replace(ict_as_flame(folder)[0], expression=np.stack([deltas[theirs] for theirs in pairs.values()], axis=2))
    target = replace(mien_as_flame(), expression=np.stack([mien_head().shapes[name] for name in pairs], axis=2))
    found = solve_map(source, target, ridge=0.03)
    best = dict(zip(pairs, (tuple(pairs)[row] for row in found.matrix.argmax(axis=0)), strict=True))
    assert found.apart < 5
    assert found.residual["lips"] < 0.25 and found.residual["whole"] < 0.4
    for name in (
        "jawOpen",
        "jawLeft",
        "mouthSmileLeft",
        "mouthLeft",
        "browDownLeft",
        "browOuterUpLeft",
        "eyeBlinkLeft",
        "mouthUpperUpLeft",
    ):
        twin = name.replace("Left", "Right")
        assert (best[name], best[twin]) == (name, twin)
    # What is left over is between neighbours, such as a pucker and a jaw that comes forward.
    assert sum(name == other for name, other in best.items()) > 0.65 * len(best)
    assert all(name.endswith("Left") == other.endswith("Left") for name, other in best.items())


def test_the_ridge_holds_back():
    target = synthetic(2, 30)
    source = synthetic(2, 30, seed=9)
    sizes = [np.linalg.norm(solve_map(source, target, ridge).matrix) for ridge in (1e-6, 1e-2, 1.0)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_region_that_counts_more_is_followed_better():
    source, target = synthetic(2, 30, seed=9), synthetic(2, 10)
    plain, keen = (solve_map(source, target, weights={"lower face": 1.0, "upper face": 1.0, "lips": lips}) for lips in (1.0, 1000.0))
    assert keen.residual["lips"] < 0.7 * plain.residual["lips"]
    assert keen.residual["upper face"] > plain.residual["upper face"]
    with pytest.raises(FlameError, match="no region 'tail'"):
        solve_map(source, target, weights={"tail": 1.0})


def test_motions_go_through():
    target = synthetic(2, 60)
    mix = np.random.default_rng(0).normal(0, 0.3, (60, 12))
    found = solve_map(replace(target, expression=target.expression @ mix), target, ridge=1e-9)
    curves = {name: np.linspace(-1, 1, 5) * (i + 1) / 12 for i, name in enumerate(EXPRESSION[:12])} | {"jawX": np.full(5, 0.2)}
    motion = Motion.from_curves(FLAME, curves, 5, RATE)
    out = through(found, motion)
    assert np.abs(out.pick(EXPRESSION) - motion.pick(EXPRESSION[:12]) @ mix[:50].T).max() < 1e-2
    assert np.array_equal(out["jawX"], motion["jawX"])
    with pytest.raises(FlameError, match="more than the 12"):
        through(found, Motion.from_curves(FLAME, {"expression013": np.ones(5)}, 5, RATE))
    with pytest.raises(FlameError, match="not 'arkit'"):
        through(found, Motion.still(ARKIT, 1, RATE))


def test_fewer_components_than_the_rig_are_filled_with_zeros():
    target = synthetic(2, 7)
    out = through(solve_map(target, target), Motion.from_curves(FLAME, {"expression003": [1.0]}, 1, RATE))
    assert abs(out["expression003"][0] - 1) < 0.05
    assert not out.pick(EXPRESSION[7:]).any()


def test_no_components():
    empty = synthetic(2, 0)
    with pytest.raises(FlameError, match="no expression components"):
        solve_map(empty, synthetic(2, 2))


def test_alignment_finds_the_similarity():
    random = np.random.default_rng(4)
    points, shift = random.normal(0, 1, (5, 3)), np.array([1.0, -2, 3])
    turn = np.linalg.qr(random.normal(0, 1, (3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    found = align(points, 2.5 * points @ turn.T + shift)
    assert abs(found.scale - 2.5) < 1e-12
    assert np.abs(found.turn - turn).max() < 1e-12
    assert np.abs(found.shift - shift).max() < 1e-12
    # In one plane, as joints nearly are, it stays a turn and never becomes a mirror.
    flat = points * [1, 1, 0]
    assert np.linalg.det(align(flat, flat @ turn.T).turn) > 0.999


def test_a_bend_brings_anchors_together_and_leaves_the_rest():
    anchors = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    goals = anchors + np.random.default_rng(0).normal(0, 0.1, (4, 3))
    far = np.array([[9.0, 9, 9]])
    moved = bend(np.concatenate([anchors, far]), anchors, goals, 1.0)
    assert np.abs(moved[:4] - goals).max() < 0.002
    assert np.abs(moved[4] - far[0]).max() < 1e-9
    assert np.array_equal(bend(far, anchors, anchors, 1.0), far)


def test_nearest_points_against_a_fine_search():
    random = np.random.default_rng(6)
    vertices, triangles = random.normal(0, 1, (12, 3)), np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [0, 0, 1]], np.int32)
    points, none = random.normal(0, 1, (200, 3)), np.zeros
    got = footing(points, none((200, 0)), vertices, triangles, none((12, 0)))
    assert np.allclose(got.weights.sum(axis=1), 1) and got.weights.min() > -1e-12
    assert np.allclose(np.linalg.norm(got.carry(vertices) - points, axis=1), got.distance)
    u, v = (grid.ravel() for grid in np.meshgrid(*2 * [np.linspace(0, 1, 201)]))
    inside = u + v <= 1
    samples = np.stack([1 - u - v, u, v], 1)[inside]
    cloud = np.concatenate([samples @ vertices[triangle] for triangle in triangles])
    best = np.array([np.linalg.norm(cloud - point, axis=1).min() for point in points])
    # The search tries the triangles around the six nearest vertices: of a dozen scattered ones, nearly all.
    assert (got.distance > best - 0.02).all()
    assert np.mean(got.distance < best + 1e-9) > 0.95


def test_marks_tell_apart_what_lies_together():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0.01], [1, 0, 0.01], [0, 1, 0.01]], float)
    triangles, marks = np.array([[0, 1, 2], [3, 4, 5]], np.int32), np.repeat([[0.0], [1.0]], 3, axis=0)
    point = np.array([[0.2, 0.2, 0.002]])
    assert set(footing(point, np.array([[0.0]]), vertices, triangles, marks).corners[0]) == {0, 1, 2}
    assert set(footing(point, np.array([[1.0]]), vertices, triangles, marks).corners[0]) == {3, 4, 5}
