"""MEDTalk's networks. Equations are those of the paper; ``docs/medtalk.md`` says which is where, and what departs from it."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from backend.motion.metahuman import METAHUMAN
from backend.nn.attention import AlignedAttention, apart
from backend.nn.time import TimeStack, reach

NEUTRAL = "neutral"
NEAR = 2.0  # s around a frame in which words count for its intensity


@dataclass(frozen=True)
class Shape:
    """How large the networks are, and of what they are told.

    ``labels`` name the emotions; ``content``, ``affect``, ``text`` and ``image`` are the widths of the features; ``dilations`` have
    one entry for each block over time. ``dynamic`` is whether intensity is predicted, ``words`` whether it hears of them.
    """

    labels: tuple[str, ...]
    content: int
    affect: int
    text: int = 384
    image: int = 52
    hidden: int = 256
    latent: int = 256
    sound: int = 192
    kernel: int = 7
    dilations: tuple[int, ...] = (1, 2, 4, 1, 2, 4)
    feeling: int = 128
    feeling_dilations: tuple[int, ...] = (1, 2, 4, 8)
    heads: int = 4
    dynamic: bool = True
    words: bool = True

    @property
    def reach(self) -> int:
        """How many frames on either side of a frame its motion depends on; words count :data:`NEAR` s around it."""
        return max(reach(self.kernel, self.dilations), reach(self.kernel, self.feeling_dilations))

    def described(self) -> dict[str, object]:
        """As plain values, for a file's header."""
        return asdict(self)

    @classmethod
    def read(cls, plain: dict[str, Any]) -> "Shape":
        """What :meth:`described` wrote, after a way through JSON."""
        listed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
        return cls(**listed)


def perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """One hidden layer, frame by frame."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class ContentMap(nn.Module):
    """ACM: content features ``[B, T, content]`` to the content space ``[B, T, latent]``."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.stack = TimeStack(shape.content, shape.sound, shape.kernel, shape.dilations)
        self.leave = nn.Linear(shape.sound, shape.latent)

    def forward(self, heard: Tensor) -> Tensor:
        mapped: Tensor = self.leave(self.stack(heard))
        return mapped


class IntensityModel(nn.Module):
    """CMF: affect frames and the words near them, by cross-attention, to one intensity a frame, above zero."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.feeling
        self.stack = TimeStack(shape.affect, width, shape.kernel, shape.feeling_dilations)
        self.said = nn.Linear(shape.text, width)
        self.attend = AlignedAttention(width, shape.heads)
        self.joined, self.mixed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = perceptron(width, 2 * width, width)
        self.tell = nn.Linear(width, 1)

    def forward(self, affect: Tensor, words: Tensor, gaps: Tensor) -> Tensor:
        """``affect [B, T, affect]``, ``words [B, N, text]``, ``gaps [B, T, N]`` seconds; ``[B, T]``, about 1 for a usual intensity."""
        frames = self.stack(affect)
        frames = self.joined(frames + self.attend(frames, self.said(words), gaps))
        frames = self.mixed(frames + self.mix(frames))
        # softplus(0.5413) = 1: an untrained model finds everything usual.
        told: Tensor = nn.functional.softplus(self.tell(frames)[..., 0].float() + 0.5413)
        return told


class Network(nn.Module):
    """All of MEDTalk: encoders E_e and E_c, decoder D, content map, intensity, label codes, fusion encoder, projections.

    Motions are ``[..., T, 174]`` in the units of the ``metahuman`` rig, emotion and content embeddings ``[..., T, latent]``.
    """

    rest: Tensor
    usual: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        channels = len(METAHUMAN)
        self.emotion_encoder = perceptron(channels, shape.hidden, shape.latent)
        self.content_encoder = perceptron(channels, shape.hidden, shape.latent)
        self.decoder = perceptron(2 * shape.latent, shape.hidden, channels)
        self.content_map = ContentMap(shape)
        self.intensity_model = IntensityModel(shape)
        self.codes = nn.Parameter(torch.randn(len(shape.labels), shape.latent) / shape.latent**0.5)
        self.fusion = perceptron(shape.latent, shape.hidden, shape.latent)
        self.text_projection = perceptron(shape.text, shape.hidden, shape.latent)
        self.image_projection = perceptron(shape.image, shape.hidden, shape.latent)
        # Pseudo-intensity of a face without emotion, and of each label's usual one: what zero and one mean to the intensity model.
        self.register_buffer("rest", torch.zeros(()))
        self.register_buffer("usual", torch.ones(len(shape.labels)))

    def decode(self, emotion: Tensor, content: Tensor) -> Tensor:
        """D of both embeddings."""
        motion: Tensor = self.decoder(torch.cat([emotion, content], -1)).float()  # also where it learns in bfloat16
        return motion

    def label_codes(self) -> Tensor:
        """f^label of every label, ``[labels, latent]``. Neutral is the origin, so that any emotion of intensity zero is neutral."""
        felt = torch.tensor([label != NEUTRAL for label in self.shape.labels], device=self.codes.device)
        codes: Tensor = self.codes * felt[:, None]
        return codes

    def mixed(self, weights: Tensor) -> Tensor:
        """Label embeddings mixed by ``weights [..., labels]``: linear, ``[..., latent]``."""
        mix: Tensor = weights @ self.label_codes()
        return mix

    def intensity(self, affect: Tensor, words: Tensor, times: Tensor, spans: Tensor) -> Tensor:
        """Predicted intensity ``[B, T]`` of frames at ``times [T]`` s, of words ``[B, N, text]`` said at ``spans [B, N, 2]`` s."""
        if not self.shape.dynamic:
            return torch.ones(affect.shape[:2], device=affect.device)
        if not self.shape.words:
            words, spans = words[:, :0], spans[:, :0]
        told: Tensor = self.intensity_model(affect, words, apart(times, spans, NEAR))
        return told

    def feel(self, code: Tensor, intensity: Tensor) -> Tensor:
        """Equation 9 and E_fuse: ``code [..., T, latent]`` at the length ``intensity [..., T]``, in the emotion space."""
        fused: Tensor = self.fusion(rescaled(code, intensity))
        return fused


def rescaled(code: Tensor, intensity: Tensor) -> Tensor:
    """Equation 9: ``code [..., latent]`` with the norm ``intensity [...]``. A code of length zero has no direction and stays zero."""
    length = torch.linalg.vector_norm(code, dim=-1, keepdim=True)
    scaled: Tensor = code * (intensity[..., None] / length.clamp(min=1e-6))
    return scaled
