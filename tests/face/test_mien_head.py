"""Mien's own head: its mesh, its symmetry and what each shape does."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from backend.face.face import write_face
from backend.face.heads import ASSET, build, mien_head
from backend.face.heads import cage as c
from backend.face.heads.form import EYE, EYE_RADIUS
from backend.face.heads.refine import detailed_mien_head, with_detail
from backend.face.pose import posed
from backend.motion.arkit import ARKIT
from backend.motion.rig import Side, Unit

SHAPES = ARKIT.in_unit(Unit.WEIGHT)
CAGE = c.build_cage()
FINE = c.subdivide(CAGE.faces, len(CAGE.index))


def ring_line(maker, ring, ks):
    return np.array(FINE.line([CAGE.index[maker(ring, k)] for k in ks]))


UPPER_LIP, LOWER_LIP = ring_line(c.mouth, c.CONTACT, range(14, 7, -1)), ring_line(c.mouth, c.CONTACT, range(7))
UPPER_LID, LOWER_LID = ring_line(c.eye, c.EDGE, range(1, 11)), ring_line(c.eye, c.EDGE, range(22, 10, -1))


@pytest.fixture(scope="module")
def head():
    return mien_head()


@pytest.fixture(scope="module")
def partner(head):
    """Every vertex's mirror image, found by position and by the material it carries."""
    tag = np.zeros(len(head.vertices))
    tag[head.quads.ravel()] = np.repeat(head.surface, 4)
    place = np.column_stack([head.vertices, 1e-3 * tag])
    away, found = cKDTree(place).query(place * [-1, 1, 1, 1])
    assert away.max() == 0
    return found


def material(head, *names):
    """Mask of the vertices that any of the materials touches."""
    wanted = [i for i, each in enumerate(head.materials) if each.name in names]
    mask = np.zeros(len(head.vertices), bool)
    mask[head.quads[np.isin(head.surface, wanted)]] = True
    return mask


def test_asset_is_what_the_code_builds(tmp_path, head):
    """To the byte from one build to the next; against the file to one step of rounding, for machines that add in another order."""
    once, again = build.build(), build.build()
    write_face(once, tmp_path / "once.npz")
    write_face(again, tmp_path / "again.npz")
    assert (tmp_path / "once.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    assert ASSET.stat().st_size < 2_000_000
    assert (once.materials, once.joints, list(once.shapes)) == (head.materials, head.joints, list(head.shapes))
    assert np.array_equal(once.quads, head.quads) and np.array_equal(once.surface, head.surface)
    grain = 1.01 * 2.0**-17
    assert np.abs(once.vertices - head.vertices).max() <= grain
    assert max(np.abs(once.shapes[name] - head.shapes[name]).max() for name in SHAPES) <= 4 * grain
    assert list(once.correctives) == list(head.correctives)
    assert max(np.abs(once.correctives[names] - head.correctives[names]).max() for names in head.correctives) <= 4 * grain
    assert (once.detail.names, once.detail.drivers) == (head.detail.names, head.detail.drivers)
    assert np.allclose(once.weights, head.weights, atol=2e-6) and np.allclose(once.uvs, head.uvs, atol=1e-4)


def test_no_two_faces_share_a_place_in_the_texture(head):
    """The middle of a pixel lies in one face at most, and every face winds the same way."""
    side = 1500
    covered = np.zeros((side, side), np.uint8)
    cut = np.concatenate([head.uvs[:, [0, 1, 2]], head.uvs[:, [0, 2, 3]]]).astype(float)
    whole = np.concatenate([np.ones(len(head.quads), bool), head.quads[:, 2] != head.quads[:, 3]])
    assert head.uvs.min() >= 0 and head.uvs.max() <= 1
    for a, b, d in cut[whole] * side - 0.5:
        one, other = b - a, d - a
        area = one[0] * other[1] - one[1] * other[0]
        assert area > 0
        low, high = np.ceil(np.min([a, b, d], axis=0)).astype(int), np.floor(np.max([a, b, d], axis=0)).astype(int) + 1
        x, y = np.meshgrid(np.arange(low[0], high[0]) - a[0], np.arange(low[1], high[1]) - a[1])
        u, v = (x * other[1] - y * other[0]) / area, (one[0] * y - one[1] * x) / area
        covered[low[1] : high[1], low[0] : high[0]] += (u > 1e-6) & (v > 1e-6) & (u + v < 1 - 1e-6)
    assert covered.max() == 1
    assert covered.mean() > 0.75


def test_detail_is_128_mirrored_wrinkles_that_the_rig_drives(head):
    detail = head.detail
    assert len(detail.names) == len(set(detail.names)) == len(detail.drivers) == 128
    assert all(weights and set(weights) <= set(SHAPES) and min(weights.values()) > 0 for weights in detail.drivers)
    assert all(0 < len(detail.component(k)[0]) < 2_000 for k in range(128))
    assert 0.0002 < np.abs(detail.moves).max() < 0.002
    fine = detailed_mien_head()
    place = np.zeros((128, len(fine.vertices)), np.float32)
    for k in range(128):
        rows, moves = detail.component(k)
        place[k, rows] = moves
    _, partner = cKDTree(fine.vertices[detail.rows]).query(fine.vertices[detail.rows] * [-1, 1, 1])
    for k in range(0, 128, 2):
        assert detail.names[k].replace(" left", " right") == detail.names[k + 1]
        assert {ARKIT[name].mirror: weight for name, weight in detail.drivers[k].items()} == detail.drivers[k + 1]
        assert np.abs(place[k, detail.rows] - place[k + 1, detail.rows[partner]]).max() < 2e-6


def test_a_detailed_head_is_the_same_head_with_wrinkles(head):
    fine = detailed_mien_head()
    count = len(head.vertices)
    assert len(fine.quads) - len(head.quads) == 3 * head.detail.quads
    assert np.linalg.norm(fine.vertices[:count] - head.vertices, axis=1).max() < 0.0012
    assert with_detail(fine) is fine  # it has no further detail
    assert fine.weights.sum(axis=1) == pytest.approx(1, abs=1e-5)
    plain = with_detail(replace(head, detail=replace(head.detail, drivers=({},) * 128)))
    for name in SHAPES:
        apart = np.linalg.norm(fine.shapes[name] - plain.shapes[name], axis=1)
        driven = any(name in weights for weights in head.detail.drivers)
        assert (apart.max() > 0.00005) == driven
        assert apart.max() < 0.0025


WRINKLES = {
    # Where skin sinks in (mm, seen from in front) relative to the skin a little aside.
    "browInnerUp": ((10, 45.9), (10, 50)), "browDownLeft": ((6, 22), (0, 24)), "mouthSmileLeft": ((29.5, -47), (26, -48)),
    "cheekSquintLeft": ((59, 0), (59, 3.2)), "noseSneerLeft": ((9, -5.5), (9, -8.2)), "mouthShrugLower": ((9, -83.5), (9, -79)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRINKLES)
def test_muscles_wrinkle_the_skin_across_them(head, name):
    fine = detailed_mien_head()
    plain = with_detail(replace(head, detail=replace(head.detail, drivers=({},) * 128)))
    deeper = fine.shapes[name] - plain.shapes[name]
    number = next(i for i, each in enumerate(head.materials) if each.name == "skin")
    outside = np.flatnonzero(fine.surface[: 4 * head.detail.quads] == number)
    skin = np.setdiff1d(fine.quads[outside], fine.quads[fine.surface != number])
    skin = skin[fine.vertices[skin, 2] > 0.01]
    out = fine.vertices[skin] - [0, 0, 0.02]
    sunk = (deeper[skin] * out).sum(axis=1) / np.linalg.norm(out, axis=1)
    valley, aside = sunk[cKDTree(fine.vertices[skin, :2] * 1000).query(WRINKLES[name])[1]]
    assert valley < -0.0001
    assert valley < aside - 0.0001


def test_size_and_units(head):
    assert 4_000 <= len(head.vertices) <= 12_000
    low, high = head.vertices[material(head, "skin")].min(axis=0), head.vertices[material(head, "skin")].max(axis=0)
    chin_to_crown = high[1] - posed(head, {})[CAGE.index["grid", 6, 0], 1]
    assert 0.21 < chin_to_crown < 0.24
    assert 0.13 < high[0] - low[0] < 0.20


def test_no_degenerate_faces_and_every_vertex_used(head):
    assert np.array_equal(np.unique(head.quads), np.arange(len(head.vertices)))
    tri = head.vertices[head.triangles].astype(float)
    area = np.linalg.norm(np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]), axis=1) / 2
    assert area.min() > 1e-10  # a hundredth of a millimetre by a hundredth
    corners = np.sort(head.quads, axis=1)
    repeats = (np.diff(corners, axis=1) == 0).sum(axis=1)
    assert repeats.max() <= 1
    assert len(head.triangles) == 2 * (repeats == 0).sum() + (repeats == 1).sum()


def test_neighbours_wind_alike(head):
    """Every edge is walked once in each direction at most."""
    tri = head.triangles.astype(np.int64)
    edges = np.concatenate([tri[:, [0, 1]], tri[:, [1, 2]], tri[:, [2, 0]]])
    code = edges[:, 0] * len(head.vertices) + edges[:, 1]
    assert len(np.unique(code)) == len(code)


def test_eyeballs_are_closed_and_wind_outwards(head):
    wanted = [i for i, each in enumerate(head.materials) if each.name in ("sclera", "iris", "iris inner", "pupil", "limbus")]
    quads = head.quads[np.isin(head.surface, wanted)]
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    tri = both[both[:, 1] != both[:, 2]]
    for sign in (1, -1):
        mine = tri[(head.vertices[tri][:, :, 0].mean(axis=1) * sign) > 0]
        corner = head.vertices[mine].astype(float) - EYE * [sign, 1, 1] / 1000
        volume = np.einsum("ij,ij->i", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])).sum() / 6
        assert volume == pytest.approx(4 / 3 * np.pi * (EYE_RADIUS / 1000) ** 3, rel=0.07)
        assert np.einsum("ij,ij->i", np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), corner.mean(axis=1)).min() > 0


@pytest.mark.parametrize("name", ["skin", "tooth", "gum", "tongue", "hair", "brow"])
def test_most_of_each_surface_faces_away_from_the_middle_of_its_part(head, name):
    """Front faces point forwards: what is seen from the front is not inside out."""
    number = next(i for i, each in enumerate(head.materials) if each.name == name)
    quads = head.quads[head.surface == number]
    corner = head.vertices[quads].astype(float)
    normal = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    centre = corner.mean(axis=1)
    foremost = centre[:, 2] > np.quantile(centre[:, 2], 0.8)
    assert normal[foremost, 2].sum() > 0.5 * np.abs(normal[foremost, 2]).sum()


def test_template_is_an_exact_mirror_image(head, partner):
    assert np.array_equal(head.vertices[partner], head.vertices * np.float32([-1, 1, 1]))
    assert np.array_equal(partner[partner], np.arange(len(partner)))
    assert np.array_equal(head.weights[partner][:, [0, 1, 3, 2]], head.weights)
    faces = {frozenset(face) for face in head.quads.tolist()}
    assert {frozenset(face) for face in partner[head.quads].tolist()} == faces


@pytest.mark.parametrize("name", SHAPES)
def test_shape_mirrors_exactly(head, partner, name):
    assert np.array_equal(head.shapes[name][partner], head.shapes[ARKIT[name].mirror] * np.float32([-1, 1, 1]))


@pytest.mark.parametrize("names", mien_head().correctives, ids="+".join)
def test_corrective_mirrors_exactly_and_joins_channels_of_the_rig(head, partner, names):
    assert set(names) <= set(SHAPES)
    others = {ARKIT[name].mirror for name in names}
    image = next(those for those in head.correctives if set(those) == others)
    assert np.array_equal(head.correctives[names][partner], head.correctives[image] * np.float32([-1, 1, 1]))


# Boxes (x low and high, y low and high, z low; millimetres) of left and central shapes, beyond which
# nothing may move by more than a tenth of a millimetre.
REGIONS = {
    "eyeBlink": (8, 62, -22, 45, 45), "eyeLook": (5, 62, -22, 45, 45), "eyeSquint": (5, 80, -45, 35, 40),
    "eyeWide": (2, 70, -22, 45, 40), "brow": (-6, 85, -12, 90, 30), "browInnerUp": (-65, 65, -12, 95, 30),
    "cheekSquint": (2, 85, -60, 32, 35), "cheekPuff": (-85, 85, -105, -15, 25), "noseSneer": (-6, 60, -75, 40, 40),
    "jaw": (-73, 73, -132, -15, -30), "mouth": (-75, 75, -112, 0, 20), "tongue": (-25, 25, -95, -50, 30),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shape_moves_something_and_stays_in_its_region(head, name):
    moved = np.linalg.norm(head.shapes[name], axis=1) * 1000
    assert moved.max() >= 1.0
    region = max((key for key in REGIONS if name.startswith(key)), key=len)
    left, right, low, high, back = REGIONS[region]
    if ARKIT[name].side is Side.RIGHT:
        left, right = -right, -left
    x, y, z = head.vertices.T * 1000
    outside = (x < left) | (x > right) | (y < low) | (y > high) | (z < back)
    assert moved[outside].max(initial=0) < 0.1


@pytest.mark.parametrize("name", [name for name in SHAPES if name.endswith("Left") and name not in ("jawLeft", "mouthLeft")])
def test_left_shape_leaves_the_right_half_alone(head, name):
    moved = np.linalg.norm(head.shapes[name], axis=1)
    assert moved[head.vertices[:, 0] < -0.0095].max() == 0
    # Towards the midline it dies away: what crosses is a small part of it.
    assert moved[head.vertices[:, 0] < -0.004].max() < 0.25 * moved.max()


@pytest.mark.parametrize("name", SHAPES)
def test_eyeballs_and_upper_teeth_are_moved_by_no_shape(head, name):
    still = material(head, "sclera", "iris", "pupil", "limbus")
    still |= material(head, "tooth", "gum") & (head.vertices[:, 1] > -0.0625)
    assert not head.shapes[name][still].any()


DIRECTIONS = {
    # Where the vertex nearest to a spot of the rest face (mm) goes: axis and sign.
    "mouthSmileLeft": ((25, -65.5, 87), {0: 1, 1: 1, 2: -1}), "mouthFrownLeft": ((25, -65.5, 87), {1: -1}),
    "mouthStretchLeft": ((25, -65.5, 87), {0: 1, 1: -1}), "mouthDimpleLeft": ((25, -65.5, 87), {0: 1, 2: -1}),
    "mouthPucker": ((22, -65.5, 90), {0: -1, 2: 1}), "mouthUpperUpLeft": ((12, -60, 99), {1: 1}),
    "mouthLowerDownLeft": ((12, -70, 98), {1: -1}), "mouthRollUpper": ((0, -60, 103), {1: -1, 2: -1}),
    "mouthRollLower": ((0, -71, 102), {1: 1, 2: -1}), "mouthShrugUpper": ((0, -60, 103), {1: 1}),
    "mouthShrugLower": ((0, -95, 96), {1: 1}), "mouthLeft": ((0, -62, 103), {0: 1}),
    "jawLeft": ((0, -97, 96), {0: 1}), "jawForward": ((0, -97, 96), {2: 1}), "jawOpen": ((0, -97, 96), {1: -1, 2: -1}),
    "browDownLeft": ((18, 24, 95), {0: -1, 1: -1}), "browInnerUp": ((12, 23, 96), {1: 1}), "browOuterUpLeft": ((46, 26, 82), {1: 1}),
    "cheekPuff": ((46, -58, 74), {0: 1, 2: 1}), "cheekSquintLeft": ((40, -24, 82), {1: 1}), "noseSneerLeft": ((16, -34, 97), {1: 1}),
    "eyeWideLeft": ((31, 7, 85), {1: 1}), "eyeSquintLeft": ((32, -6, 85), {1: 1}), "eyeLookUpLeft": ((31, 7, 85), {1: 1}),
    "eyeLookDownLeft": ((31, 7, 85), {1: -1}), "eyeLookOutLeft": ((31, 7, 85), {0: 1}), "eyeLookInLeft": ((31, 7, 85), {0: -1}),
    "tongueOut": ((0, -73, 84), {2: 1}), "tongueTipUp": ((0, -73, 84), {1: 1}), "tongueUp": ((0, -71, 56), {1: 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", DIRECTIONS)
def test_shape_moves_its_landmark_the_way_apple_describes(head, name):
    place, expected = DIRECTIONS[name]
    pool = np.flatnonzero(material(head, "tongue") if name.startswith("tongue") else material(head, "skin", "lip"))
    nearest = pool[np.linalg.norm(head.vertices[pool] * 1000 - place, axis=1).argmin()]
    for axis, sign in expected.items():
        assert head.shapes[name][nearest, axis] * sign > 0.0004


def test_brow_strips_follow_the_skin_under_them(head):
    brow = np.flatnonzero(material(head, "brow"))
    skin = np.flatnonzero(material(head, "skin") & ~material(head, "hair"))
    _, near = cKDTree(head.vertices[skin]).query(head.vertices[brow])
    for name in ("browDownLeft", "browInnerUp", "browOuterUpLeft"):
        delta = head.shapes[name]
        assert np.linalg.norm(delta[brow] - delta[skin[near]], axis=1).max() < 0.0022
        assert np.abs(delta[brow, 1]).max() > 0.004


def test_lips_meet_at_rest_part_with_the_jaw_and_close_over_it(head):
    upper, lower = UPPER_LIP[0], LOWER_LIP[0]

    def gap(**values):
        vertices = posed(head, values).astype(float)
        return vertices[upper, 1] - vertices[lower, 1]

    assert abs(gap()) < 0.0015
    assert gap(jawOpen=1.0) > 0.025
    assert gap(jawOpen=0.4) > 0.008
    for share in (0.25, 0.5, 1.0):
        vertices = posed(head, {"jawOpen": share, "mouthClose": share}).astype(float)
        apart, _ = cKDTree(vertices[LOWER_LIP]).query(vertices[UPPER_LIP])
        assert apart.max() < 0.0015
    chin = CAGE.index["grid", 7, 0]
    assert posed(head, {"jawOpen": 1.0, "mouthClose": 1.0})[chin, 1] < head.vertices[chin, 1] - 0.015


def test_jaw_turns_by_22_degrees_and_its_corner_follows_half(head):
    teeth = np.flatnonzero(material(head, "tooth") & (head.vertices[:, 1] < -0.071))
    before, after = head.vertices[teeth].astype(float), posed(head, {"jawOpen": 1.0})[teeth].astype(float)
    u, _, vt = np.linalg.svd((before - before.mean(axis=0)).T @ (after - after.mean(axis=0)))
    turn = vt.T @ np.diag([1, 1, np.linalg.det(vt.T @ u.T)]) @ u.T
    assert np.degrees(np.arctan2(turn[2, 1], turn[2, 2])) == pytest.approx(22, abs=0.1)
    assert np.allclose((before - before.mean(axis=0)) @ turn.T, after - after.mean(axis=0), atol=2e-5)
    corner, lower = CAGE.index["mouth", c.CONTACT, 7], LOWER_LIP[0]
    drop = head.shapes["jawOpen"][:, 1]
    assert drop[corner] / drop[lower] == pytest.approx(0.5, abs=0.08)


def test_blink_closes_the_lids(head):
    vertices = posed(head, {"eyeBlinkLeft": 1.0}).astype(float)
    apart, _ = cKDTree(vertices[LOWER_LID]).query(vertices[UPPER_LID])
    assert apart.max() < 0.001
    open_, _ = cKDTree(head.vertices[LOWER_LID]).query(head.vertices[UPPER_LID])
    assert open_.max() > 0.009


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("name", ["eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeSquintRight", "eyeWideLeft", "eyeLookUpLeft"])
def test_no_lid_runs_through_the_eyeball(head, name, weight):
    lids = CAGE_LIDS
    vertices = posed(head, {name: weight})[lids].astype(float) * 1000
    for sign in (1, -1):
        reach = np.linalg.norm(vertices - EYE * [sign, 1, 1], axis=1)
        assert reach.min() > EYE_RADIUS - 0.3


CAGE_LIDS = np.array(
    [i for key, i in CAGE.index.items() if "eye" in key[:2]]
    + [e for (a, b), e in FINE.edges.items() if all("eye" in list(CAGE.index)[i][:2] for i in (a, b))]
)


def test_upper_lid_covers_a_little_of_the_iris_and_none_of_the_pupil(head):
    iris = material(head, "limbus") & (head.vertices[:, 0] > 0)
    pupil = material(head, "pupil") & (head.vertices[:, 0] > 0)
    lid = head.vertices[UPPER_LID, 1].max()
    assert 0.0003 < head.vertices[iris, 1].max() - lid < 0.002
    assert head.vertices[pupil, 1].max() < lid
