"""emotion2vec, against numbers that ``funasr`` 1.4.16's own class made of the same weights and the same sound."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from backend import encoders
from backend.encoders.emotion2vec import slopes
from backend.errors import InputError
from tests.encoders.tiny import data2vec_weights

FRAMES = {
    0: (0.3983219861984253, 2.03086519241333, 0.8630645871162415, 3.386812210083008),
    20: (0.3985940217971802, 2.0297493934631348, 0.8676384091377258, 3.3882200717926025),
    48: (0.397887647151947, 2.030226469039917, 0.8623902201652527, 3.3888938426971436),
}
EMOTIONS = (
    0.01572040095925331, 0.1475212275981903, 0.48790624737739563, 0.023437239229679108, 0.09451823681592941,
    0.014726938679814339, 0.11094524711370468, 0.059989385306835175, 0.04523513466119766,
)  # fmt: skip


def sound() -> np.ndarray:
    n = np.arange(16_000)
    return (0.3 * np.sin(n**2 / 40_000) + 0.05 * np.sin(n * 0.7)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    decoder = {"modality_encoders.AUDIO.decoder.proj.weight": torch.zeros(2, 2)}
    torch.save({"model": data2vec_weights() | decoder, "best_loss": 0.5, "num_updates": 3}, tmp_path / "model.pt")
    return tmp_path


def test_equal_to_funasr(folder):
    encoder = encoders.load("emotion2vec", folder)
    heard = encoder.encode(sound())
    assert heard.values.shape == (49, 24)
    assert encoder.card.width == 24
    assert heard.rate == 50
    for frame, values in FRAMES.items():
        np.testing.assert_allclose(heard.values[frame, :4], values, atol=1e-5)
    assert np.abs(heard.values.astype(np.float64)).mean() == pytest.approx(1.1776366015946886, abs=1e-6)
    np.testing.assert_allclose(encoder.affect(sound(), None).values[0], EMOTIONS, atol=1e-6)


def test_labels(folder):
    assert encoders.load("emotion2vec", folder).labels[:4] == ("angry", "disgusted", "fearful", "happy")


def test_labels_of_the_folder(folder):
    names = "生气/angry 恐惧/fearful 开心/happy unuse_0 unuse_1 难过/sad 中立/neutral 吃惊/surprised <unk>"
    (folder / "tokens.txt").write_text("\n".join(names.split()), "utf-8")
    encoder = encoders.load("emotion2vec", folder)
    assert encoder.labels == ("angry", "fearful", "happy", "sad", "neutral", "surprised", "unknown")
    read = encoder.affect(sound(), None).values
    used = np.delete(np.array(EMOTIONS), [3, 4])
    np.testing.assert_allclose(read[0], used / used.sum(), atol=1e-6)  # what is unused takes no part


@pytest.mark.parametrize("prefix", ["", "d2v_model.", "module."])
def test_safetensors_and_prefixes(tmp_path, prefix):
    weights = {(name if name.startswith("proj") else prefix + name): value for name, value in data2vec_weights().items()}
    save_file(weights, tmp_path / "model.safetensors")
    heard = encoders.load("emotion2vec", tmp_path).encode(sound())
    np.testing.assert_allclose(heard.values[20, :4], FRAMES[20], atol=1e-5)


def test_features_only(tmp_path):
    torch.save(
        {"model": {name: value for name, value in data2vec_weights().items() if "proj." not in name or "attn" in name}}, tmp_path / "b.pt"
    )
    encoder = encoders.load("emotion2vec", tmp_path)
    assert encoder.labels == ()
    assert encoder.encode(sound()).values.shape == (49, 24)
    with pytest.raises(InputError, match="features only"):
        encoder.affect(sound())


def test_long(folder):
    heard = encoders.load("emotion2vec", folder).encode(np.tile(sound(), 45))
    assert heard.values.shape == (45 * 50 - 1, 24)
    assert np.isfinite(heard.values).all()


@pytest.mark.parametrize("gone", ["modality_encoders.AUDIO.extra_tokens", "blocks.1.mlp.fc1.weight", "modality_encoders.AUDIO.alibi_scale"])
def test_half_a_model(tmp_path, gone):
    weights = data2vec_weights()
    del weights[gone]
    torch.save(weights, tmp_path / "model.pt")
    with pytest.raises(InputError, match="emotion2vec"):
        encoders.load("emotion2vec", tmp_path)


def test_two_files_of_weights(folder):
    torch.save({}, folder / "other.pt")
    with pytest.raises(InputError, match="2 files"):
        encoders.load("emotion2vec", folder)


def test_slopes():
    """Press et al. 2021, 3: for 8 heads 1/2, 1/4 ... 1/256."""
    assert slopes(8) == [2.0**-i for i in range(1, 9)]
    assert slopes(12)[:8] == slopes(8)
    assert slopes(12)[8:] == pytest.approx([2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5])
