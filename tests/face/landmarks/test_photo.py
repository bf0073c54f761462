"""Single pictures: what is shown is read, whoever shows it; real photographs among them."""

from pathlib import Path

import numpy as np
import pytest

from backend.face.heads import mien_head
from backend.face.landmarks import photo, weights
from backend.face.landmarks.mesh import opened
from backend.face.landmarks.model import landmark_model
from backend.face.landmarks.photo import miens, people, shown
from backend.face.pose import posed
from backend.face.render import View, render
from backend.generators.procedural import gaze
from backend.generators.procedural.expression import prototype
from backend.motion.arkit import APPLE_52

pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")


@pytest.fixture(scope="module")
def still():
    with opened(still=True) as mesh:
        yield mesh


def read(mesh, picture, known=None):
    (face,) = mesh.faces(picture)
    return dict(zip(APPLE_52, shown(face[None], known)[0][0].tolist(), strict=True))


def calm_photo():
    import matplotlib
    from PIL import Image

    return Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB")


def test_weights_put_onto_the_points_are_read_back_as_weaker_and_not_as_others():
    """Without anybody's anatomy and noise, of the mean face with one shape at 0.8."""
    model, known = landmark_model(), miens()
    for name in ("jawOpen", "mouthSmileLeft", "browInnerUp", "mouthPucker", "eyeBlinkRight", "browDownLeft"):
        moved = known.mean.reshape(468, 3) + 0.8 * model.moves[model.names.index(name)]
        found = photo.explained(np.concatenate([moved, np.zeros((10, 3))])[None], known)[0]
        assert APPLE_52[int(found.argmax())] == name
        assert 0.15 < found.max() < 0.85


@pytest.mark.parametrize("label", ["happy", "surprise", "angry", "disgust"])
def test_what_mien_s_head_shows_is_read(still, label):
    face = prototype(label)
    found = read(still, render(mien_head(), posed(mien_head(), face), View((288, 288), zoom=1.3)), miens())
    true = np.array([face.get(name, 0.0) for name in APPLE_52])
    assert np.corrcoef(true, list(found.values()))[0, 1] > 0.6


def test_a_calm_photograph_shows_little_and_the_same_in_a_mirror(still):
    from PIL import Image

    found = read(still, np.asarray(calm_photo()))
    assert max(found.values()) < 0.35
    mirrored = read(still, np.asarray(calm_photo().transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    for stem in ("mouthSmile", "browDown", "eyeSquint"):
        assert mirrored[f"{stem}Left"] == pytest.approx(found[f"{stem}Right"], abs=0.15)


def test_a_smile_painted_into_a_photograph_is_a_smile(still):
    """The corners of her mouth, drawn out and up by a warp of the picture."""
    from PIL import Image
    from scipy.ndimage import map_coordinates

    picture = np.asarray(calm_photo())
    (points,) = still.faces(picture)
    wide = np.linalg.norm(points[33] - points[263])
    down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(float)
    rows, columns = down.copy(), across.copy()
    for corner, outward in ((61, -1), (291, 1)):
        near = np.exp(-((across - points[corner, 0]) ** 2 + (down + points[corner, 1]) ** 2) / (2 * (0.16 * wide) ** 2))
        columns -= near * outward * 0.10 * wide
        rows += near * 0.10 * wide
    smiling = np.stack([map_coordinates(picture[..., k], [rows, columns], order=1, mode="nearest") for k in range(3)], axis=2)
    before, after = read(still, picture), read(still, np.asarray(Image.fromarray(smiling)))
    for side in ("Left", "Right"):
        assert after[f"mouthSmile{side}"] > before[f"mouthSmile{side}"] + 0.1
        assert after[f"mouthFrown{side}"] <= before[f"mouthFrown{side}"] + 0.02


def test_a_head_that_nothing_was_measured_on(still, shared_data):
    from tests.face.heads_of_others import ict_head

    head = ict_head(shared_data)
    rest = read(still, render(head, head.vertices, View((288, 288), zoom=1.3)))
    assert max(rest.values()) < 0.35
    smile = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}
    found = read(still, render(head, posed(head, smile), View((288, 288), zoom=1.3)))
    assert min(found[name] for name in smile) > max(rest[name] for name in smile) + 0.2


def test_calm_people_are_calmer_with_real_lids_and_gaze_is_that_of_the_performer():
    assert people().axes.shape[0] == miens().axes.shape[0] + len(photo.CALM)
    assert (weights.ACROSS, weights.UP_DOWN) == (gaze.ACROSS, gaze.UP_DOWN)
