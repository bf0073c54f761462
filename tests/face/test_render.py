"""Pictures of faces."""

import numpy as np
import pytest

from backend.face.face import Face, Joint, Material
from backend.face.heads import mien_head
from backend.face.pose import posed
from backend.face.render import View, render

SIZE = (160, 200)


@pytest.fixture(scope="module")
def rest():
    face = mien_head()
    return render(face, face.vertices, View(SIZE))


def backdrop(view):
    far = mien_head()
    return render(far, far.vertices + np.float32([50, 0, 0]), view)


def differing(a, b, by=6):
    return np.abs(a.astype(int) - b.astype(int)).max(axis=2) > by


def test_picture_has_the_size_asked_for_and_a_face_in_the_middle(rest):
    assert rest.shape == (200, 160, 3) and rest.dtype == np.uint8
    seen = differing(rest, backdrop(View(SIZE)))
    rows, columns = np.nonzero(seen)
    assert 0.2 < seen.mean() < 0.7
    assert abs(columns.mean() - 79.5) < 3 and abs(rows.mean() - 99.5) < 20
    # Nothing is cut off but the neck's base at most.
    assert not seen[0].any() and not seen[:, 0].any() and not seen[:, -1].any()


def test_same_face_gives_the_same_bytes(rest):
    assert np.array_equal(render(mien_head(), mien_head().vertices, View(SIZE)), rest)


BANDS = [("jawOpen", 0.5, 0.85), ("eyeBlinkLeft", 0.3, 0.5), ("browInnerUp", 0.2, 0.5), ("mouthSmileLeft", 0.4, 0.75)]


@pytest.mark.parametrize(("name", "top", "bottom"), BANDS)
def test_a_shape_changes_the_picture_where_it_is(rest, name, top, bottom):
    changed = differing(rest, render(mien_head(), posed(mien_head(), {name: 1.0}), View(SIZE)), 12)
    rows = np.nonzero(changed)[0] / SIZE[1]
    assert changed.sum() > 20
    assert np.mean((rows > top) & (rows < bottom)) > 0.9


def test_left_is_on_the_viewers_right(rest):
    changed = differing(rest, render(mien_head(), posed(mien_head(), {"eyeBlinkLeft": 1.0}), View(SIZE)), 12)
    assert np.nonzero(changed)[1].min() > SIZE[0] / 2


def test_mirrored_face_gives_the_mirrored_picture():
    face = mien_head()
    view = View(SIZE, yaw=20, key=-38)
    one = render(face, posed(face, {"mouthSmileLeft": 1.0, "headRoll": 0.1}), view)
    other = render(face, posed(face, {"mouthSmileRight": 1.0, "headRoll": -0.1}), View(SIZE, yaw=-20, key=38))
    apart = np.abs(one.astype(int) - other[:, ::-1].astype(int))
    assert apart.mean() < 1.0
    assert np.mean(apart.max(axis=2) > 24) < 0.01


def test_view_turns_as_the_head_would():
    face = mien_head()
    straight = View(SIZE)
    turned = render(face, posed(face, {"headYaw": np.radians(35)}), straight)
    viewed = render(face, face.vertices, View(SIZE, yaw=35))
    mirrored = render(face, face.vertices, View(SIZE, yaw=-35))
    assert np.abs(turned.astype(int) - viewed).mean() < 0.65 * np.abs(turned.astype(int) - mirrored).mean()


def test_zoom_comes_closer(rest):
    near = render(mien_head(), mien_head().vertices, View(SIZE, zoom=1.3))
    view = View(SIZE)
    assert differing(near, backdrop(view)).sum() > 1.3 * differing(rest, backdrop(view)).sum()


def test_a_face_of_another_make_in_another_unit(shared_data):
    path = shared_data / "faces" / "ict_facekit" / "ict_facekit_light.npz"
    if not path.is_file():
        pytest.skip("ICT-FaceKit is not in ../shared/data/faces")
    with np.load(path) as stored:
        vertices, quads, tris = stored["vertices"], stored["quads"], stored["tris"]
    quads = np.concatenate([quads, tris[:, [0, 1, 2, 2]]]).astype(np.int32)
    count = len(quads)
    face = Face(
        "ict", vertices, quads, np.zeros((count, 4, 2), np.float32), (Material("clay", (0.7, 0.7, 0.7), 0.6),), np.zeros(count, np.int32),
        {}, (Joint("root", None, (0, 0, 0)),), np.ones((len(vertices), 1), np.float32),
    )  # fmt: skip
    picture = render(face, vertices, View(SIZE))
    empty = render(face, vertices + np.float32([9000, 0, 0]), View(SIZE))
    assert 0.15 < differing(picture, empty).mean() < 0.8
    metres = Face("m", vertices / 100, quads, face.uvs, face.materials, face.surface, {}, face.joints, face.weights)
    assert np.mean(differing(render(metres, vertices / 100, View(SIZE)), picture)) < 0.01
