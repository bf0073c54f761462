"""What others see in Mien's head: MediaPipe's face mesh, anthropometry, and triangles that may not cross."""

import warnings
from collections import Counter

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from backend.emotion.presets import emotions
from backend.face.heads import mien_head
from backend.face.heads.form import EYE, EYE_RADIUS
from backend.face.pose import posed
from backend.face.render import View, render
from backend.generators.procedural.expression import prototype
from backend.motion.arkit import ARKIT
from backend.motion.rig import Unit

SHAPES = ARKIT.in_unit(Unit.WEIGHT)
# Right shapes are exact mirrors of left ones (test_mien_head.py), so geometry is judged on the left.
LEFT = [name for name in SHAPES if not name.endswith("Right")]
PAIRS = [names for names in mien_head().correctives if set(names) <= set(LEFT)]
PAIRS += [("mouthFrownLeft", "mouthShrugLower"), ("mouthRollLower", "mouthRollUpper"), ("browDownLeft", "browInnerUp")]
# By definition these mean something on an open jaw alone.
ON_OPEN_JAW = {"mouthClose": 1.0, "tongueOut": 0.5}


# ---------------------------------------------------------------------------------------------------------------- MediaPipe


@pytest.fixture(scope="module")
def landmarks():
    """``landmarks(values, **view)``: MediaPipe's 478 points ``[478, 2]`` in pixels, x to the viewer's right, y up; or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")
        mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.5)

    def found(values, size=512, **view):
        picture = render(mien_head(), posed(mien_head(), values), View((size, size), **view))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            faces = mesh.process(picture).multi_face_landmarks
        return np.array([[p.x, 1 - p.y] for p in faces[0].landmark]) * size if faces else None

    yield found
    mesh.close()


@pytest.mark.parametrize("yaw", [-30, -20, -10, 0, 10, 20, 30])
@pytest.mark.parametrize("pitch", [-15, 0, 15])
def test_mediapipe_finds_the_face_from_every_side(landmarks, yaw, pitch):
    assert landmarks({}, 320, yaw=yaw, pitch=pitch) is not None


@pytest.mark.parametrize("label", emotions())
def test_mediapipe_finds_the_face_in_every_emotion(landmarks, label):
    for yaw in (0, 25):
        assert landmarks(prototype(label), 320, yaw=yaw) is not None


# Points of MediaPipe's mesh, left and right the character's own.
GROUPS = {
    "brow inner L": (285, 295, 336), "brow inner R": (55, 65, 107), "brow outer L": (276, 283, 300, 293), "brow outer R": (46, 53, 70, 63),
    "upper lid L": (385, 386, 387), "upper lid R": (158, 159, 160), "lower lid L": (373, 374, 380), "lower lid R": (144, 145, 153),
    "corner L": (291, 308), "corner R": (61, 78), "upper lip": (0, 13, 37, 267, 82, 312), "lower lip": (14, 17, 84, 314, 87, 317),
    "chin": (148, 152, 377), "nose": (1, 4, 5), "wing L": (278, 344, 439, 440), "wing R": (48, 115, 219, 220),
    "cheek L": (280, 411, 425), "cheek R": (50, 187, 205),
}  # fmt: skip
MOVES, STAYS = 1.0, 3.0  # percent of the distance between the pupils: at least that far, at most that far
# Both are looked at and averaged, which takes out most of MediaPipe's own unrest and the side that the light comes from.
VIEWS = ({"yaw": -12, "key": -38, "zoom": 1.4}, {"yaw": 12, "key": 38, "zoom": 1.4})

# Which way the points go, as (right of the picture, up), or how a gap grows; left shapes stand for right ones too.
EXPECTED = {
    "eyeBlinkLeft": {"upper lid L": (0, -1), "eye L": -10}, "eyeSquintLeft": {"lower lid L": (0, 1), "eye L": -4},
    "eyeWideLeft": {"upper lid L": (0, 1), "eye L": 2}, "eyeLookUpLeft": {"upper lid L": (0, 1)},
    "eyeLookDownLeft": {"upper lid L": (0, -1)}, "browDownLeft": {"brow inner L": (0, -1)},
    "browOuterUpLeft": {"brow outer L": (0, 1)}, "browInnerUp": {"brow inner L": (0, 1), "brow inner R": (0, 1)},
    "cheekSquintLeft": {"lower lid L": (0, 1)}, "cheekPuff": {"cheeks": 1},
    "noseSneerLeft": {"wing L": (0, 1)}, "jawOpen": {"chin": (0, -1), "lower lip": (0, -1), "lips": 30},
    "jawForward": {"chin": (0, -1)}, "jawLeft": {"chin": (1, 0), "lower lip": (1, 0)},
    "mouthLeft": {"corner L": (1, 0), "corner R": (1, 0), "upper lip": (1, 0)},
    "mouthFunnel": {"corner L": (-1, 0), "corner R": (1, 0), "lips": 5}, "mouthPucker": {"corner L": (-1, 0), "corner R": (1, 0)},
    "mouthSmileLeft": {"corner L": (1, 1), "cheek L": (0, 1)}, "mouthFrownLeft": {"corner L": (0, -1)},
    "mouthDimpleLeft": {"corner L": (1, 0)}, "mouthStretchLeft": {"corner L": (1, -1)}, "mouthPressLeft": {"lips": -1.5},
    "mouthRollUpper": {"upper lip": (0, -1)}, "mouthRollLower": {"lower lip": (0, 1)}, "mouthShrugUpper": {"upper lip": (0, 1)},
    "mouthShrugLower": {"lower lip": (0, 1)}, "mouthUpperUpLeft": {"upper lip": (0, 1)}, "mouthLowerDownLeft": {"lower lip": (0, -1)},
}  # fmt: skip
# What MediaPipe does not see from in front: lids that slide sideways, the tongue behind the teeth; and what needs an open jaw.
UNSEEN = {"eyeLookInLeft", "eyeLookOutLeft", "tongueTipUp", "tongueUp", "tongueOut", "mouthClose"}


def as_left(name):
    return ARKIT[name].mirror if name.endswith("Right") else name


def mirrored(group):
    return group[:-1] + {"L": "R", "R": "L"}[group[-1]] if group[-2:] in (" L", " R") else group


@pytest.fixture(scope="module")
def at_rest(landmarks):
    return [landmarks({}, **view) for view in VIEWS]


@pytest.fixture(scope="module")
def moved(landmarks, at_rest):
    """``moved(values)``: how far each group goes ``[2]``, in percent of the distance between the pupils."""
    unit = np.mean([np.linalg.norm(points[468] - points[473]) for points in at_rest]) / 100

    def go(values):
        away = np.mean([landmarks(values, **view) - rest for view, rest in zip(VIEWS, at_rest, strict=True)], axis=0) / unit
        found = {group: away[list(points)].mean(axis=0) for group, points in GROUPS.items()}
        gaps = {f"eye {side}": found[f"upper lid {side}"] - found[f"lower lid {side}"] for side in "LR"}
        wider = (found["cheek L"] - found["cheek R"])[[1, 0]]
        return found | gaps | {"lips": found["upper lip"] - found["lower lip"], "cheeks": wider}

    return go


def test_every_shape_is_judged_or_named_as_unseen():
    assert {as_left(name) for name in SHAPES} == set(EXPECTED) | UNSEEN


@pytest.mark.parametrize("name", SHAPES)
def test_landmarks_of_a_shape_s_region_move_and_the_rest_stay(moved, name):
    seen = moved({name: 1.0} | ({"jawOpen": 1.0} if name in ON_OPEN_JAW else {}))
    flipped = as_left(name) != name
    for group, wanted in EXPECTED.get(as_left(name), {}).items():
        place = seen[mirrored(group) if flipped else group] * ([-1, 1] if flipped else [1, 1])
        if isinstance(wanted, tuple):
            assert all(sign == 0 or place[axis] * sign >= MOVES for axis, sign in enumerate(wanted)), (group, place)
        else:
            assert place[1] * np.sign(wanted) >= abs(wanted), (group, place)
    for group in resting(name):
        assert np.abs(seen[group]).max() <= STAYS, (group, seen[group])


def resting(name):
    """The groups that a shape has no business with."""
    eyes = [group for group in GROUPS if "brow" in group or "lid" in group]
    mouth = [group for group in GROUPS if group not in eyes and not group.startswith(("cheek", "wing", "nose"))]
    if ARKIT[name].region in ("mouth", "jaw", "tongue"):
        return eyes
    other = {"Left": " R", "Right": " L"}.get(ARKIT[name].side.capitalize(), "none")
    return mouth + [group for group in eyes if group.endswith(other)]


# Ratios of distances between landmarks, three standard deviations either side of the means of young North
# American men and women (Farkas 1994, Anthropometry of the Head and Face: in millimetres, men and women,
# ex-ex 91 and 88, en-en 33 and 32, ch-ch 54 and 50, zy-zy 137 and 130, n-gn 121 and 112, n-sn 55 and 51,
# sn-gn 73 and 64, sn-sto 22 and 20, sto-gn 51 and 43). MediaPipe's outermost points stand in for the zygia.
PROPORTIONS = {
    "eyes' outer corners to face": ((33, 263), (234, 454), 0.60, 0.74),
    "eyes' inner corners to face": ((133, 362), (234, 454), 0.19, 0.30),
    "nose's wings to face": ((64, 294), (234, 454), 0.19, 0.31),
    "mouth to face": ((61, 291), (234, 454), 0.31, 0.47),
    "height to width": ((168, 152), (234, 454), 0.74, 1.00),
    "nose to lower face": ((168, 2), (2, 152), 0.60, 0.95),
    "upper lip to lower lip and chin": ((2, 13), (14, 152), 0.33, 0.57),
}


@pytest.mark.parametrize("name", PROPORTIONS)
def test_proportions_are_human(landmarks, name):
    one, other, low, high = PROPORTIONS[name]
    points = landmarks({}, zoom=1.4)
    between = [np.linalg.norm(points[a] - points[b]) for a, b in (one, other)]
    assert low < between[0] / between[1] < high


# ----------------------------------------------------------------------------------------------------------------- geometry

SOLID = {
    **dict.fromkeys(("skin", "lid", "lip", "nostril"), "skin"),
    **dict.fromkeys(("sclera", "limbus", "iris", "iris inner", "pupil"), "eye"),
    **{"mouth": "lining", "tooth": "teeth", "gum": "teeth", "tongue": "tongue"},
}  # fmt: skip


@pytest.fixture(scope="module")
def solid():
    """Triangles ``[T, 3]`` of skin, eyes, teeth and tongue, and what each is; ears, hair, brows and lashes stand in the skin."""
    head = mien_head()
    whole = head.quads[:, 2] != head.quads[:, 3]
    triangles = np.concatenate([head.quads[:, [0, 1, 2]], head.quads[whole][:, [0, 2, 3]]])
    names = np.array([material.name for material in head.materials])[np.concatenate([head.surface, head.surface[whole]])]
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    count = len(head.vertices)
    _, piece = connected_components(coo_matrix((np.ones(len(edges)), edges.T), (count, count)), directed=False)
    kinds = np.array([SOLID.get(name, "") for name in names])
    kinds[(kinds == "skin") & (piece[triangles[:, 0]] != piece[triangles[names == "lip"][0, 0]])] = ""
    return triangles[kinds != ""], kinds[kinds != ""]


def near_pairs(points, triangles, cell=4.0):
    """Pairs of triangles whose boxes touch, found through a grid of cells (millimetres)."""
    low, high = points[triangles].min(axis=1), points[triangles].max(axis=1)
    first, last = np.floor(low / cell).astype(int), np.floor(high / cell).astype(int)
    spans = last - first + 1
    counts = spans.prod(axis=1)
    owner = np.repeat(np.arange(len(triangles)), counts)
    k, span = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts), spans[owner]
    place = first[owner] + np.stack([k % span[:, 0], k // span[:, 0] % span[:, 1], k // (span[:, 0] * span[:, 1])], axis=1)
    place -= place.min(axis=0)
    key = np.ravel_multi_index(place.T, place.max(axis=0) + 1)
    order = np.argsort(key, kind="stable")
    key, owner = key[order], owner[order]
    found, step = [np.zeros((0, 2), int)], 1
    while np.any(same := key[step:] == key[:-step]):
        found.append(np.sort(np.stack([owner[:-step][same], owner[step:][same]], axis=1), axis=1))
        step += 1
    # A number for each pair: rows would be ten times slower to tell apart.
    one, other = np.divmod(np.unique(np.concatenate(found) @ [len(triangles), 1]), len(triangles))
    touch = np.all((low[one] <= high[other]) & (low[other] <= high[one]), axis=1)
    apart = ~np.any(triangles[one][:, :, None] == triangles[other][:, None], axis=(1, 2))
    return np.stack([one, other], axis=1)[touch & apart]


def pierces(start, end, a, b, c, least=1e-4):
    """Whether segments cross triangles, all ``[n, 3]`` (Moeller and Trumbore 1997); touching does not count."""
    along, one, other = end - start, b - a, c - a
    across = np.cross(along, other)
    area = (one * across).sum(axis=1)
    scale = 1 / np.where(np.abs(area) > 1e-18, area, np.inf)
    away = start - a
    u, turned = (away * across).sum(axis=1) * scale, np.cross(away, one)
    v, t = (along * turned).sum(axis=1) * scale, (other * turned).sum(axis=1) * scale
    return (u > least) & (v > least) & (u + v < 1 - least) & (t > least) & (t < 1 - least)


def crossings(values, solid):
    """How many pairs of triangles cross, by what they are: ``{"skin-teeth": 3}``."""
    triangles, kinds = solid
    points = posed(mien_head(), values).astype(float) * 1000
    pairs = near_pairs(points, triangles)
    a, b = points[triangles[pairs[:, 0]]], points[triangles[pairs[:, 1]]]
    hit = np.zeros(len(pairs), bool)
    for one, other in ((a, b), (b, a)):
        for k in range(3):
            hit |= pierces(one[:, k], one[:, (k + 1) % 3], *other.transpose(1, 0, 2))
    return Counter("-".join(sorted(kinds[pair])) for pair in pairs[hit])


def flips(values, solid):
    """Triangles that have turned by more than 120 degrees from where they face at rest."""
    triangles, _ = solid
    faces = [np.cross(p[triangles[:, 1]] - p[triangles[:, 0]], p[triangles[:, 2]] - p[triangles[:, 0]])
             for p in (mien_head().vertices.astype(float), posed(mien_head(), values).astype(float))]  # fmt: skip
    return int(((faces[0] * faces[1]).sum(axis=1) < -0.5 * np.linalg.norm(faces[0], axis=1) * np.linalg.norm(faces[1], axis=1)).sum())


def with_jaw(name):
    return {name: 1.0} | ({"jawOpen": ON_OPEN_JAW[name]} if name in ON_OPEN_JAW else {})


def both_sides(names):
    """A pair as it is mostly used: on the left and on the right."""
    opposed = ("jawLeft", "mouthLeft")
    return dict.fromkeys([*names, *(ARKIT[name].mirror for name in names if name not in opposed)], 1.0)


def test_the_counter_of_crossings_counts(solid):
    """A tongue pushed through closed teeth is found; two triangles that cross are one pair, two that touch none."""
    assert crossings({"tongueOut": 1.0}, solid)["teeth-tongue"] > 50
    points = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, -1], [1, 1, 1], [5, 5, 1], [4, 4, 0], [9, 4, 0], [4, 9, 0]], float)
    pairs = near_pairs(points, np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]]))
    assert [0, 1] in pairs.tolist()
    assert pierces(*points[[[3], [4]]], *points[[[0], [1], [2]]]).tolist() == [True]
    assert pierces(*points[[[6], [7]]], *points[[[0], [1], [2]]]).tolist() == [False]


def test_nothing_crosses_at_rest(solid):
    assert crossings({}, solid) == {}


# Lids and lips that touch may overlap by a hair: pairs of triangles, of some ten thousand.
TOUCHING = 60
# Where the jaw is wide open, gums and the last molar may meet the lining of the mouth that they grow out of.
ROOTED = 30


def judge(values, solid, touching, flipped):
    found = crossings(values, solid)
    soft = {"skin-skin", "lining-skin", "lining-lining"}
    assert set(found) <= soft | {"lining-teeth"}
    assert sum(found[kind] for kind in soft) <= touching
    assert found["lining-teeth"] <= (ROOTED if values.get("jawOpen") == 1 else 0)
    assert flips(values, solid) <= flipped


@pytest.mark.parametrize("name", LEFT)
def test_no_shape_takes_lids_through_the_eye_or_lips_through_teeth(solid, name):
    judge(with_jaw(name), solid, TOUCHING, 15)


@pytest.mark.parametrize("names", PAIRS, ids="+".join)
def test_no_pair_takes_lids_through_the_eye_or_lips_through_teeth(solid, names):
    judge(both_sides(names), solid, 2 * TOUCHING, 30)


@pytest.mark.parametrize("name", [name for name in LEFT if name.startswith(("eye", "brow", "cheek"))])
@pytest.mark.parametrize("weight", [0.25, 0.5, 0.75, 1.0])
def test_skin_keeps_off_the_eyeball_on_the_way(solid, name, weight):
    triangles, kinds = solid
    skin = np.unique(triangles[kinds == "skin"])
    points = posed(mien_head(), {name: weight})[skin].astype(float) * 1000
    for sign in (1, -1):
        assert np.linalg.norm(points - EYE * [sign, 1, 1], axis=1).min() > EYE_RADIUS - 0.05
