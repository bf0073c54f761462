"""Attention, convolutions over time and windows, against naive versions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.generators.medtalk.network import Network, Shape, rescaled
from backend.nn.attention import AlignedAttention, apart
from backend.nn.time import TimeStack, reach
from backend.nn.windows import windows

SHAPE = Shape(("neutral", "happy", "sad"), 9, 5, text=6, image=4, hidden=16, latent=8, sound=12, feeling=8, heads=2)


def test_gaps_are_zero_inside_a_word_and_infinite_far_away_or_for_no_word():
    gaps = apart(torch.tensor([0.0, 1.0, 1.5, 4.1]), torch.tensor([[1.0, 2.0], [1.0, 0.0]]), 2.0)
    assert gaps[:, 0].tolist() == [1.0, 0.0, 0.0, math.inf]
    assert gaps[:, 1].isinf().all()


def test_attention_is_the_sum_written_out():
    torch.manual_seed(0)
    layer = AlignedAttention(8, 2)
    torch.nn.init.normal_(layer.nothing)
    frames, said = torch.randn(1, 5, 8), torch.randn(1, 3, 8)
    gaps = torch.tensor([[0.0, 0.4, 1.9], [0.1, math.inf, 0.2], [math.inf] * 3, [0.0] * 3, [1.0, 2.0, math.inf]])[None]
    with torch.no_grad():
        found = layer(frames, said, gaps)[0]
        rows = torch.cat([layer.nothing[None], said[0]])
        asked, keys, values = layer.ask(frames[0]), layer.key(rows), layer.value(rows)
        for t in range(5):
            heads = []
            for head in range(2):
                part = slice(4 * head, 4 * head + 4)
                penalty = [0.0, *gaps[0, t].tolist()]
                weight = [
                    math.exp(float(asked[t, part] @ keys[n, part]) / 2 - math.exp(float(layer.slope[head])) * penalty[n])
                    if math.isfinite(penalty[n])
                    else 0.0
                    for n in range(4)
                ]
                heads.append(sum(w / sum(weight) * values[n, part] for n, w in enumerate(weight)))
            torch.testing.assert_close(found[t], layer.leave(torch.cat(heads)), rtol=1e-4, atol=1e-5)


def test_attention_without_any_word_can_be_learnt_from():
    layer = AlignedAttention(8, 2)
    layer(torch.randn(2, 4, 8), torch.randn(2, 3, 8), torch.full((2, 4, 3), math.inf)).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in layer.parameters())


def test_a_frame_depends_on_its_reach_and_no_further():
    stack, kernel, dilations = TimeStack(3, 8, 5, (1, 3)), 5, (1, 3)
    around = reach(kernel, dilations)
    sound = torch.randn(1, 60, 3, requires_grad=True)
    stack(sound)[0, 30].sum().backward()
    touched = np.flatnonzero(sound.grad[0].abs().sum(-1).numpy())
    assert around == 8
    assert touched[0] == 30 - around
    assert touched[-1] == 30 + around


@given(st.integers(1, 500), st.integers(1, 90), st.integers(0, 40))
def test_windows_keep_every_frame_once_with_all_its_neighbours(frames, length, margin):
    cut = list(windows(frames, length, margin))
    assert [i for w in cut for i in range(w.begin, w.end)[w.kept]] == list(range(frames))
    for w in cut:
        assert w.begin == max(0, w.first - margin)
        assert w.end == min(frames, w.last + margin)


def test_shapes_of_everything():
    network = Network(SHAPE)
    motion, heard = torch.randn(2, 7, 174), torch.randn(2, 7, 9)
    emotion, content = network.emotion_encoder(motion), network.content_encoder(motion)
    assert emotion.shape == content.shape == network.content_map(heard).shape == (2, 7, 8)
    assert network.decode(emotion, content).shape == (2, 7, 174)
    told = network.intensity(torch.randn(2, 7, 5), torch.randn(2, 3, 6), torch.arange(7) / 60, torch.rand(2, 3, 2).sort(-1).values)
    assert told.shape == (2, 7)
    assert (told > 0).all()
    assert network.text_projection(torch.randn(6)).shape == network.image_projection(torch.randn(4)).shape == (8,)


def test_equation_9_gives_the_code_the_length_of_the_intensity():
    code, intensity = torch.randn(4, 6, 8), torch.rand(4, 6) * 2
    scaled = rescaled(code, intensity)
    torch.testing.assert_close(scaled.norm(dim=-1), intensity)
    torch.testing.assert_close(torch.nn.functional.cosine_similarity(scaled, code, dim=-1), torch.ones(4, 6))
    assert rescaled(torch.zeros(8), torch.tensor(1.0)).abs().sum() == 0


def test_labels_mix_linearly_and_neutral_is_the_origin():
    network = Network(SHAPE)
    a, b = torch.tensor([0.0, 0.7, 0.3]), torch.tensor([0.5, 0.0, 1.0])
    torch.testing.assert_close(network.mixed(2 * a + b), 2 * network.mixed(a) + network.mixed(b))
    torch.testing.assert_close(network.mixed(torch.tensor([0.0, 0.0, 1.0])), network.codes[2])
    assert network.label_codes()[0].abs().sum() == 0


def test_without_words_or_intensity_nothing_of_them_counts():
    affect, times, spans = torch.randn(1, 7, 5), torch.arange(7) / 60, torch.tensor([[[0.0, 0.1]]])
    first, second = torch.randn(1, 1, 6), torch.randn(1, 1, 6)
    torch.manual_seed(3)
    told = {flag: Network(Shape(**{**SHAPE.described(), "words": flag})) for flag in (True, False)}
    assert not torch.equal(told[True].intensity(affect, first, times, spans), told[True].intensity(affect, second, times, spans))
    assert torch.equal(told[False].intensity(affect, first, times, spans), told[False].intensity(affect, second, times, spans))
    still = Network(Shape(**{**SHAPE.described(), "dynamic": False}))
    assert still.intensity(affect, first, times, spans).eq(1).all()


def test_a_shape_survives_json():
    import json

    assert Shape.read(json.loads(json.dumps(SHAPE.described()))) == SHAPE
    with pytest.raises(TypeError):
        Shape.read({"labels": ["happy"], "colour": 3})
