"""The faces that the identity basis of Mien's head gives: named, as different as people are, and whole."""

import warnings
from functools import cache

import numpy as np
import pytest
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from backend.errors import InputError
from backend.face.flame.skinning import pose as flame_pose
from backend.face.heads import mien_head
from backend.face.heads.layout import mien_flame
from backend.face.heads.layout.convert import arkit_to_flame
from backend.face.heads.layout.identity import DIALS, dial_fields, dials_of, identity, told
from backend.face.heads.layout.joints import LEFT_EYE
from backend.face.render import View, render
from backend.motion.arkit import ARKIT
from tests.face.test_layout import HEAD, IDENTITIES, frames, shaped


@pytest.fixture(scope="module")
def model():
    return mien_flame()


def test_faces_by_dials_and_by_components_are_the_same_faces(model):
    fields = dial_fields(HEAD)
    for name in ("jaw width", "eye slant", "chin aside"):
        number = [dial.name for dial in DIALS].index(name)
        assert np.abs(shaped(identity({name: 1.5})) - HEAD.points - 1.5 * fields[number]).max() < 0.06, name
    assert len({dial.name for dial in DIALS}) == len(DIALS) == 100
    asked = {"jaw width": 1.5, "age": -1.0, "nose hump": 2.0}
    found = dials_of(identity(asked))
    assert all(abs(value - asked.get(name, 0.0)) < 1e-5 for name, value in found.items())
    with pytest.raises(InputError, match="jaw width"):
        identity({"jaw widht": 1})
    assert next(iter(told(0))) in found


def test_identity_components_are_independent_and_come_by_size(model):
    flat = (np.sqrt(HEAD.importance)[:, None, None] * model.identity.astype(float)).reshape(-1, 100)
    assert np.all(np.linalg.norm(flat, axis=0)[:20].min() > np.linalg.norm(flat, axis=0)[60:].max())
    image = model.identity[HEAD.partner] * np.array([-1, 1, 1])[:, None]
    kinds = np.array([np.abs(image - sign * model.identity).max(axis=(0, 1)) for sign in (1, -1)])
    assert (kinds.min(axis=0) <= 2.0**-16).all()
    assert ((kinds[0] > kinds[1]).sum(), sum(dial.twin < 0 for dial in DIALS)) == (10, 10)


def nearest(*place):
    skin = np.flatnonzero(HEAD.painted("skin", "lip", "lid"))
    return skin[np.linalg.norm(HEAD.points[skin] - place, axis=1).argmin()]


def corner(material, pick):
    own = np.flatnonzero(HEAD.painted(material) & (HEAD.points[:, 0] > 0))
    return own[pick(HEAD.points[own, 0])]


# Mean distances of young North American men and women in millimetres, as in test_judges.py (Farkas 1994), and the spread within
# one sex: of the size that anthropometry reports, rounded, and not to be quoted as anybody's table.
PEOPLE = {
    "width of the skull": (nearest(77, 32, -48), None, 151, 144, 5.5),
    "length of the skull": (nearest(0, 18, 97), nearest(0, 20, -100), 197, 187, 7.0),
    "across the cheekbones": (nearest(67, -12, 44), None, 137, 130, 5.0),
    "across the jaw": (nearest(57, -78, 16), None, 105, 95, 6.0),
    "height of the face": (nearest(0, 4, 96.4), nearest(0, -107, 87), 121, 112, 6.0),
    "height of the lower face": (nearest(0, -46, 99.8), nearest(0, -107, 87), 73, 64, 4.3),
    "height of the nose": (nearest(0, 4, 96.4), nearest(0, -46, 99.8), 55, 51, 3.2),
    "width of the nose": (nearest(20.5, -37, 92), None, 35, 31, 2.1),
    "depth of the nose": (nearest(0, -46, 99.8), nearest(0, -34.6, 117), 19.5, 19.7, 1.8),
    "inner corners of the eyes": (corner("lid", np.argmin), None, 33, 32, 2.5),
    "outer corners of the eyes": (corner("lid", np.argmax), None, 91, 88, 3.5),
    "width of the mouth": (corner("lip", np.argmax), None, 54, 50, 3.3),
    "height of the upper lip": (nearest(0, -46, 99.8), nearest(0, -65.6, 101), 22, 20, 2.0),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_faces_differ_as_much_as_people_do(name, model):
    """Spread of two thousand faces, within a third of that of men and women together."""
    one, other, men, women, within = PEOPLE[name]
    other = HEAD.partner[one] if other is None else other
    drawn = np.random.default_rng(0).standard_normal((2000, 100))
    ends = [HEAD.points[k] + 1000 * drawn @ model.identity[k].T.astype(float) for k in (one, other)]
    assert 0.67 < np.linalg.norm(ends[0] - ends[1], axis=1).std() / np.hypot(within, (men - women) / 2) < 1.33


def crossed(vertices, some, others):
    """Edges of some triangles that go through others, by Embree."""
    scene = EmbreeScene()
    TriangleMesh(scene, vertices[others].astype(np.float32))
    edges = np.unique(np.sort(np.concatenate([some[:, [0, 1]], some[:, [1, 2]], some[:, [2, 0]]]), axis=1), axis=0)
    start, way = vertices[edges[:, 0]], vertices[edges[:, 1]] - vertices[edges[:, 0]]
    length = np.linalg.norm(way, axis=1)
    far = (0.999 * length).astype(np.float32)
    hit = scene.run(start.astype(np.float32), (way / length[:, None]).astype(np.float32), far, query="OCCLUDED")
    return int((hit >= 0).sum())


@cache
def solids():
    """Triangles of the face's own skin, of teeth and gums, of eyeballs."""
    triangles = mien_head().triangles
    own = np.arange(len(HEAD.points)) <= mien_head().quads[: mien_head().detail.quads].max()
    teeth = HEAD.painted("tooth", "gum")
    return tuple(triangles[mask[triangles].all(axis=1)] for mask in (own, teeth, HEAD.eyeballs >= 0))


def crossings(vertices):
    skin, teeth, eyes = solids()
    return sum(crossed(vertices, *pair) for pair in ((skin, teeth), (teeth, skin), (skin, eyes), (eyes, skin)))


def test_the_counter_of_crossings_counts():
    through = HEAD.points.copy()
    through[HEAD.painted("tooth", "gum")] += [0, 0, 8]
    assert crossings(HEAD.points) == 0 and crossings(through) > 50


@pytest.mark.parametrize("far", (-2, 2))
def test_components_and_random_faces_neither_fold_nor_cross(far):
    singles = [far * np.eye(100, dtype=np.float32)[k] for k in range(20)]
    skin = solids()[0]
    rest = np.cross(HEAD.points[skin[:, 1]] - HEAD.points[skin[:, 0]], HEAD.points[skin[:, 2]] - HEAD.points[skin[:, 0]])
    for coefficients in (*singles, *(np.sign(far) * IDENTITIES)):
        vertices = shaped(coefficients)
        now = np.cross(vertices[skin[:, 1]] - vertices[skin[:, 0]], vertices[skin[:, 2]] - vertices[skin[:, 0]])
        assert ((rest * now).sum(axis=1) > 0).all()
        assert crossings(vertices) == 0


def test_lids_still_meet_before_the_eye(model):
    """On any face a blink shuts the eye: within 1.5 mm of what it leaves on the plain head, and never into the ball by more than 0.3."""
    lashes = np.flatnonzero(HEAD.painted("lid") & (HEAD.points[:, 0] > 0))
    edge = lashes[np.linalg.norm(HEAD.points[lashes] - 1000 * model.joints[LEFT_EYE], axis=1) < 17.9]
    upper, lower = (edge[np.argmin(np.abs(HEAD.points[edge, 0] - 32) + 9 * (sign * HEAD.points[edge, 1] < 0))] for sign in (1, -1))
    blink = arkit_to_flame(frames(ARKIT, {}, {"eyeBlinkLeft": 1.0}))
    plain_open, plain_shut = (1000 * (each[upper, 1] - each[lower, 1]) for each in flame_pose(model, blink))
    assert plain_shut < 0.35 * plain_open
    for coefficients in IDENTITIES:
        centre = model.joint_regressor[LEFT_EYE].astype(float) @ shaped(coefficients)
        _, shut = flame_pose(model, blink, coefficients)
        assert abs(1000 * (shut[upper, 1] - shut[lower, 1]) - plain_shut) < 1.5
        assert np.linalg.norm(1000 * shut[edge] - centre, axis=1).min() > 15.7


def test_mediapipe_sees_a_face_in_each_of_them():
    """From in front and at 25 degrees."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")
        mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.5)
        for coefficients in IDENTITIES:
            for yaw in (0, 25):
                picture = render(mien_head(), shaped(coefficients) / 1000, View((320, 320), yaw=yaw))
                assert mesh.process(picture).multi_face_landmarks
        mesh.close()
