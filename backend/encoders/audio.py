"""wav2vec 2.0, HuBERT and WavLM: sound to features, 50 frames per second, in windows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Card, Frames, Samples
from backend.encoders.device import mend_torchvision
from backend.encoders.pretrained import config_of, from_folder
from backend.encoders.windows import LENGTH, OVERLAP, Stem, checked, joined, levelled, spans

if TYPE_CHECKING:
    import torch

KINDS = {"hubert": "HubertModel", "wavlm": "WavLMModel"}
EPSILON = 1e-7  # added to the variance of the waveform, as wav2vec 2.0's own front end does


class FrameEncoder:
    """An encoder of sound with a convolutional stem.

    ``forward`` takes samples ``[1, samples]`` and gives ``[frames, width]``. ``epsilon`` levels the recording first;
    None leaves it as it is. ``first`` is the stem's first layer where that normalises each channel over the whole of
    what it hears (the base models): its mean and variance are then measured over the whole recording beforehand, so
    that the stem gives each frame what it would give it in one piece.
    """

    def __init__(
        self, card: Card, stem: Stem, forward: Callable[["torch.Tensor"], "torch.Tensor"], like: "torch.Tensor",
        epsilon: float | None = EPSILON, first: Any = None, length: int = LENGTH, overlap: int = OVERLAP,
    ) -> None:  # fmt: skip
        self.card = replace(card, frame_rate=Fraction(card.rate, stem.hop))
        self.stem, self.epsilon, self.length, self.overlap = stem, epsilon, length, overlap
        self._forward, self._like, self._first, self._lock = forward, like, first, Lock()

    def encode(self, samples: Samples) -> Frames:
        """Features of the whole recording ``[frames, width]``; raises AudioError for samples that cannot be heard."""
        return Frames(np.concatenate(list(self.stream(samples))), self.card.frame_rate, self.start)

    @property
    def start(self) -> float:
        """The time of the first frame: the middle of its samples, in seconds."""
        return (self.stem.field - 1) / 2 / self.card.rate

    def stream(self, samples: Samples) -> Iterator[NDArray[np.float32]]:
        """The same frames in pieces, so that memory does not grow with the recording."""
        heard = checked(samples)
        heard = heard if self.epsilon is None else levelled(heard, self.epsilon)
        windows = list(spans(self.stem.frames(len(heard)), self.length, self.overlap))
        even = self._measured(heard) if self._first is not None and len(windows) > 1 else None
        return joined((self._window(self.stem.cut(heard, *window), even) for window in windows), self.overlap)

    def _window(self, samples: Samples, even: Any) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode(), self._evened(even):
            values: NDArray[np.float32] = self._forward(self._tensor(samples)).float().cpu().numpy()
        return values

    def _tensor(self, samples: Samples) -> "torch.Tensor":
        import torch

        return torch.from_numpy(samples.copy())[None].to(self._like)

    @contextmanager
    def _evened(self, even: Any) -> Iterator[None]:
        if even is None:
            yield
            return
        with self._lock:
            own = self._first.layer_norm
            self._first.layer_norm = even
            try:
                yield
            finally:
                self._first.layer_norm = own

    def _measured(self, samples: Samples, block: int = 1 << 13) -> Any:
        """A layer that normalises by the mean and variance of the first convolution over the whole recording."""
        import torch

        convolution = self._first.conv
        kernel, stride = convolution.kernel_size[0], convolution.stride[0]
        count = (len(samples) - kernel) // stride + 1
        total = squares = torch.zeros(convolution.out_channels, dtype=torch.float64)
        with torch.inference_mode():
            for start in range(0, count, block):
                stop = min(count, start + block)
                made = convolution(self._tensor(samples[start * stride : (stop - 1) * stride + kernel])[None])[0].double().cpu()
                total, squares = total + made.sum(1), squares + (made**2).sum(1)
        mean = total / count
        return _even(self._first.layer_norm, mean, squares / count - mean**2).to(self._like)


def _even(norm: Any, mean: "torch.Tensor", variance: "torch.Tensor") -> Any:
    """A batch normalisation that evaluates: mean and variance are given, not measured."""
    import torch

    layer = torch.nn.BatchNorm1d(len(mean), norm.eps)
    with torch.no_grad():
        layer.running_mean, layer.running_var = mean.float(), variance.float()
        layer.weight, layer.bias = norm.weight, norm.bias
    return layer.eval()


def stem_of(config: Any) -> Stem:
    return Stem.of(config.conv_kernel, config.conv_stride)


def first_layer(backbone: Any) -> Any:
    """The stem's first layer, where it is one that normalises over time."""
    return backbone.feature_extractor.conv_layers[0] if backbone.config.feat_extract_norm == "group" else None


def levelling(card: Card, folder: Path) -> float | None:
    """What the folder's own front end does to a recording."""
    levels = config_of(card, folder, "preprocessor_config.json").get("do_normalize", True)
    return EPSILON if levels else None


def load(card: Card, folder: Path, device: str, dtype: str) -> FrameEncoder:
    """wav2vec 2.0, HuBERT or WavLM; the features are the last hidden state."""
    mend_torchvision()
    import transformers

    epsilon = levelling(card, folder)
    model = from_folder(getattr(transformers, KINDS.get(card.name, "Wav2Vec2Model")), card, folder, device, dtype)

    def forward(samples: "torch.Tensor") -> "torch.Tensor":
        hidden: torch.Tensor = model(samples).last_hidden_state[0]
        return hidden

    card = replace(card, width=model.config.hidden_size)
    return FrameEncoder(card, stem_of(model.config), forward, next(model.parameters()), epsilon, first_layer(model))
