"""Regions land where they should: on a head made for this, and on Mien's own, whose materials say what is lip and lid."""

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import FlameError
from backend.face.flame.landmarks import find_landmarks
from backend.face.flame.regions import REGIONS, regions
from tests.face.flame.ict import ict_as_flame
from tests.face.flame.mien import mien_as_flame, painted
from tests.face.flame.synthetic import EYEBALL, EYES, MOUTH_HALF, MOUTH_Y, VERTICES, small, synthetic

SHARED_OUT = ("upper face", "lower face", "ears", "neck", "scalp")
HEADS = [pytest.param(lambda: synthetic(2, 2), id="synthetic"), pytest.param(mien_as_flame, id="mien")]


@pytest.fixture(scope="module")
def mien():
    return regions(mien_as_flame())


@pytest.mark.parametrize("head", HEADS)
def test_every_mask_is_there_soft_and_not_empty(head):
    found = regions(head())
    assert tuple(found) == REGIONS
    for name, mask in found.items():
        assert mask.dtype == np.float32 and mask.shape == (len(head().template),), name
        assert mask.min() >= 0 and mask.max() > 0.99, name
        assert mask.max() <= 1 and 10 < (mask > 0.5).sum() < 0.6 * len(mask), name


@pytest.mark.parametrize("head", HEADS)
def test_skin_is_shared_out_and_what_is_inside_is_not(head):
    model, found = head(), regions(head())
    whole = sum(found[name].astype(float) for name in SHARED_OUT)
    eyeballs = found["eyeballs"] == 1
    inside = find_landmarks(model).inside
    assert np.abs(whole[~inside & ~eyeballs] - 1).max() < 1e-6
    assert whole[inside | eyeballs].max() == 0


@pytest.mark.parametrize("head", HEADS)
def test_lips_are_of_the_mouth_and_the_mouth_is_of_the_face(head):
    found = regions(head())
    assert (found["lips"] <= found["mouth"] + 1e-6).all()
    assert (found["mouth"] > 0.5)[found["neck"] + found["scalp"] + found["ears"] > 0.5].sum() == 0
    assert (found["upper face"] > 0.99)[found["eyes"] > 0.9].mean() > 0.95
    assert np.array_equal(found["jaw"], head().weights[:, 2])


def test_lips_land_on_the_lips(mien):
    lip, got = painted("lip"), mien["lips"] > 0.5
    assert (got & lip).sum() / lip.sum() > 0.98
    assert (got & lip).sum() / (got | lip).sum() > 0.8
    # On the skin outside the red, never further from it than two millimetres.
    head = mien_as_flame().template
    wrong = head[got & painted("skin") & ~painted("lip", "mouth")]
    apart = np.linalg.norm(wrong[:, None] - head[lip][None], axis=2).min(axis=1)
    assert apart.max() < 0.002


def test_against_landmarks_of_real_faces(shared_data):
    """Scans' mean head and the landmarks that its makers chose: iBUG's 68, in the order of 300-W."""
    folder = shared_data / "faces" / "ict_facekit"
    if not (folder / "vertex_indices.json").exists():
        pytest.skip("ICT-FaceKit is not in ../shared/data/faces")
    model, landmarks = ict_as_flame(folder)
    points, found, marks = model.template, regions(model), find_landmarks(model)
    corners, chin, between = points[landmarks[[48, 54]]], points[landmarks[8]], points[landmarks[[62, 66]]].mean(axis=0)
    assert np.abs(marks.lips - between)[1:].max() < 0.002
    assert np.abs(np.sort([marks.mouth.right, marks.mouth.left]) - np.sort(corners[:, 0])).max() < 0.002
    assert np.linalg.norm(marks.chin - chin) < 0.003
    assert found["lips"][landmarks[60:68]].min() > 0.9
    red, outline = points[found["lips"] > 0.5], points[landmarks[48:60]]
    assert np.linalg.norm(outline[:, None] - red[None], axis=2).min(axis=1).max() < 0.003
    assert (red[:, :2] > outline[:, :2].min(axis=0) - 0.002).all() and (red[:, :2] < outline[:, :2].max(axis=0) + 0.002).all()
    assert found["mouth"][landmarks[48:68]].min() > 0.9
    assert found["upper face"][landmarks[17:27]].min() > 0.9
    assert found["eyes"][landmarks[36:48]].min() > 0.9
    assert found["nose"][landmarks[27:36]].min() > 0.8
    assert found["lower face"][landmarks[48:68]].min() > 0.9
    for name in ("lips", "mouth", "nose"):
        assert found[name][landmarks[[*range(3), *range(14, 27), *range(36, 48)]]].max() == 0, name


def test_the_rest_of_miens_face(mien):
    lid, brow, nostril, hair = (painted(name) for name in ("lid", "brow", "nostril", "hair"))
    assert mien["eyes"][lid].min() > 0.9
    assert mien["upper face"][brow].min() > 0.9
    assert mien["nose"][nostril].min() > 0.9
    assert (mien["scalp"] > 0.5)[hair].mean() > 0.9
    assert (mien["eyeballs"] == 1).sum() == painted("sclera", "limbus", "iris", "iris inner", "pupil").sum()
    for name in REGIONS:
        if name not in ("jaw",):
            assert mien[name][painted("tooth", "tongue")].max() == 0
    assert mien["lips"][lid | brow | nostril | hair].max() == 0


def test_miens_ears_chin_and_neck(mien):
    head, marks = mien_as_flame().template, find_landmarks(mien_as_flame())
    beside = ~painted("hair") & (np.abs(head[:, 0]) > 0.08) & (head[:, 1] > marks.lips[1])
    assert beside.sum() > 50
    assert mien["ears"][beside].min() > 0.5
    assert np.abs(head[mien["ears"] > 0.5][:, 0]).min() > 0.065
    # The lowest point that opens with the jaw is still face; ten centimetres below the mouth is neck.
    assert marks.chin[1] < head[painted("lip")][:, 1].min() - 0.02
    assert mien["lower face"][np.argmin(np.linalg.norm(head - marks.chin, axis=1))] > 0.9
    assert mien["neck"][head[:, 1] < marks.lips[1] - 0.1].min() > 0.99
    assert mien["neck"][head[:, 1] > marks.lips[1]].max() < 0.6


def test_left_is_as_right(mien):
    head = mien_as_flame().template
    places = {tuple(point): index for index, point in enumerate(head.tolist())}
    twins = np.array([places.get((-x, y, z), -1) for x, y, z in head.tolist()])
    assert (twins >= 0).mean() > 0.99
    for name, mask in mien.items():
        # Points that share a place with another, as at the seam of a mouth, may have another's twin.
        assert np.mean(np.abs(mask - mask[twins])[twins >= 0] < 1e-3) > 0.99, name


def test_the_mouth_of_the_synthetic_head():
    model = synthetic(2, 2)
    marks, found = find_landmarks(model), regions(model)
    assert abs(marks.lips[1] - MOUTH_Y) < 0.004
    # To one edge of its coarse mesh.
    assert abs(marks.mouth.left - MOUTH_HALF) < 0.006 and abs(marks.mouth.right + MOUTH_HALF) < 0.006
    lips = model.template[found["lips"] > 0.5]
    assert np.abs(lips[:, 0]).max() < MOUTH_HALF + 0.006
    assert np.abs(lips[:, 1] - MOUTH_Y).max() < 0.013
    assert lips[:, 2].min() > 0.06
    # Both lips: some follow the jaw, some do not.
    jaw = model.weights[found["lips"] > 0.5, 2]
    assert (jaw > 0.7).sum() >= 3 and (jaw < 0.3).sum() >= 3
    assert np.array_equal(np.flatnonzero(found["eyeballs"] == 1), np.arange(VERTICES - 2 * EYEBALL, VERTICES))
    assert np.abs(marks.left_eye - EYES[0]).max() < 1e-6
    tip = model.template[:, 2].argmax()
    assert found["nose"][tip] == 1


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("scale", "shift"), [(100.0, [0.0, 0, 0]), (1.0, [0.0, 1.6, 0.25]), (0.5, [0.125, 0, 0])])
def test_units_and_place_do_not_matter(head, scale, shift):
    model = head()
    rows = model.joint_regressor.sum(axis=1, keepdims=True)
    moved = replace(model, template=model.template * scale + np.array(shift), joint_regressor=model.joint_regressor / rows)
    for name, mask in regions(moved).items():
        assert np.mean(np.abs(mask - regions_of(head)[name]) < 0.02) > 0.995, name


def regions_of(head, kept={}):  # noqa: B006
    return kept.setdefault(head, regions(head()))


def test_an_open_mouth_is_found_as_well():
    model = synthetic(2, 2)
    jaw = model.weights[:, 2].astype(float)
    opened = replace(model, template=model.template + np.outer(jaw, [0, -0.008, 0]))
    marks = find_landmarks(opened)
    assert abs(marks.lips[1] - (MOUTH_Y - 0.004)) < 0.006


def test_a_head_without_a_mouth_or_with_exchanged_eyes():
    model = synthetic(2, 2)
    stiff = np.array(model.weights)
    stiff[:, 1] += stiff[:, 2]
    stiff[:, 2] = 0
    with pytest.raises(FlameError, match="no mouth is found on model 'synthetic'"):
        regions(replace(model, weights=stiff))
    with pytest.raises(FlameError, match="exchanged"):
        regions(replace(model, joint_regressor=model.joint_regressor[[0, 1, 2, 4, 3]]))
    with pytest.raises(FlameError):
        regions(small())
