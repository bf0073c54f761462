"""MEDTalk's losses, by the numbers of its equations. L_recon is the mean square error of rig values throughout."""

from typing import Protocol

import torch
from torch import Tensor

from backend.generators.medtalk.network import Network
from backend.motion.metahuman import METAHUMAN
from backend.training.medtalk.draws import Lines, Quads
from backend.training.metrics.sets import channel_set, columns

SIMILAR, INTENSE = 0.1, 0.1  # lambda_sim and lambda_int of the paper
HEARD_SIMILAR = 0.01  # lambda_sim of equation 7: the paper's 0.1 would drown L_recon, for E_c keeps what nobody hears
ANCHOR = 0.1  # weight of the predicted intensity against the pseudo-intensity itself (ours)
ALIKE = 0.15  # two frames of one emotion exchange their emotion where their intensities differ by no more than this
HIGHEST = 3.0  # what pseudo-intensity is cut off at, in usual intensities

STRONG = torch.from_numpy(columns(METAHUMAN, channel_set(METAHUMAN, "intensity")))


class Disentangled(Protocol):
    """The part of a network that keeps content and emotion apart."""

    def emotion_encoder(self, motion: Tensor) -> Tensor: ...
    def content_encoder(self, motion: Tensor) -> Tensor: ...
    def decode(self, emotion: Tensor, content: Tensor) -> Tensor: ...


def reconstruction(predicted: Tensor, motion: Tensor) -> Tensor:
    """L_recon."""
    return torch.nn.functional.mse_loss(predicted, motion)


def similarity(predicted: Tensor, wanted: Tensor) -> Tensor:
    """L_sim (6, 10, 13): one less the cosine of two embeddings, mean over frames."""
    return 1 - torch.nn.functional.cosine_similarity(predicted.float(), wanted.float(), dim=-1).mean()


def alignment(guides: Tensor, wanted: Tensor) -> Tensor:
    """How far guides' codes ``[B, latent]`` are from where they belong in the label space, in direction and, squared, in length; mean.

    Apart, for by the distance alone a guide in doubt would come out short, and show less than it means.
    """
    length, meant = torch.linalg.vector_norm(guides, dim=-1), torch.linalg.vector_norm(wanted, dim=-1)
    turned = 1 - torch.nn.functional.cosine_similarity(guides, wanted, dim=-1)
    total: Tensor = (meant * turned + (length - meant).square()).mean()
    return total


def self_reconstruction(network: Disentangled, motion: Tensor) -> Tensor:
    """Equation 2."""
    return reconstruction(network.decode(network.emotion_encoder(motion), network.content_encoder(motion)), motion)


def overlap_exchange(network: Disentangled, drawn: Quads) -> Tensor:
    """Equation 3, both ways: contents exchanged between two emotions of a sentence, emotions between two sentences.

    Two sentences are not felt equally at the same frame. So a frame takes its emotion from that frame of the other sentence which is
    felt as strongly, and where none is, it is not counted.
    """
    emotion, content = network.emotion_encoder(drawn.motion), network.content_encoder(drawn.motion)
    by_content = reconstruction(network.decode(emotion, content.flip(2)), drawn.motion)
    lent, alike = lend(emotion.flip(1), drawn.felt.flip(1), drawn.felt)
    off = (network.decode(lent, content) - drawn.motion).square().mean(-1)
    return by_content + (off * alike).sum() / alike.sum().clamp(min=1)


def lend(emotion: Tensor, felt: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """For each frame of ``wanted [..., T]`` the embedding of ``emotion [..., T, L]`` whose ``felt [..., T]`` is nearest.

    Also whether it is near, ``[..., T]``.
    """
    gap, nearest = (wanted[..., :, None] - felt[..., None, :]).abs().min(-1)
    return torch.take_along_dim(emotion, nearest[..., None], -2), gap <= ALIKE


def cycle_exchange(network: Disentangled, first: Tensor, second: Tensor) -> Tensor:
    """Equation 4: two motions exchange their emotions and, encoded again, exchange them back."""

    def exchanged(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        emotions, contents = [network.emotion_encoder(x) for x in (one, other)], [network.content_encoder(x) for x in (one, other)]
        return network.decode(emotions[0], contents[1]), network.decode(emotions[1], contents[0])

    back = exchanged(*exchanged(first, second))
    return reconstruction(back[0], first) + reconstruction(back[1], second)


def content_mapping(network: Network, drawn: Lines) -> Tensor:
    """Equations 6 and 7; the emotion is the frozen encoder's."""
    mapped = drawn.for_each(network.content_map(drawn.content))
    with torch.no_grad():
        emotion, content = network.emotion_encoder(drawn.motion), network.content_encoder(drawn.motion)
    return reconstruction(network.decode(emotion, mapped), drawn.motion) + HEARD_SIMILAR * similarity(mapped, content)


def pseudo_intensity(motion: Tensor) -> Tensor:
    """Equation 8: the sum of absolute values of the controls of S_int, ``[..., T]``. S_int is ours, as the paper's is not published."""
    strong: Tensor = motion[..., STRONG.to(motion.device)].abs().sum(-1)
    return strong


def calibrated(network: Network, raw: Tensor, label: Tensor) -> Tensor:
    """Pseudo-intensity ``[B, T]`` of labels ``[B]`` as the norm of an emotion: 0 a face without emotion, 1 that label's usual one."""
    scaled: Tensor = (raw - network.rest) / network.usual[label][:, None]
    return scaled.clamp(0.0, HIGHEST)


def intensity_error(predicted: Tensor, motion: Tensor) -> Tensor:
    """Equation 11 as a mean square. In tens of weights, as in the authors' code: a smaller unit would drown L_recon."""
    off = pseudo_intensity(predicted) - pseudo_intensity(motion)
    error: Tensor = (off / 10).square().mean()
    return error


def fusion(network: Network, drawn: Lines, forced: Tensor, codes: Tensor | None = None, apart: bool = True) -> Tensor:
    """Equations 10 to 12, and 13 and 14 where ``codes [B V, latent]`` are a guide's in place of the labels'.

    ``forced [B V]`` says which lines take their norm from the true pseudo-intensity, so that E_fuse learns what every intensity looks
    like, also those that no voice tells. ``apart`` is whether there is an emotion space to be similar to.
    """
    truth = calibrated(network, pseudo_intensity(drawn.motion), drawn.label)
    told = drawn.for_each(network.intensity(drawn.affect, drawn.words, drawn.times, drawn.spans))
    chosen = network.label_codes()[drawn.label] if codes is None else codes
    norm = torch.where(forced[:, None], truth, told) if network.shape.dynamic else told
    if codes is not None:  # a guide that is short of its unit length means less
        norm = norm * torch.linalg.vector_norm(codes, dim=-1).clamp(max=1)[:, None]
    emotion = network.feel(chosen[:, None].expand(-1, norm.shape[1], -1), norm)
    moved = network.decode(emotion, drawn.for_each(network.content_map(drawn.content)))
    loss = reconstruction(moved, drawn.motion)
    loss = loss + INTENSE * intensity_error(moved, drawn.motion)
    if apart:
        loss = loss + SIMILAR * similarity(emotion, network.emotion_encoder(drawn.motion))
    if codes is not None:
        return loss
    felt = (torch.linalg.vector_norm(chosen, dim=-1) > 0)[:, None]
    anchor = ((told - truth).square() * felt).mean()
    total: Tensor = loss + ANCHOR * anchor
    return total
