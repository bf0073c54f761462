"""wav2vec 2.0 that hears emotion."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from backend import encoders
from backend.encoders.affect import moving_mean
from backend.encoders.windows import levelled

SUPERB = {"norm": "group", "task": "ForSequenceClassification", "num_labels": 4, "use_weighted_layer_sum": True, "classifier_proj_size": 8}


@pytest.mark.parametrize("weighted", [True, False])
def test_categories_are_those_of_transformers(made, noise, weighted):
    from transformers import Wav2Vec2ForSequenceClassification

    folder = made("sound", **SUPERB | {"use_weighted_layer_sum": weighted})
    encoder = encoders.load("wav2vec2-emotion", folder)
    read = encoder.affect(noise, None)
    assert encoder.labels == ("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3")
    assert read.values.shape == (149, 4)
    model = Wav2Vec2ForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        wanted = model(torch.from_numpy(levelled(noise, 1e-7))[None]).logits.softmax(-1)[0].numpy()
    np.testing.assert_allclose(read.values, np.tile(wanted, (149, 1)), atol=1e-6)


def test_dimensions_by_the_published_formula(made, noise):
    folder = made("dimensional")
    encoder = encoders.load("wav2vec2-dimensional", folder)
    assert encoder.labels == ("arousal", "dominance", "valence")
    weights = load_file(folder / "model.safetensors")
    mean = encoder.encode(noise).values.mean(axis=0)
    hidden = np.tanh(weights["classifier.dense.weight"].numpy() @ mean + weights["classifier.dense.bias"].numpy())
    wanted = weights["classifier.out_proj.weight"].numpy() @ hidden + weights["classifier.out_proj.bias"].numpy()
    np.testing.assert_allclose(encoder.affect(noise, None).values[7], wanted, atol=1e-4)


def test_it_follows_a_change(made):
    """The reading of each half of a recording, away from where they meet, is nearer its own half's."""
    encoder = encoders.load("wav2vec2-dimensional", made("dimensional"))
    rng = np.random.default_rng(4)
    hum = np.sin(np.arange(64_000) * 0.05).astype(np.float32)
    both = np.concatenate((hum, rng.standard_normal(64_000).astype(np.float32)))
    read, features = encoder.affect(both, 1.0), encoder.encode(both)
    halves = [encoder._head(torch.from_numpy(part.mean(axis=0))).numpy() for part in np.array_split(features.values, 2)]
    for times, own, other in ((slice(50, 150), *halves), (slice(-150, -50), *halves[::-1])):
        part = read.values[times]
        assert (np.linalg.norm(part - own, axis=1) < np.linalg.norm(part - other, axis=1)).all()


@pytest.mark.parametrize("span", [1, 4, 5, 1000, None])
def test_moving_mean(span):
    values = np.random.default_rng(5).standard_normal((40, 3)).astype(np.float32)
    half = 1000 if span is None else span // 2
    wanted = [values[max(0, i - half) : i + half + 1].mean(axis=0) for i in range(40)]
    np.testing.assert_allclose(moving_mean(values, span), wanted, atol=1e-6)
