"""Mien's head as a FLAME-layout model: file, joints, jaw, expressions, wrinkles. Its identities are in ``test_layout_faces.py``."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from backend.emotion.direction import Direction, Guide
from backend.errors import FlameError, InputError
from backend.face.flame import load_flame, write_flame
from backend.face.flame.expression_map import solve_map
from backend.face.flame.regions import REGIONS, regions
from backend.face.flame.skinning import pose as flame_pose
from backend.face.heads import mien_head
from backend.face.heads.layout import ASSET, EXTRAS, build, extras, mien_flame
from backend.face.heads.layout.acting import SHAPES, faces
from backend.face.heads.layout.anatomy import Anatomy
from backend.face.heads.layout.convert import arkit_to_flame, flame_to_arkit, table
from backend.face.heads.layout.detail import COMPONENTS, detail, detail_layer, driven, refined, wrinkled
from backend.face.heads.layout.identity import DIALS, dials_of
from backend.face.heads.layout.joints import JAW, LEFT_EYE, NECK, RIGHT_EYE, fit_jaw
from backend.face.heads.refine import with_detail
from backend.face.pose import pose, posed
from backend.motion import Motion, mirror, parse_rate
from backend.motion.arkit import ARKIT
from backend.motion.flame import FLAME
from backend.perform import perform
from tests.face.flame.naive import naive

RATE = parse_rate("30")
ROOT = Path(__file__).parents[2]
HEAD = Anatomy(mien_head())
SEEN = HEAD.painted("skin", "lid", "lip") & (HEAD.importance > 0)
IDENTITIES = np.random.default_rng(11).standard_normal((12, 100)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    return mien_flame()


def frames(rig, *curves):
    values = np.zeros((len(curves), len(rig)), np.float32)
    for row, given in zip(values, curves, strict=True):
        for name, value in given.items():
            row[rig.index(name)] = value
    return Motion(rig, values, RATE)


def shaped(coefficients):
    """Vertices of an identity in millimetres."""
    model = mien_flame()
    return 1000 * (model.template + model.identity[:, :, : len(coefficients)] @ np.asarray(coefficients, np.float32)).astype(float)


def apart(one, other):
    return 1000 * np.linalg.norm(one.astype(float) - other, axis=1)


@cache
def takes():
    """The sample line, performed three ways, one after the other."""
    script = (ROOT / "samples/line.txt").read_text()
    felt = ((), (Guide("happy"),), (Guide("angry"),))
    motions = [perform(ROOT / "samples/line.flac", Direction(guides=guides), script).take.motion for guides in felt]
    return Motion(ARKIT, np.concatenate([motion.values for motion in motions]), RATE)


# ----------------------------------------------------------------------------------------------------------------- the file


def test_the_files_are_what_the_code_builds(tmp_path, model):
    """To the byte from one build to the next; against the file to a few steps of rounding, for machines that add in another order."""
    (once, others), (again, too) = build.build(), build.build()
    for name, each in (("once", once), ("again", again)):
        write_flame(each, tmp_path / f"{name}.npz")
    assert (tmp_path / "once.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    assert all(np.array_equal(others[key], too[key]) for key in others)
    assert ASSET.stat().st_size < 6_000_000 and EXTRAS.stat().st_size < 1_000_000
    for part in ("template", "triangles", "parents"):
        assert np.array_equal(getattr(once, part), getattr(model, part)), "run python -m backend.face.heads.layout.build"
    grain = 1.01 * 2.0**-17
    assert np.abs(once.expression - model.expression).max() <= 2 * grain
    assert np.abs(once.pose_correctives - model.pose_correctives).max() <= 2 * grain
    assert np.allclose(once.weights, model.weights, atol=1e-3)
    # Axes of an identity space may be turned where two weigh nearly the same; the faces it reaches may not.
    ours, theirs = (each.identity.reshape(-1, 100) @ mixture for each, mixture in ((once, others["mixture"]), (model, extras()["mixture"])))
    assert np.abs(ours - theirs).max() < 1e-4


def test_it_is_laid_out_as_flame_is_on_the_heads_own_vertices(model):
    head = mien_head()
    assert np.array_equal(model.template, head.vertices) and np.array_equal(model.triangles, head.triangles)
    assert (model.identity.shape[2], model.expression.shape[2], model.pose_correctives.shape[2]) == (100, 50, 36)
    assert model.joint_names == ("global", "neck", "jaw", "left eye", "right eye") and model.parents == (-1, 0, 1, 1, 1)
    assert np.array_equal(model.weights[HEAD.partner][:, [0, 1, 2, 4, 3]], model.weights)


def test_written_and_read_it_is_the_same(tmp_path, model):
    for ending in (".npz", ".safetensors"):
        write_flame(model, tmp_path / f"head{ending}")
        again = load_flame(tmp_path / f"head{ending}")
        for part in ("template", "identity", "expression", "pose_correctives", "joint_regressor", "weights", "triangles"):
            assert np.array_equal(getattr(again, part), getattr(model, part)), part


# ------------------------------------------------------------------------------------------------------------------- joints


def test_few_vertices_find_the_joints(model):
    rows = model.joint_regressor
    assert rows.min() >= 0 and np.allclose(rows.sum(axis=1), 1, atol=1e-6) and ((rows > 0).sum(axis=1) <= 40).all()
    face = {joint.name: 1000 * np.array(joint.position) for joint in mien_head().joints}
    for joint, name, far in ((0, "neck", 0.05), (NECK, "head", 0.05), (LEFT_EYE, "leftEye", 0.01), (RIGHT_EYE, "rightEye", 0.01)):
        assert np.linalg.norm(1000 * model.joints[joint] - face[name]) < far, name
    assert np.allclose(model.joints[LEFT_EYE], model.joints[RIGHT_EYE] * [-1, 1, 1], atol=1e-7)


def test_joints_go_where_an_identity_takes_them(model):
    """Eyes against a ball fitted to the eyeball; neck and jaw against the space that the identity deforms."""
    for coefficients in IDENTITIES:
        vertices = shaped(coefficients)
        joints = model.joint_regressor.astype(float) @ vertices
        for eye, joint in ((0, LEFT_EYE), (1, RIGHT_EYE)):
            ball = vertices[HEAD.eyeballs == eye]
            fitted = np.linalg.lstsq(np.column_stack([2 * ball, np.ones(len(ball))]), (ball**2).sum(axis=1), rcond=None)[0]
            assert np.linalg.norm(fitted[:3] - joints[joint]) < 0.1
            assert np.abs(np.linalg.norm(ball - fitted[:3], axis=1) - 16).max() < 0.1
        dials, places = dials_of(coefficients), 1000 * model.joints[[NECK, JAW]].astype(float)
        gone = sum(dials[dial.name] * dial(places, np.full(2, -1)) for dial in DIALS)
        assert np.linalg.norm(joints[[NECK, JAW]] - places - gone, axis=1).max() < 2.0


def test_head_and_eyes_turn_as_the_face_turns_them(model):
    given = {"headYaw": 0.4, "headPitch": -0.3, "headRoll": 0.2, "leftEyeYaw": 0.3, "leftEyePitch": 0.2, "rightEyePitch": -0.25}
    turned = arkit_to_flame(frames(ARKIT, given))
    assert apart(next(flame_pose(model, turned)), posed(mien_head(), given)).max() < 0.02
    back = flame_to_arkit(turned)
    assert all(abs(back[name][0] - value) < 1e-5 for name, value in given.items())


# -------------------------------------------------------------------------------------------------------------------- jaw


def test_the_jaw_opens_as_the_sculpted_shape_does(model):
    """By its turn alone to 4 mm (0.9 root mean square over what moves), with its correctives to 0.1 mm at any opening."""
    bare, opening = replace(model, pose_correctives=np.zeros_like(model.pose_correctives)), fit_jaw(HEAD).open
    moves = (model.weights[:, JAW] > 0.01) * HEAD.importance
    assert abs(np.degrees(opening) - 22) < 0.1  # docs/head.md
    for share in (0.15, 0.4, 0.7, 1.0):
        target = posed(mien_head(), {"jawOpen": share})
        turned = frames(FLAME, {"jawX": share * opening})
        plain, corrected = (apart(next(flame_pose(each, turned)), target) for each in (bare, model))
        assert plain.max() < 4.1 and np.sqrt(np.average(plain**2, weights=moves)) < 1.1
        assert corrected.max() < 0.1, share


def test_lower_teeth_keep_their_size_within_two_percent(model):
    lower = np.flatnonzero(HEAD.painted("tooth") & (model.weights[:, JAW] > 0.99))
    for vertices in flame_pose(model, frames(FLAME, {"jawX": 0.19}, {"jawX": 0.38}, {"jawX": 0.6})):
        size = np.linalg.norm(vertices[lower] - vertices[lower].mean(axis=0)) / np.linalg.norm(
            model.template[lower] - model.template[lower].mean(axis=0)
        )
        assert 0.98 < size < 1.06


def test_only_an_opening_jaw_has_correctives(model):
    used = np.flatnonzero(np.any(model.pose_correctives, axis=(0, 1)))
    assert used.tolist() == [9 + entry for entry in (4, 5, 7, 8)]  # what a turn about x changes in the jaw's R - I
    mirrored = model.pose_correctives[HEAD.partner] * np.array([-1, 1, 1])[:, None]
    assert np.abs(mirrored - model.pose_correctives).max() < 2e-8 + 2.0**-17


# --------------------------------------------------------------------------------------------------------------- expression


def test_a_coefficient_is_one_standard_deviation_of_acting():
    spread = np.sqrt(np.mean((table().acts.features(faces()) @ table().coefficients.T) ** 2, axis=0))
    assert np.abs(spread - 1).max() < 0.06
    assert np.abs(table().coefficients[:, : len(SHAPES)]).max() < 4.7  # the rig ends at 4, a shape or two beyond


def test_components_come_by_size_independent_and_symmetric_or_antisymmetric(model):
    flat = (np.sqrt(HEAD.importance)[:, None, None] * model.expression.astype(float)).reshape(-1, 50)
    gram, size = flat.T @ flat, np.linalg.norm(flat, axis=0)
    assert (np.diff(size) < 1e-6).all()
    assert np.abs(gram / np.outer(size, size) - np.eye(50))[:40, :40].max() < 0.02
    image = model.expression[HEAD.partner] * np.array([-1, 1, 1])[:, None]
    kinds = [np.abs(image - sign * model.expression).max(axis=(0, 1)) for sign in (1, -1)]
    assert (np.minimum(*kinds) <= 2.0**-16).all() and (kinds[0] < kinds[1]).sum() > 25


def test_every_shape_alone(model):
    """0.8 mm at most, 0.015 on average (0.05 where the jaw goes aside), with the weights found again to 0.005."""
    motion = frames(ARKIT, *({name: 1.0} for name in SHAPES))
    turned = arkit_to_flame(motion)
    for name, ours, theirs in zip(SHAPES, flame_pose(model, turned), pose(mien_head(), motion), strict=True):
        off = apart(ours, theirs)
        usual = 0.05 if name in ("jawLeft", "jawRight") else 0.015
        assert off[SEEN].max() < 0.8 and np.average(off, weights=HEAD.importance) < usual, name
    assert np.abs(flame_to_arkit(turned).values - motion.values).max() < 0.005


def test_takes_look_the_same_on_both_heads_and_come_back(model):
    """1 mm at most and 0.012 on average; the weights that come back pose the head as before, to 0.03 mm."""
    motion = takes()
    turned = arkit_to_flame(motion)
    back = flame_to_arkit(turned)
    some = slice(0, None, 7)
    ours = list(flame_pose(model, turned.with_values(turned.values[some])))
    heads = (list(pose(mien_head(), each.with_values(each.values[some]))) for each in (motion, back))
    off, lost = [], []
    for got, head, again in zip(ours, *heads, strict=True):
        off.append((np.average(apart(got, head), weights=HEAD.importance), apart(got, head)[SEEN].max()))
        lost.append(apart(head, again).max())
    assert np.mean([each[0] for each in off]) < 0.012 and max(each[1] for each in off) < 1.0
    assert max(lost) < 0.03
    strayed = np.abs(back.values - motion.values)
    # Under shut lids nothing tells how wide they would be open.
    assert strayed.mean() < 5e-4 and np.percentile(strayed, 99.5) < 0.01


def test_closed_lips_on_an_open_jaw_stay_closed(model):
    lip = np.flatnonzero(HEAD.painted("lip"))
    for share in (0.2, 0.4, 0.8):
        given = {"jawOpen": share, "mouthClose": share}
        got = next(flame_pose(model, arkit_to_flame(frames(ARKIT, given))))
        assert apart(got, posed(mien_head(), given))[lip].max() < 0.7


def test_a_mirrored_motion_is_the_mirrored_face(model):
    given = frames(ARKIT, {"mouthSmileLeft": 0.8, "jawLeft": 0.5, "eyeBlinkRight": 0.7, "browOuterUpLeft": 1.0, "jawOpen": 0.3})
    one, other = (next(flame_pose(model, arkit_to_flame(each))) for each in (given, mirror(given)))
    assert apart(one[HEAD.partner] * [-1, 1, 1], other).max() < 0.2


def test_any_coefficients_become_weights_in_range():
    motion = Motion(FLAME, np.random.default_rng(0).normal(0, 1, (70, len(FLAME))).clip(-1, 1).astype(np.float32), RATE)
    weights = flame_to_arkit(motion).pick(SHAPES)
    assert weights.min() >= 0 and weights.max() <= 1 and np.isfinite(weights).all()


def test_motions_of_other_rigs_are_refused():
    with pytest.raises(InputError, match="'arkit'"):
        arkit_to_flame(Motion.still(FLAME, 1, RATE))
    with pytest.raises(InputError, match="'flame'"):
        flame_to_arkit(Motion.still(ARKIT, 1, RATE))


# --------------------------------------------------------------------------------------------------- everything made for FLAME


def cut(model, rows):
    """Some of a model's vertices."""
    own = {name: getattr(model, name)[rows] for name in ("template", "identity", "expression", "pose_correctives", "weights")}
    return replace(model, **own, triangles=np.array([[0, 1, 2]]), joint_regressor=model.joint_regressor[:, rows])


def test_skinned_by_another_implementation(model):
    """Fewer vertices, and the same joints: the regressor's rows are all kept."""
    used = np.any(model.joint_regressor > 0, axis=0)
    used[::97] = True
    rows = np.flatnonzero(used)
    motion = arkit_to_flame(frames(ARKIT, {"jawOpen": 0.5, "mouthSmileLeft": 1.0, "headYaw": 0.3, "leftEyeYaw": 0.2, "jawLeft": 0.4}))
    turns = np.concatenate([np.zeros(3), motion.values[0, 50:]]).reshape(5, 3)
    got = next(flame_pose(model, motion, IDENTITIES[0]))[rows]
    assert apart(got, naive(cut(model, rows), turns, IDENTITIES[0], motion.values[0, :50])).max() < 1e-3


def test_its_regions_are_found(model):
    found = regions(model)
    assert tuple(found) == REGIONS
    lip = HEAD.painted("lip")
    assert (found["lips"] > 0.5)[lip].mean() > 0.95
    assert np.array_equal(found["eyeballs"] > 0.5, HEAD.eyeballs >= 0)


def test_its_expressions_map_on_to_a_stretched_copy(model):
    wide = np.array([1.06, 1.1, 1.0], np.float32)
    stretched = replace(
        model,
        name="stretched",
        template=model.template * wide,
        identity=model.identity * wide[:, None],
        expression=model.expression * wide[:, None],
        pose_correctives=model.pose_correctives * wide[:, None],
    )
    solved = solve_map(model, stretched)
    assert solved.residual["whole"] < 0.08 and solved.residual["lips"] < 0.08
    assert np.median(np.diag(solved.matrix)) > 0.85


# ------------------------------------------------------------------------------------------------------------------- detail


def test_the_finer_head_is_the_detailed_head(model):
    fine, layer = with_detail(mien_head()), detail_layer()
    assert apart(refined(model, model.template), fine.vertices).max() < 1e-3
    assert np.array_equal(layer.quads, fine.quads) and layer.fields.shape == (COMPONENTS, len(fine.vertices)) == (128, len(fine.vertices))
    assert len(set(layer.names)) == 128


@pytest.mark.parametrize("channel", ("browInnerUp", "mouthSmileLeft", "noseSneerRight", "mouthShrugLower"))
def test_wrinkles_are_those_of_the_detailed_head(channel, model):
    """Put along the moved surface's own normals, and there along those at rest: the same where the surface hardly turns."""
    coefficients = driven(frames(ARKIT, {channel: 1.0}))[0]
    fine, moved = with_detail(mien_head()), detail(model, coefficients)
    plain = refined(model, model.template)
    whole = fine.shapes[channel] - refined(model, mien_head().shapes[channel])
    assert apart(wrinkled(model, model.template, coefficients) - plain, whole).max() < 0.01
    assert 0.2 < 1000 * np.abs(moved).max() < 3.0


def test_harmonics_are_smooth_even_and_leave_lids_and_lips(model):
    layer = detail_layer()
    smooth = layer.fields[[name.startswith("smooth") for name in layer.names]][:, : len(HEAD.points)]
    assert not np.any(smooth[:, HEAD.painted("tooth", "hair", "mouth") | (HEAD.eyeballs >= 0)])
    # Subdividing lets a little of their neighbours in.
    assert 1000 * np.abs(smooth[:, HEAD.painted("lip", "lid")]).max() < 0.05 and 1000 * np.abs(smooth).max(axis=1).min() > 0.3
    image = smooth[:, HEAD.partner]
    assert np.minimum(np.abs(image - smooth).max(axis=1), np.abs(image + smooth).max(axis=1)).max() < 2e-6
    quads = mien_head().quads[: mien_head().detail.quads]
    rough = [np.abs(field[quads] - field[np.roll(quads, 1, axis=1)]).max() / np.abs(field).max() for field in smooth]
    assert max(rough[:20]) < 0.75 and np.mean(rough[:20]) < np.mean(rough[-20:]) < 1.0


def test_detail_belongs_to_this_head(model):
    with pytest.raises(FlameError, match="128"):
        detail(model, np.zeros(129))
    assert not detail(model, []).any()
    with pytest.raises(FlameError, match="belongs to Mien's head"):
        detail(cut(model, np.arange(9000)), np.zeros(128))
