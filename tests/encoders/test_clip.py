"""CLIP's two towers."""

import json
import shutil

import numpy as np
import pytest
import torch

from backend import encoders
from backend.errors import InputError


def picture(seed: int, height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


def test_texts_are_those_of_open_clip(made):
    import open_clip

    folder = made("clip")
    texts = ["a tired half-smile", "", "an angry face " * 80]
    model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    with torch.no_grad():
        wanted = model.eval().encode_text(open_clip.get_tokenizer(f"local-dir:{folder}")(texts), normalize=True).numpy()
    encoder = encoders.load("clip-text", folder)
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, 12) == (3, encoder.card.width)
    np.testing.assert_allclose(vectors, wanted, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_images_are_those_of_open_clip(made, tmp_path):
    import open_clip
    from PIL import Image

    folder = made("clip")
    Image.fromarray(picture(1)).save(tmp_path / "ein Bild 笑.png")
    model, _, prepare = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    with torch.no_grad():
        wanted = model.eval().encode_image(prepare(Image.fromarray(picture(1)))[None], normalize=True).numpy()
    vectors = encoders.load("clip-image", folder).encode([tmp_path / "ein Bild 笑.png", picture(1), picture(2, 700, 33)])
    assert vectors.shape == (3, 12)
    np.testing.assert_allclose(vectors[0], wanted[0], atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-3


def test_any_mode_of_picture(made, tmp_path):
    from PIL import Image

    encoder = encoders.load("clip-image", made("clip"))
    for mode in ("L", "RGBA", "P", "CMYK"):
        path = tmp_path / f"{mode}.{'jpg' if mode == 'CMYK' else 'png'}"
        Image.fromarray(picture(1)).convert(mode).save(path)
        assert np.isfinite(encoder.encode([path])).all()


def test_nothing_to_encode(made):
    assert encoders.load("clip-text", made("clip")).encode([]).shape == (0, 12)
    assert encoders.load("clip-image", made("clip")).encode([]).shape == (0, 12)


def test_what_is_no_picture(made, tmp_path):
    encoder = encoders.load("clip-image", made("clip"))
    (tmp_path / "no.png").write_bytes(b"no picture at all")
    for wrong in (tmp_path / "no.png", tmp_path / "absent.png", np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3))):
        with pytest.raises(InputError, match="picture"):
            encoder.encode([wrong])


def test_a_picture_that_unpacks_to_too_much(made, tmp_path):
    from PIL import Image

    Image.new("1", (9000, 8000)).save(tmp_path / "huge.png")
    with pytest.raises(InputError, match="9000 x 8000"):
        encoders.load("clip-image", made("clip")).encode([tmp_path / "huge.png"])


def test_a_config_that_points_elsewhere(made, tmp_path):
    """Towers of other libraries would be looked for on the hub."""
    shutil.copytree(made("clip"), tmp_path / "copy")
    path = tmp_path / "copy" / "open_clip_config.json"
    settings = json.loads(path.read_text())
    settings["model_cfg"]["text_cfg"]["hf_model_name"] = "someone/something"
    path.write_text(json.dumps(settings))
    with pytest.raises(InputError, match="lies elsewhere"):
        encoders.load("clip-text", tmp_path / "copy")
