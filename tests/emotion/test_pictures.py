"""Pictures as people have them: turned, grey, clear, animated, gigantic, with nobody or with several on them."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.emotion import pictures
from backend.emotion.pictures import open_picture, read_picture
from backend.errors import DirectionError, InputError
from backend.motion.arkit import APPLE_52


@pytest.fixture(scope="module")
def photo():
    import matplotlib

    return Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB").resize((384, 450))


def side_by_side(left, right):
    joined = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), (90, 90, 90))
    joined.paste(left, (0, 0))
    joined.paste(right, (left.width, 0))
    return joined


def test_a_photograph_becomes_its_name_and_52_weights(photo, tmp_path):
    photo.save(tmp_path / "me.png")
    found = read_picture(tmp_path / "me.png")
    assert (found.name, found.note) == ("me.png", "")
    assert len(found.features) == len(APPLE_52)
    assert all(0 <= weight <= 1 for weight in found.features)
    assert read_picture(tmp_path / "me.png") == found


def test_a_turned_photograph_is_the_same_by_its_exif(photo, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "up.png")
    photo.rotate(90, expand=True).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(open_picture(tmp_path / "turned.png"), open_picture(tmp_path / "up.png"))


def test_every_mode_comes_to_rgb(tmp_path):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    grey = Image.fromarray(ramp)
    made = {
        "grey": grey,
        "sixteen": Image.fromarray(ramp.astype(np.uint16) * 257),
        "palette": grey.convert("P"),
        "colour": grey.convert("RGB"),
    }
    for name, image in made.items():
        image.save(tmp_path / f"{name}.png")
        found = open_picture(tmp_path / f"{name}.png")
        assert found.shape == (64, 256, 3) and found.dtype == np.uint8
        assert np.abs(found[..., 0].astype(int) - ramp).max() <= 1, name
    grey.convert("CMYK").save(tmp_path / "cmyk.jpg")
    assert open_picture(tmp_path / "cmyk.jpg").shape == (64, 256, 3)
    Image.new("1", (64, 64), 1).save(tmp_path / "one.png")
    assert (open_picture(tmp_path / "one.png") == 255).all()


def test_what_is_clear_is_grey(tmp_path):
    clear = Image.new("RGBA", (40, 20), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 20, 20))
    clear.save(tmp_path / "clear.png")
    found = open_picture(tmp_path / "clear.png")
    assert found[5, 5].tolist() == [0, 0, 255]
    assert found[5, 30].tolist() == [128, 128, 128]


def test_what_is_no_picture_is_told_in_a_sentence(tmp_path):
    (tmp_path / "words.png").write_text("no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 50).save(whole, "PNG")
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[:3000])
    (tmp_path / "page.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    for name in ("words.png", "empty.jpg", "cut.png", "page.eps", "missing.png", "."):
        with pytest.raises(InputError, match=r"^cannot read a picture from .*\. Give a png, jpeg or webp file\.$"):
            open_picture(tmp_path / name)


def test_films_and_giants_are_refused(tmp_path):
    one, two = Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64), (9, 9, 9))
    one.save(tmp_path / "film.gif", save_all=True, append_images=[two])
    one.save(tmp_path / "film.webp", save_all=True, append_images=[two])
    for name in ("film.gif", "film.webp"):
        with pytest.raises(InputError, match="is animated"):
            open_picture(tmp_path / name)
    one.save(tmp_path / "still.gif")
    assert open_picture(tmp_path / "still.gif").shape == (64, 64, 3)
    for size in ((9000, 8000), (30000, 30000)):  # the second is one that Pillow itself takes for a bomb
        Image.new("1", size).save(tmp_path / "huge.png")
        with pytest.raises(InputError, match=r"9000 x 8000|30000 x 30000|cannot read a picture"):
            open_picture(tmp_path / "huge.png")


def test_nobody_two_people_and_somebody_behind(photo, tmp_path):
    Image.effect_noise((300, 300), 40).save(tmp_path / "noise.png")
    with pytest.raises(DirectionError, match=r"no face was found in noise\.png"):
        read_picture(tmp_path / "noise.png")
    side_by_side(photo, photo).save(tmp_path / "twins.png")
    with pytest.raises(DirectionError, match="2 faces of about the same size: cut out"):
        read_picture(tmp_path / "twins.png")
    side_by_side(photo, photo.resize((photo.width * 2 // 5, photo.height * 2 // 5))).save(tmp_path / "child.png")
    found = read_picture(tmp_path / "child.png")
    assert found.note == "child.png shows 2 faces: the largest one guides."
    photo.save(tmp_path / "alone.png")
    np.testing.assert_allclose(found.features, read_picture(tmp_path / "alone.png").features, atol=0.2)


def test_a_small_face_in_a_large_picture_is_found(photo, tmp_path):
    wide = Image.new("RGB", (2000, 1500), (120, 130, 140))
    wide.paste(photo.resize((230, 270)), (1500, 1000))
    wide.save(tmp_path / "wide.png")
    assert len(read_picture(tmp_path / "wide.png").features) == 52


def test_by_an_encoder_of_images_it_is_that_encoder_s_vector(photo, tmp_path, monkeypatch):
    from backend import encoders
    from tests.encoders.tiny import save_clip

    save_clip(tmp_path / "clip")
    load = encoders.load
    monkeypatch.setattr(encoders, "load", lambda name, *_: load(name, tmp_path / "clip", "cpu"))
    photo.save(tmp_path / "me.png")
    found = read_picture(tmp_path / "me.png", "clip-image")
    assert len(found.features) == 12
    assert np.linalg.norm(found.features) == pytest.approx(1, abs=1e-3)
    with pytest.raises(DirectionError, match="unknown way to read pictures 'clip-text'"):
        read_picture(tmp_path / "me.png", "clip-text")


def test_a_square_around_a_face_goes_on_beyond_the_edges():
    picture = np.zeros((50, 80, 3), np.uint8)
    picture[:, -1] = 200
    points = np.zeros((478, 3))
    points[:] = (60, -10, 0)
    points[1] = (80, -30, 0)
    square = pictures.cropped(picture, points)
    assert square.shape == (44, 44, 3)
    assert (square[:, -10:] == 200).all() and (square[:, :29] == 0).all()


def test_importing_it_imports_no_mediapipe_and_no_torch():
    code = (
        "import sys, backend.emotion.pictures, backend.cli.generate; sys.exit(any(m in sys.modules for m in ('mediapipe', 'torch', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
