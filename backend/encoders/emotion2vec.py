"""emotion2vec (Ma et al. 2023): features and nine emotions, 50 frames per second, read from its released checkpoints.

``transformers`` has no class for it. The architecture is data2vec 2.0's audio model (Baevski et al. 2022), written down
here from the papers and from the names and shapes of the weights: seven convolutions, a positional convolution, extra tokens
ahead of the frames, four transformer blocks of the modality and eight shared ones, attention biased by distance (ALiBi)
with a learned scale for each head. Sizes are read off the weights.

The checkpoint is a folder with ``model.safetensors``, or one ``.pt`` that ``torch.load(weights_only=True)`` accepts; nothing in it
is run. A ``.pt`` that holds more than tensors is refused, and ``docs/encoders.md`` says how to convert it with ``funasr``.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.encoders.affect import AffectFrames
from backend.encoders.audio import FrameEncoder
from backend.encoders.card import Card
from backend.encoders.device import torch_dtype
from backend.encoders.pretrained import refused
from backend.encoders.windows import Stem
from backend.errors import InputError

if TYPE_CHECKING:
    import torch

AUDIO = "modality_encoders.AUDIO."
NESTS = ("state_dict", "model_state_dict", "model")  # where training tools put the weights among other things
PREFIXES = ("module.", "d2v_model.")
STRIDES = (5, 2, 2, 2, 2, 2, 2)  # of the stem; not to be seen in the weights
EPSILON = 1e-5  # of every normalisation, the waveform's included
LABELS = ("angry", "disgusted", "fearful", "happy", "neutral", "other", "sad", "surprised", "unknown")

Weights = dict[str, "torch.Tensor"]


def load(card: Card, folder: Path, device: str, dtype: str) -> AffectFrames:
    """The encoder in a folder.

    Raises:
        InputError: the folder holds no emotion2vec, a damaged one, or more than weights.
    """
    import torch

    with refused(card, folder):
        weights = {name: value.to(device, torch_dtype(dtype)) for name, value in read_weights(card, folder).items()}
        model = Data2Vec(weights)
        frames = FrameEncoder(
            replace(card, width=model.width),
            Stem.of(model.kernels, STRIDES),
            model.forward,
            torch.empty(0).to(weights[f"{AUDIO}extra_tokens"]),
            EPSILON,
        )
        frames.encode(torch.zeros(1600).numpy())  # shapes that do not fit are found here, not in the artist's first line
    labels = _labels(folder, len(weights["proj.weight"])) if "proj.weight" in weights else ()
    return AffectFrames(frames, tuple(label for label in labels if label), _head(weights, labels, folder))


def read_weights(card: Card, folder: Path) -> Weights:
    """The weights of a folder under the names of a bare data2vec model, without its decoder."""
    import torch
    from safetensors.torch import load_file

    safe, plain = sorted(folder.glob("*.safetensors")), sorted(folder.glob("*.pt"))
    if len(safe or plain) != 1:
        raise InputError(f"{folder} holds {len(safe or plain)} files of weights of '{card.name}': leave one of them.")
    state: Any = load_file(safe[0]) if safe else torch.load(plain[0], map_location="cpu", weights_only=True)
    for nest in NESTS:
        state = state[nest] if isinstance(state.get(nest), dict) else state
    named = {_bare(name): value for name, value in state.items() if isinstance(value, torch.Tensor)}
    kept = {name: value for name, value in named.items() if "decoder" not in name and not name.startswith("_ema")}
    if f"{AUDIO}extra_tokens" not in kept or "norm.weight" in kept:
        raise InputError(f"{(safe or plain)[0]} is no emotion2vec: give the folder of {card.source}, or of one of its sizes.")
    return kept


class Data2Vec:
    """``forward``: samples ``[1, samples]`` → features ``[frames, width]``."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.kernels = tuple(weights[f"{AUDIO}local_encoder.conv_layers.{i}.0.weight"].shape[2] for i in range(len(STRIDES)))
        self.width = weights[f"{AUDIO}extra_tokens"].shape[-1]
        self.extra = weights[f"{AUDIO}extra_tokens"].shape[1]
        scale = weights[f"{AUDIO}alibi_scale"]
        self.scale = scale[None] if scale.dim() == 4 else scale  # [layers or 1, 1, heads or 1, 1, 1]
        self.heads = self.scale.shape[2] if self.scale.shape[2] > 1 else self.width // 64
        self.prenet, self.shared = _count(weights, f"{AUDIO}context_encoder.blocks."), _count(weights, "blocks.")
        self.positions = _count(weights, f"{AUDIO}relative_positional_encoder.", first=1)

    def forward(self, samples: "torch.Tensor") -> "torch.Tensor":
        import torch

        x = self._placed(self._local(samples))
        bias = torch.nn.functional.pad(_alibi(x.shape[1], self.heads).to(x.device), (self.extra, 0, self.extra, 0))
        x = torch.cat((self.weights[f"{AUDIO}extra_tokens"], x), dim=1)
        x = self._norm(f"{AUDIO}context_encoder.norm", x)
        names = [f"{AUDIO}context_encoder.blocks.{i}" for i in range(self.prenet)] + [f"blocks.{i}" for i in range(self.shared)]
        for layer, name in enumerate(names):
            scale = self.scale[layer if len(self.scale) > 1 else 0].clamp_min(0)
            x = self._block(name, x, bias * scale)
        return x[0, self.extra :]

    def _local(self, samples: "torch.Tensor") -> "torch.Tensor":
        """``[1, frames, width]`` of the stem."""
        from torch.nn.functional import conv1d, gelu

        x = samples[:, None]
        for i, stride in enumerate(STRIDES):
            name = f"{AUDIO}local_encoder.conv_layers.{i}"
            x = conv1d(x, self.weights[f"{name}.0.weight"], stride=stride)
            x = gelu(self._norm(f"{name}.2.1", x.transpose(1, 2)).transpose(1, 2))
        return self._linear(f"{AUDIO}project_features.2", self._norm(f"{AUDIO}project_features.1", x.transpose(1, 2)))

    def _placed(self, x: "torch.Tensor") -> "torch.Tensor":
        """Each frame and what the positional convolutions make of its surroundings."""
        from torch.nn.functional import conv1d, gelu, layer_norm

        near = x.transpose(1, 2)
        for i in range(1, self.positions + 1):
            kernel, bias = (self.weights[f"{AUDIO}relative_positional_encoder.{i}.0.{part}"] for part in ("weight", "bias"))
            size = kernel.shape[2]
            near = conv1d(near, kernel, bias, padding=size // 2, groups=self.width // kernel.shape[1])
            near = near[..., :-1] if size % 2 == 0 else near
            near = gelu(layer_norm(near.transpose(1, 2), (self.width,), eps=EPSILON).transpose(1, 2))
        return x + near.transpose(1, 2)

    def _block(self, name: str, x: "torch.Tensor", bias: "torch.Tensor") -> "torch.Tensor":
        """A transformer block that normalises after each half."""
        from torch.nn.functional import gelu, scaled_dot_product_attention

        q, k, v = self._linear(f"{name}.attn.qkv", x).view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(q, k, v, bias.to(x)).transpose(1, 2).flatten(2)
        x = self._norm(f"{name}.norm1", x + self._linear(f"{name}.attn.proj", seen))
        return self._norm(f"{name}.norm2", x + self._linear(f"{name}.mlp.fc2", gelu(self._linear(f"{name}.mlp.fc1", x))))

    def _linear(self, name: str, x: "torch.Tensor") -> "torch.Tensor":
        from torch.nn.functional import linear

        return linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, name: str, x: "torch.Tensor") -> "torch.Tensor":
        from torch.nn.functional import layer_norm

        return layer_norm(x, x.shape[-1:], self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], EPSILON)


def slopes(heads: int) -> list[float]:
    """How steeply each head's attention falls with distance (Press et al. 2021, "Train short, test long", and its code)."""
    power = 2 ** math.floor(math.log2(heads))
    own = [2 ** (-8 * (i + 1) / power) for i in range(power)]
    return own if power == heads else own + slopes(2 * power)[::2][: heads - power]


def _alibi(frames: int, heads: int) -> "torch.Tensor":
    import torch

    place = torch.arange(frames)
    apart = (place[None] - place[:, None]).abs()
    return -torch.tensor(slopes(heads))[None, :, None, None] * apart


def _head(weights: Weights, labels: tuple[str, ...], folder: Path) -> Any:
    import torch

    def emotions(mean: torch.Tensor) -> torch.Tensor:
        if not labels:
            raise InputError(f"the emotion2vec in {folder} gives features only: for emotions give the folder of an emotion2vec_plus.")
        read = torch.nn.functional.linear(mean, weights["proj.weight"], weights["proj.bias"])
        used = [i for i, label in enumerate(labels) if label]
        return read[:, used].softmax(-1)

    return emotions


def _labels(folder: Path, count: int) -> tuple[str, ...]:
    """The names of the outputs; empty for one that its authors left unused."""
    try:
        lines = (folder / "tokens.txt").read_text("utf-8").split()
    except (OSError, UnicodeDecodeError):
        lines = list(LABELS)
    if len(lines) != count:
        raise InputError(f"{folder} names {len(lines)} emotions in tokens.txt and has weights for {count}: download it again.")
    return tuple("" if line.startswith("unuse") else "unknown" if line == "<unk>" else line.split("/")[-1] for line in lines)


def _bare(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _count(weights: Weights, prefix: str, first: int = 0) -> int:
    found = {name.removeprefix(prefix).split(".")[0] for name in weights if name.startswith(prefix)}
    count = first
    while str(count) in found:
        count += 1
    return count - first
