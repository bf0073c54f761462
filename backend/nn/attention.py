"""Cross-attention from frames to things that have a time, such as words."""

import torch
from torch import Tensor, nn


def apart(times: Tensor, spans: Tensor, within: float) -> Tensor:
    """Seconds from each of ``times [T]`` to each of ``spans [..., N, 2]`` (start, end): ``[..., T, N]``.

    Zero inside a span; infinite beyond ``within`` seconds, and for a span that ends before it starts.
    """
    start, end = spans[..., None, :, 0], spans[..., None, :, 1]
    gap = torch.maximum(start - times[:, None], times[:, None] - end).clamp(min=0)
    return gap.masked_fill((gap > within) | (end < start), torch.inf)


class AlignedAttention(nn.Module):
    """Queries are frames, keys and values are things said, each where it is said.

    Scaled dot-product attention (Vaswani et al. 2017) of which every head loses interest in what is far in time by a slope of
    its own, as in ALiBi (Press et al. 2022). Only differences of time enter, so that a window of a recording gives what the
    whole gives. One more key stands for "nothing is said", and is all there is where no word is near.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.key, self.value, self.leave = (nn.Linear(width, width) for _ in range(4))
        self.nothing = nn.Parameter(torch.zeros(width))
        self.slope = nn.Parameter(torch.linspace(-2.0, 2.0, heads))  # logarithms, per second

    def forward(self, frames: Tensor, said: Tensor, gaps: Tensor) -> Tensor:
        """``frames [B, T, W]``, ``said [B, N, W]``, ``gaps [B, T, N]`` as :func:`apart` gives them; ``[B, T, W]``."""
        batch, count, width = frames.shape
        said = torch.cat([self.nothing.expand(batch, 1, width), said], 1)
        gaps = nn.functional.pad(gaps, (1, 0))
        far = gaps.isinf()
        asked, keys, values = (
            layer(rows).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer, rows in ((self.ask, frames), (self.key, said), (self.value, said))
        )
        bias = self.slope.exp()[:, None, None] * gaps.masked_fill(far, 0.0)[:, None]
        logits = asked @ keys.transpose(-1, -2) / asked.shape[-1] ** 0.5 - bias
        shares = logits.masked_fill(far[:, None], -torch.inf).softmax(-1)
        mixed: Tensor = self.leave((shares @ values).transpose(1, 2).reshape(batch, count, width))
        return mixed
