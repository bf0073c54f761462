"""Skinning against a second implementation, against closed forms, and against its own derivative."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from backend.errors import FlameError, InputError
from backend.face.flame.skinning import bones, pose, rotations, shaped, skin
from backend.motion import Motion, parse_rate
from backend.motion.arkit import ARKIT
from backend.motion.flame import FLAME
from tests.face.flame.naive import naive
from tests.face.flame.synthetic import small, synthetic

RATE = parse_rate("30")
DOUBLE = torch.float64


def tensor(values):
    return torch.tensor(np.asarray(values), dtype=DOUBLE)


@pytest.fixture
def drawn():
    random = np.random.default_rng(3)
    return random.normal(0, 0.5, (6, 5, 3)), random.normal(0, 1, (6, 4)), random.normal(0, 1, (6, 3))


@pytest.mark.parametrize("moves", [False, True], ids=["the paper", "the released code"])
def test_equal_to_the_equations_written_out(drawn, moves):
    turns, identity, expression = drawn
    model = small()
    got, _ = skin(bones(model, dtype=DOUBLE), *map(tensor, drawn), expression_moves_joints=moves)
    for frame in range(len(turns)):
        want = naive(model, turns[frame], identity[frame], expression[frame], moves)
        assert np.abs(got[frame].numpy() - want).max() < 1e-13


def test_where_expression_moves_joints_the_two_ways_differ(drawn):
    model = bones(small(), dtype=DOUBLE)
    one, other = (skin(model, *map(tensor, drawn), expression_moves_joints=moves)[0] for moves in (False, True))
    assert (one - other).abs().max() > 1e-4


def test_a_whole_model_in_single_precision_is_within_a_micrometre():
    model, random = synthetic(), np.random.default_rng(0)
    turns, identity, expression = random.normal(0, 0.3, (3, 5, 3)), random.normal(0, 1, (3, 300)), random.normal(0, 1, (3, 100))
    single, _ = skin(bones(model), *(torch.tensor(part, dtype=torch.float32) for part in (turns, identity, expression)))
    double, _ = skin(bones(model, dtype=DOUBLE), *map(tensor, (turns, identity, expression)))
    assert (single - double).abs().max() < 1e-6


def test_batch_is_loop(drawn):
    model = bones(small(), dtype=DOUBLE)
    whole, joints = skin(model, *map(tensor, drawn))
    for frame in range(6):
        alone, places = skin(model, *(tensor(part[frame : frame + 1]) for part in drawn))
        assert torch.allclose(alone[0], whole[frame], atol=1e-15)
        assert torch.allclose(places[0], joints[frame], atol=1e-15)


def test_at_rest_only_shapes_are_seen(drawn):
    _, identity, expression = drawn
    source = small()
    got, joints = skin(bones(source, dtype=DOUBLE), torch.zeros(6, 5, 3, dtype=DOUBLE), tensor(identity), tensor(expression))
    want = source.template + np.einsum("vak,fk->fva", source.identity, identity) + np.einsum("vak,fk->fva", source.expression, expression)
    assert np.abs(got.numpy() - want).max() < 1e-9
    inner = source.template + np.einsum("vak,fk->fva", source.identity, identity)
    assert np.abs(joints.numpy() - source.joint_regressor @ inner).max() < 1e-7


def test_what_the_jaw_holds_alone_turns_exactly_about_it():
    source = synthetic(10, 10)
    only = replace(source, pose_correctives=0 * source.pose_correctives, weights=np.tile(np.eye(5)[2], (len(source.template), 1)))
    turn = Rotation.from_rotvec([0.4, 0.1, -0.05])
    turns = torch.zeros(1, 5, 3, dtype=DOUBLE)
    turns[0, 2] = tensor(turn.as_rotvec())
    got, joints = skin(bones(only, dtype=DOUBLE), turns)
    hinge = source.joint_regressor.astype(float)[2] @ source.template.astype(float)
    want = turn.apply(source.template.astype(float) - hinge) + hinge
    assert np.abs(got[0].numpy() - want).max() < 1e-12
    assert np.abs(joints[0, 2].numpy() - hinge).max() < 1e-12


def test_the_root_turns_the_whole_head_rigidly(drawn):
    model, turn = bones(small(), dtype=DOUBLE), Rotation.from_rotvec([0.2, -0.7, 0.3])
    turns = drawn[0].copy()
    turns[:, 0] = 0
    before, joints = skin(model, tensor(turns))
    turns[:, 0] = turn.as_rotvec()
    after, _ = skin(model, tensor(turns))
    root = joints[0, 0].numpy()
    for frame in range(6):
        assert np.abs(turn.apply(before[frame].numpy() - root) + root - after[frame].numpy()).max() < 1e-13


def test_a_template_moved_moves_everything(drawn):
    source = small()
    # A grid on which the sum loses nothing.
    source = replace(source, template=np.round(source.template * 2**12) / 2**12)
    away = np.array([1.5, -0.25, 2.0])
    moved = replace(source, template=source.template + away)
    (one, joints), (other, places) = (skin(bones(model, dtype=DOUBLE), *map(tensor, drawn)) for model in (source, moved))
    assert (other - one - tensor(away)).abs().max() < 1e-14
    assert (places - joints - tensor(away)).abs().max() < 1e-14


def test_components_left_out_are_zero(drawn):
    turns, identity, expression = map(tensor, drawn)
    model = bones(small(), dtype=DOUBLE)
    cut, _ = skin(model, turns, identity[:, :2], expression[:, :1])
    padded, _ = skin(model, turns, identity * tensor([1, 1, 0, 0]), expression * tensor([1, 0, 0]))
    assert torch.allclose(cut, padded, atol=1e-15)
    assert torch.equal(shaped(model, None, None)[0], model.template)


def test_gradients_are_those_of_finite_differences():
    model, random = bones(small(vertices=4), dtype=DOUBLE), np.random.default_rng(1)
    inputs = [tensor(random.normal(0, 0.4, shape)).requires_grad_() for shape in ((2, 5, 3), (2, 4), (2, 3))]
    for moves in (False, True):
        assert torch.autograd.gradcheck(lambda t, i, e, m=moves: skin(model, t, i, e, m), inputs)


def test_gradients_at_rest_are_finite_and_right():
    model = bones(small(vertices=4), dtype=DOUBLE)
    turns = torch.zeros(1, 5, 3, dtype=DOUBLE, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: skin(model, t)[0], [turns])
    assert torch.autograd.gradgradcheck(rotations, [torch.full((2, 3), 1e-4, dtype=DOUBLE, requires_grad=True)])
    half = torch.zeros(3, dtype=torch.float32, requires_grad=True)
    rotations(half).sum().backward()
    assert torch.isfinite(half.grad).all()


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-12, 1e-8, 1e-4, 0.00999, 0.01001, 0.1, 1.0, 3.1, 3.14159265, 6.5])
def test_rotations_of_every_size(size):
    axes = np.random.default_rng(2).normal(0, 1, (50, 3))
    turns = size * axes / np.linalg.norm(axes, axis=1, keepdims=True)
    want = Rotation.from_rotvec(turns).as_matrix()
    assert np.abs(rotations(tensor(turns)).numpy() - want).max() < 2e-15
    assert np.abs(rotations(torch.tensor(turns, dtype=torch.float32)).numpy() - want).max() < 1e-6


def motion(frames, seed=0):
    values = np.random.default_rng(seed).normal(0, 0.3, (frames, len(FLAME))).astype(np.float32)
    return Motion(FLAME, values, RATE)


def test_a_motion_is_posed_channel_by_channel():
    model, lively, identity = synthetic(), motion(37), np.linspace(-1, 1, 20)
    got = list(pose(model, lively, identity))
    assert len(got) == 37
    assert all(frame.dtype == np.float32 and frame.shape == (5023, 3) for frame in got)
    turns = np.zeros((1, 5, 3))
    for joint, name in enumerate(("neck", "jaw", "leftEye", "rightEye"), 1):
        turns[0, joint] = [lively[name + axis][20] for axis in "XYZ"]
    coefficients = [[lively[f"expression{k:03d}"][20] for k in range(1, 51)]]
    want, _ = skin(bones(model, dtype=DOUBLE), tensor(turns), tensor(identity)[None], tensor(coefficients))
    assert np.abs(got[20] - want[0].numpy()).max() < 1e-6


def test_signs_are_what_the_rig_says():
    model = synthetic()
    chin, tip = (int(np.argmax(model.template @ np.array(way))) for way in ([0, -0.5, 1], [0, 0, 1]))
    left = int(np.argmax(np.where(model.weights[:, 3] == 1, model.template[:, 2], -1)))

    def moved(channel, value, vertex):
        still = next(pose(model, Motion.still(FLAME, 1, RATE)))
        one = next(pose(model, Motion.from_curves(FLAME, {channel: [value]}, 1, RATE)))
        return one[vertex] - still[vertex]

    assert moved("jawX", 0.3, chin)[1] < -0.01
    assert moved("neckX", 0.3, tip)[1] < -0.01
    assert moved("neckY", 0.3, tip)[0] > 0.01
    assert moved("leftEyeY", 0.3, left)[0] > 0.002


def test_memory_does_not_grow_with_length():
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("this system does not say how much memory is in use")

    def used():
        return int(statm.read_text().split()[1]) * 4096

    model, long = synthetic(), motion(2400)
    frames = pose(model, long)
    for _ in range(400):
        next(frames)
    before = used()
    most = max(used() for i, _ in enumerate(frames) if i % 100 == 0)
    # Two thousand frames of 60 kB would be 120 MB.
    assert most < before + 20 * 2**20


def test_what_cannot_be_posed_is_said():
    model, rest = small(), torch.zeros(1, 5, 3)
    with pytest.raises(FlameError, match="'arkit' motion"):
        pose(model, Motion.still(ARKIT, 1, RATE))
    with pytest.raises(FlameError, match="more than the 3 expression components"):
        pose(model, motion(2))
    with pytest.raises(FlameError, match="5 identity coefficients are more than the 4"):
        skin(bones(model), rest, torch.zeros(1, 5))
    with pytest.raises(FlameError, match="5 joints"):
        skin(bones(model), rest[:, :4])
    with pytest.raises(InputError, match="no device 'nowhere'"):
        pose_all = pose(model, Motion.still(FLAME, 1, RATE), device="nowhere")
        list(pose_all)


def test_small_models_take_motions_that_stay_within_them():
    quiet = Motion.from_curves(FLAME, {"expression002": [1.0], "jawX": [0.2]}, 1, RATE)
    (got,) = pose(small(), quiet)
    turns = np.zeros((5, 3))
    turns[2, 0] = 0.2
    assert np.abs(got - naive(small(), turns, (), [0, 1])).max() < 1e-6


def gpu():
    return torch.cuda.is_available()


@pytest.mark.skipif(not gpu(), reason="this machine has no GPU that torch can use")
def test_a_gpu_gives_the_same():
    model, lively = synthetic(), motion(20)
    for here, there in zip(pose(model, lively), pose(model, lively, device="cuda"), strict=True):
        assert np.abs(here - there).max() < 1e-5


def test_the_device_is_where_everything_goes():
    # torch's own device without memory stands in for a GPU: a tensor left behind on the CPU would not go with the others.
    model = bones(small(), "meta")
    vertices, joints = skin(model, torch.zeros(2, 5, 3, device="meta"), torch.zeros(2, 4, device="meta"), torch.zeros(2, 3, device="meta"))
    assert vertices.device.type == joints.device.type == "meta"
    assert vertices.shape == (2, 30, 3)


def test_torch_loads_when_it_is_first_used():
    modules = (
        "backend.cli.main, backend.motion.flame, backend.face.flame.skinning, backend.face.flame.places, backend.face.flame.expression_map"
    )
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
