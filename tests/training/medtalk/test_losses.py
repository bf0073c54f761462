"""The losses against their equations written out."""

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.generators.medtalk.network import Network, Shape
from backend.motion.metahuman import METAHUMAN
from backend.training.medtalk import losses
from backend.training.medtalk.draws import Lines, Quads

SHAPE = Shape(("neutral", "happy"), 9, 5, text=6, image=4, hidden=16, latent=8, sound=12, feeling=8, heads=2)
FACE = 100  # channels that a toy's emotion moves; the rest speak


class Apart:
    """Content and emotion in channels of their own: perfectly disentangled."""

    def emotion_encoder(self, motion: Tensor) -> Tensor:
        return motion[..., :FACE] * 3

    def content_encoder(self, motion: Tensor) -> Tensor:
        return motion[..., FACE:] - 1

    def decode(self, emotion: Tensor, content: Tensor) -> Tensor:
        return torch.cat([emotion / 3, content + 1], -1)


class Together(Apart):
    """Everything in the emotion."""

    def emotion_encoder(self, motion: Tensor) -> Tensor:
        return motion

    def decode(self, emotion: Tensor, content: Tensor) -> Tensor:
        return emotion


def quad(count: int = 3, frames: int = 10) -> Quads:
    """Aligned sentences whose emotion is a fixed face times how strongly it is felt, at shuffled moments in each."""
    torch.manual_seed(0)
    faces, contents = torch.randn(count, 1, 2, 1, FACE), torch.randn(count, 2, 1, frames, 174 - FACE)
    level = torch.linspace(0, 1.35, frames)
    felt = torch.stack([torch.stack([level[torch.randperm(frames)]] * 2) for _ in range(2 * count)]).reshape(count, 2, 2, frames)
    motion = torch.cat([faces * felt[..., None], contents.expand(-1, -1, 2, -1, -1)], -1)
    return Quads(motion, felt)


def drawn(versions: int = 1, batch: int = 3, frames: int = 12) -> Lines:
    torch.manual_seed(1)
    spans = torch.tensor([[[0.0, 0.1], [1.0, 0.0]]]).expand(batch, -1, -1)
    return Lines(
        torch.randn(batch, frames, 9),
        torch.randn(batch, frames, 5),
        torch.randn(batch, 2, 6),
        spans,
        torch.arange(frames) / 60,
        torch.rand(batch * versions, frames, 174),
        torch.tensor([0, 1, 1]).repeat(versions),
        torch.rand(batch * versions, 4),
    )


def test_what_is_apart_exchanges_without_loss():
    data = quad()
    assert losses.self_reconstruction(Apart(), data.motion) < 1e-12
    assert losses.overlap_exchange(Apart(), data) < 1e-12
    assert losses.cycle_exchange(Apart(), data.motion[:, 0, 0], data.motion[:, 1, 1]) < 1e-12


def test_what_is_mixed_does_not():
    data = quad()
    assert losses.self_reconstruction(Together(), data.motion) == 0
    assert losses.overlap_exchange(Together(), data) > 0.1


def test_overlap_exchange_is_equation_3_written_out():
    data, network = quad(1, 4), Network(SHAPE)
    wanted = []
    for content in range(2):
        for emotion in range(2):
            own, other = data.motion[0, content, emotion], data.motion[0, content, 1 - emotion]
            made = network.decode(network.emotion_encoder(own), network.content_encoder(other))
            wanted.append((made - own).square().mean())
    by_content = torch.stack(wanted).mean()
    wanted, counted = [], 0
    for content in range(2):
        for emotion in range(2):
            own, other = data.motion[0, content, emotion], data.motion[0, 1 - content, emotion]
            felt, lent = data.felt[0, content, emotion], data.felt[0, 1 - content, emotion]
            for t in range(4):
                gaps = [abs(float(felt[t] - lent[s])) for s in range(4)]
                s = int(np.argmin(gaps))
                if gaps[s] <= losses.ALIKE:
                    made = network.decode(network.emotion_encoder(other[s]), network.content_encoder(own[t]))
                    wanted.append((made - own[t]).square().mean())
                    counted += 1
    assert counted == 16
    torch.testing.assert_close(losses.overlap_exchange(network, data), by_content + torch.stack(wanted).mean())


def test_frames_that_are_felt_otherwise_are_not_exchanged():
    emotion = torch.arange(3.0)[None, :, None]
    lent, near = losses.lend(emotion, torch.tensor([[0.0, 0.5, 1.0]]), torch.tensor([[0.45, 2.0, 0.1]]))
    assert lent[0, :, 0].tolist() == [1.0, 2.0, 0.0]
    assert near[0].tolist() == [True, False, True]


def test_cycle_exchange_is_equation_4_written_out():
    network, one, other = Network(SHAPE), torch.rand(4, 174), torch.rand(4, 174)
    e, c, d = network.emotion_encoder, network.content_encoder, network.decode
    e1c2, e2c1 = d(e(one), c(other)), d(e(other), c(one))
    wanted = (d(e(e1c2), c(e2c1)) - one).square().mean() + (d(e(e2c1), c(e1c2)) - other).square().mean()
    torch.testing.assert_close(losses.cycle_exchange(network, one, other), wanted)


def test_pseudo_intensity_is_the_sum_over_brows_eyes_and_corners():
    motion = torch.zeros(2, 174)
    motion[1, METAHUMAN.index("CTRL_L_brow_down-translateY")] = 0.5
    motion[1, METAHUMAN.index("CTRL_R_mouth_cornerPull-translateY")] = 0.25
    motion[1, METAHUMAN.index("CTRL_C_jaw-translateY")] = 1.0
    motion[1, METAHUMAN.index("CTRL_L_eye_blink-translateY")] = 1.0
    assert losses.pseudo_intensity(motion).tolist() == [0.0, 0.75]


def test_calibration_maps_rest_to_zero_and_the_usual_to_one():
    network = Network(SHAPE)
    network.rest.fill_(0.5)
    network.usual.copy_(torch.tensor([1.0, 4.0]))
    found = losses.calibrated(network, torch.tensor([[0.2, 0.5, 1.5], [0.5, 4.5, 99.0]]), torch.tensor([0, 1]))
    assert found.tolist() == [[0.0, 0.0, 1.0], [0.0, 1.0, losses.HIGHEST]]


@pytest.mark.parametrize("versions", [1, 2])
def test_content_mapping_is_equations_6_and_7_and_leaves_the_encoders_alone(versions):
    network, data = Network(SHAPE), drawn(versions)
    heard = network.content_map(data.content)
    mapped, wanted = torch.stack([heard[number // versions] for number in range(3 * versions)]), network.content_encoder(data.motion)
    cosine = (mapped * wanted).sum(-1) / (mapped.norm(dim=-1) * wanted.norm(dim=-1))
    recon = (network.decode(network.emotion_encoder(data.motion), mapped) - data.motion).square().mean()
    loss = losses.content_mapping(network, data)
    torch.testing.assert_close(loss, recon + losses.HEARD_SIMILAR * (1 - cosine).mean())
    loss.backward()
    assert all(p.grad is None for part in (network.emotion_encoder, network.content_encoder) for p in part.parameters())
    assert all(p.grad is not None for p in network.content_map.parameters())


@pytest.mark.parametrize("versions", [1, 2])
@pytest.mark.parametrize("guided", [False, True])
def test_fusion_is_equations_9_to_14(guided, versions):
    network, data, count = Network(SHAPE), drawn(versions), 3 * versions
    network.usual.fill_(3.0)
    forced = torch.tensor([True, False, True] * versions)
    codes = torch.randn(count, 8) if guided else None
    told = network.intensity(data.affect, data.words, data.times, data.spans)
    total, anchor = [], []
    moved_all = torch.zeros(count, 12, 174)
    for b in range(count):
        line = b // versions
        truth = (losses.pseudo_intensity(data.motion[b]) / 3).clamp(0, losses.HIGHEST)
        norm = truth if forced[b] else told[line]
        label = int(data.label[b])
        code = codes[b] if guided else network.codes[label] * (label > 0)
        length = min(float(code.norm()), 1.0) if guided else 1.0
        scaled = torch.stack([n * length * code / max(float(code.detach().norm()), 1e-6) for n in norm])
        emotion, wanted = network.fusion(scaled), network.emotion_encoder(data.motion[b])
        moved_all[b] = network.decode(emotion, network.content_map(data.content[line][None])[0])
        cosine = (emotion * wanted).sum(-1) / (emotion.norm(dim=-1) * wanted.norm(dim=-1))
        total.append((moved_all[b] - data.motion[b]).square().mean() + 0.1 * (1 - cosine).mean())
        anchor.append((told[line] - truth).square().mean() * (label > 0))
    off = losses.pseudo_intensity(moved_all) - losses.pseudo_intensity(data.motion)
    loss = torch.stack(total).mean() + 0.1 * (off / 10).square().mean()
    if not guided:
        loss = loss + losses.ANCHOR * torch.stack(anchor).mean()
    torch.testing.assert_close(losses.fusion(network, data, forced, codes), loss, rtol=1e-4, atol=1e-6)


def test_bfloat16_changes_a_loss_by_little():
    network, data, forced = Network(SHAPE), drawn(2), torch.ones(6, dtype=torch.bool)
    with torch.autocast("cpu", torch.bfloat16):
        short = [losses.content_mapping(network, data), losses.fusion(network, data, forced)]
    for loss, whole in zip(short, (losses.content_mapping(network, data), losses.fusion(network, data, forced)), strict=True):
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss, whole, rtol=0.02, atol=0)


def test_alignment_is_of_direction_and_of_length_apart():
    from backend.training.medtalk.losses import alignment

    wanted = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    guides = torch.tensor([[1.0, 0.0], [0.5, 0.0], [0.0, 1.0], [0.3, 0.4]])
    torch.testing.assert_close(alignment(guides, wanted), torch.tensor((0 + 0.25 + 1 + 0.25) / 4))
