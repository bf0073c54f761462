"""Separable convolutions over time with residuals, after ConvNeXt (Liu et al. 2022)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TimeBlock(nn.Module):
    """``[batch, frames, width]`` to the same: what neighbours in time say to each channel, then what the channels say to each other."""

    def __init__(self, width: int, kernel: int, dilation: int = 1, widening: int = 2) -> None:
        super().__init__()
        self.time = nn.Conv1d(width, width, kernel, padding=kernel // 2 * dilation, dilation=dilation, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, widening * width)
        self.narrow = nn.Linear(widening * width, width)

    def forward(self, frames: Tensor) -> Tensor:
        mixed = self.norm(self.time(frames.transpose(1, 2)).transpose(1, 2))
        told: Tensor = frames + self.narrow(torch.relu(self.widen(mixed)))
        return told


class TimeStack(nn.Module):
    """``[batch, frames, inputs]`` to ``[batch, frames, width]`` through a block per dilation; :func:`reach` says how far it looks."""

    def __init__(self, inputs: int, width: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(TimeBlock(width, kernel, dilation) for dilation in dilations)
        self.norm = nn.LayerNorm(width)

    def forward(self, frames: Tensor) -> Tensor:
        told = self.enter(frames)
        for block in self.blocks:
            told = block(told)
        leaving: Tensor = self.norm(told)
        return leaving


def reach(kernel: int, dilations: Sequence[int]) -> int:
    """How many frames on either side of a frame a stack's output depends on."""
    return kernel // 2 * sum(dilations)
