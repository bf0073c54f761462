"""The phone network: separable convolutions over time, from log mel energies to phones.

A residual stack in the manner of QuartzNet (Kriman et al. 2020) and ConvNeXt (Liu et al. 2022), at 50
steps a second, each of which tells two frames of 10 ms.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from backend.speech.hearing.spectrum import BANDS
from backend.speech.inventory import PHONES


@dataclass(frozen=True)
class Shape:
    """How large the network is. ``dilations`` has one entry for each block."""

    width: int = 192
    hidden: int = 576
    kernel: int = 9
    dilations: tuple[int, ...] = (1, 2, 3, 4) * 3
    dropout: float = 0.0

    @property
    def reach(self) -> int:
        """How many frames of 10 ms on either side of a frame its phones depend on."""
        return 2 * sum(self.kernel // 2 * dilation for dilation in self.dilations) + 4

    def described(self) -> dict[str, object]:
        """As plain values, for a file's header."""
        return asdict(self)


class PhoneNetwork(nn.Module):
    """``[batch, frames, BANDS]`` whitened energies in, ``[batch, frames, len(PHONES)]`` logits out; frames must be even."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.stem = nn.Conv1d(BANDS, shape.width, 6, stride=2, padding=2)
        self.blocks = nn.ModuleList(Block(shape, dilation) for dilation in shape.dilations)
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, 2 * len(PHONES))

    def forward(self, energies: Tensor) -> Tensor:
        steps = self.stem(energies.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            steps = block(steps)
        both: Tensor = self.head(self.norm(steps))
        return both.reshape(len(energies), -1, len(PHONES))


class Block(nn.Module):
    """What its neighbours in time say to each channel, then what the channels say to each other."""

    def __init__(self, shape: Shape, dilation: int) -> None:
        super().__init__()
        around = shape.kernel // 2 * dilation
        self.time = nn.Conv1d(shape.width, shape.width, shape.kernel, padding=around, dilation=dilation, groups=shape.width)
        self.norm = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, shape.hidden)
        self.narrow = nn.Linear(shape.hidden, shape.width)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, steps: Tensor) -> Tensor:
        mixed = self.norm(self.time(steps.transpose(1, 2)).transpose(1, 2))
        told: Tensor = steps + self.drop(self.narrow(torch.relu(self.widen(mixed))))
        return told
