"""The sets that papers name and do not list."""

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import FaceError, InputError
from backend.face.heads import mien_head
from backend.motion import RIGS
from backend.training.metrics import CHANNEL_SETS, channel_set, columns, face_sets, flame_sets
from tests.face.flame.mien import mien_as_flame

FACES = ("arkit", "metahuman", "ctrl_expressions")


@pytest.mark.parametrize("name", FACES)
def test_sets_are_parts_of_the_rig_with_both_sides(name):
    rig = RIGS[name]
    sets = {kind: channel_set(rig, kind) for kind in CHANNEL_SETS}
    for found in sets.values():
        assert len(set(found)) == len(found) > 0
        assert list(found) == sorted(found, key=rig.index)
        assert {rig[channel].mirror for channel in found} == set(found)
        np.testing.assert_array_equal([rig.names[i] for i in columns(rig, found)], found)
    assert set(sets["emotion"]) < set(sets["up"])
    assert set(sets["emotion"]) < set(sets["intensity"])
    assert not set(sets["lip"]) & set(sets["up"])
    assert set(sets["intensity"]) - set(sets["emotion"]) < set(sets["lip"])
    assert not any("blink" in channel.lower() for channel in sets["emotion"])
    assert any("blink" in channel.lower() for channel in sets["up"])
    nowhere = {c.name for c in rig.channels if c.region in ("gaze", "tongue", "teeth", "neck", "ear", "head")}
    assert not nowhere & {channel for found in sets.values() for channel in found}


def test_arkits_sets_are_these():
    rig = RIGS["arkit"]
    both = lambda *stems: {stem + side for stem in stems for side in ("Left", "Right")}  # noqa: E731
    emotion = both("eyeSquint", "eyeWide", "browDown", "browOuterUp", "cheekSquint", "noseSneer") | {"browInnerUp"}
    assert set(channel_set(rig, "emotion")) == emotion
    assert set(channel_set(rig, "up")) == emotion | both("eyeBlink")
    assert set(channel_set(rig, "intensity")) == emotion | both("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch")
    assert set(channel_set(rig, "lip")) == {c.name for c in rig.channels if c.region in ("jaw", "mouth")}


def test_corners_on_the_face_board_are_its_own():
    corners = set(channel_set(RIGS["metahuman"], "intensity")) - set(channel_set(RIGS["metahuman"], "emotion"))
    assert {name.removeprefix("CTRL_L_mouth_").removesuffix("-translateY") for name in corners if "_L_" in name} == {
        *("corner", "cornerDepress", "cornerPull", "sharpCornerPull", "dimple", "stretch")
    }


def test_what_is_no_set_is_refused():
    with pytest.raises(InputError, match="lip"):
        channel_set(RIGS["arkit"], "lips")
    with pytest.raises(InputError, match="vertices"):
        channel_set(RIGS["flame"], "lip")


def test_miens_head_is_parted_where_it_should_be():
    face = mien_head()
    sets = face_sets(face)
    parts = {name: set(getattr(sets, name).tolist()) for name in ("head", "lips", "mouth", "upper", "upper_and_nose")}
    assert parts["lips"] < parts["mouth"] < parts["head"]
    assert parts["upper"] < parts["upper_and_nose"] < parts["head"]
    assert not parts["mouth"] & parts["upper_and_nose"]
    materials = [material.name for material in face.materials]
    red = set(np.unique(face.quads[face.surface == materials.index("lip")]).tolist())
    assert len(red & parts["lips"]) > 0.95 * len(red)
    inside = np.isin(face.surface, [materials.index(name) for name in ("tooth", "gum", "tongue", "iris", "pupil", "hair", "lash", "brow")])
    assert not parts["head"] & set(np.unique(face.quads[inside]).tolist())
    y = face.vertices[:, 1]
    assert y[sets.lips].max() < y[sets.upper].min()
    for part in parts.values():  # as many on the left as on the right
        x = face.vertices[sorted(part), 0]
        assert (x > 1e-6).sum() == (x < -1e-6).sum()


def test_another_order_of_vertices_gives_the_same_parts():
    face = mien_head()
    order = np.random.default_rng(0).permutation(len(face.vertices))
    back = np.argsort(order)
    other = replace(
        face,
        vertices=face.vertices[order],
        quads=back[face.quads].astype(np.int32),
        shapes={name: delta[order] for name, delta in face.shapes.items()},
        correctives={names: delta[order] for names, delta in face.correctives.items()},
        weights=face.weights[order],
        detail=None,
    )
    ours, theirs = face_sets(face), face_sets(other)
    for name in ("head", "lips", "mouth", "upper", "upper_and_nose"):
        np.testing.assert_array_equal(np.sort(order[getattr(theirs, name)]), getattr(ours, name))


def test_a_face_without_shapes_is_refused():
    face = replace(mien_head(), shapes={}, correctives={})
    with pytest.raises(FaceError, match="shapes"):
        face_sets(face)


def test_flame_models_are_parted_by_their_masks():
    model = mien_as_flame()
    sets = flame_sets(model)
    parts = {name: set(getattr(sets, name).tolist()) for name in ("head", "lips", "mouth", "upper", "upper_and_nose")}
    assert parts["lips"] < parts["mouth"] < parts["head"]
    assert parts["upper"] <= parts["upper_and_nose"] <= parts["head"]
    y = model.template[:, 1]
    assert y[sets.lips].max() < y[sets.upper].min()
