"""What was heard once."""

import numpy as np

from backend import encoders
from backend.encoders.cache import identity_of, remembered


def test_kept_by_content(made, noise, tmp_path):
    folder = made("sound")
    encoder = encoders.load("wav2vec2", folder)
    identity = identity_of(folder)
    once = remembered(encoder, identity, noise, tmp_path)
    path = next(tmp_path.glob("*.safetensors"))
    written = path.stat().st_mtime_ns, path.read_bytes()
    again = remembered(encoder, identity, noise.copy(), tmp_path)
    np.testing.assert_array_equal(once.values, again.values)
    assert (again.rate, again.start) == (once.rate, once.start)
    assert path.read_bytes() == written[1]
    remembered(encoder, identity, noise * 0.5, tmp_path)
    remembered(encoder, identity_of(folder, "bf16"), noise, tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) == 3


def test_not_encoded_again(made, noise, tmp_path, monkeypatch):
    encoder = encoders.load("wav2vec2", made("sound"))
    once = remembered(encoder, "it", noise, tmp_path)
    monkeypatch.setattr(encoder, "encode", lambda samples: 1 / 0)
    np.testing.assert_array_equal(remembered(encoder, "it", noise, tmp_path).values, once.values)


def test_a_damaged_entry_is_made_anew(made, noise, tmp_path):
    encoder = encoders.load("wav2vec2", made("sound"))
    once = remembered(encoder, "it", noise, tmp_path)
    next(tmp_path.glob("*.safetensors")).write_bytes(b"{}")
    np.testing.assert_array_equal(remembered(encoder, "it", noise, tmp_path).values, once.values)


def test_a_folder_that_cannot_be_written(made, noise, tmp_path):
    (tmp_path / "file").write_text("")
    heard = remembered(encoders.load("wav2vec2", made("sound")), "it", noise, tmp_path / "file" / "below")
    assert heard.values.shape == (149, 16)


def test_other_weights_are_another_encoder(made):
    assert identity_of(made("sound")) != identity_of(made("sound", norm="layer"))
