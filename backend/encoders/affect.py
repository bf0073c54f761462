"""wav2vec 2.0 models trained to hear emotion: four categories (SUPERB), or arousal, dominance and valence (audEERING)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.encoders.audio import FrameEncoder, first_layer, levelling, stem_of
from backend.encoders.card import Card, Frames, Samples
from backend.encoders.device import mend_torchvision
from backend.encoders.pretrained import from_folder

if TYPE_CHECKING:
    import torch

Head = Callable[["torch.Tensor"], "torch.Tensor"]


class AffectFrames:
    """A :class:`FrameEncoder` whose features a head reads as ``labels``: ``head`` takes mean features ``[n, width]``."""

    def __init__(self, frames: FrameEncoder, labels: tuple[str, ...], head: Head) -> None:
        self.frames, self.labels, self.card = frames, labels, frames.card
        self._head = head

    def encode(self, samples: Samples) -> Frames:
        return self.frames.encode(samples)

    def affect(self, samples: Samples, span: float | None = 2.0) -> Frames:
        """``[frames, labels]``: the head's reading of the mean over ``span`` seconds around each frame; None, of everything.

        These heads are trained on the mean over an utterance of some seconds: a short span follows changes and errs more.
        """
        import torch

        heard = self.encode(samples)
        mean = torch.from_numpy(moving_mean(heard.values, None if span is None else round(span * float(heard.rate))))
        like = self.frames._like
        with torch.inference_mode():
            read = [self._head(part.to(like)).float().cpu() for part in torch.split(mean, 4096)]
        return Frames(torch.cat(read).numpy(), heard.rate, heard.start)


def moving_mean(values: NDArray[np.float32], span: int | None) -> NDArray[np.float32]:
    """The mean over ``span`` frames around each frame, over fewer at the ends, over all where None."""
    count = len(values)
    if span is None:
        return np.repeat(values.mean(axis=0, dtype=np.float64).astype(np.float32)[None], count, axis=0)
    total = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)))
    low = np.maximum(np.arange(count) - span // 2, 0)
    high = np.minimum(np.arange(count) + span // 2 + 1, count)
    mean: NDArray[np.float32] = ((total[high] - total[low]) / (high - low)[:, None]).astype(np.float32)
    return mean


def load(card: Card, folder: Path, device: str, dtype: str) -> AffectFrames:
    mend_torchvision()
    from transformers import Wav2Vec2ForSequenceClassification

    epsilon = levelling(card, folder)
    dimensional = card.name == "wav2vec2-dimensional"
    model = from_folder(_dimensional() if dimensional else Wav2Vec2ForSequenceClassification, card, folder, device, dtype)
    config = model.config

    def forward(samples: "torch.Tensor") -> "torch.Tensor":
        weighted = not dimensional and config.use_weighted_layer_sum
        outputs = model.wav2vec2(samples, output_hidden_states=weighted)
        return _weighted(outputs.hidden_states, model.layer_weights) if weighted else outputs.last_hidden_state[0]

    # The projector is linear, so that projecting the mean is the mean of the projected.
    def categories(mean: "torch.Tensor") -> "torch.Tensor":
        read: torch.Tensor = model.classifier(model.projector(mean)).softmax(-1)
        return read

    labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
    frames = FrameEncoder(
        replace(card, width=config.hidden_size), stem_of(config), forward, next(model.parameters()), epsilon, first_layer(model.wav2vec2)
    )
    return AffectFrames(frames, labels, model.classifier if dimensional else categories)


def _weighted(layers: Any, weights: "torch.Tensor") -> "torch.Tensor":
    import torch

    mixed: torch.Tensor = torch.einsum("l,ltw->tw", weights.softmax(-1), torch.cat(tuple(layers)))
    return mixed


def _dimensional() -> Any:
    """The model of audEERING as its authors published it: the backbone, the mean, and two layers with tanh between them.

    ``transformers`` has no class for it; its names of the weights are these attributes' (Wagner et al. 2023,
    "Dawn of the transformer era in speech emotion recognition").
    """
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2Model
    from transformers import Wav2Vec2PreTrainedModel as Base

    base: Any = Base

    class Head(torch.nn.Module):
        def __init__(self, config: Any) -> None:
            super().__init__()
            self.dense = torch.nn.Linear(config.hidden_size, config.hidden_size)
            self.out_proj = torch.nn.Linear(config.hidden_size, config.num_labels)

        def forward(self, mean: torch.Tensor) -> torch.Tensor:
            read: torch.Tensor = self.out_proj(torch.tanh(self.dense(mean)))
            return read

    class Dimensional(base):  # type: ignore[misc]
        config_class = Wav2Vec2Config

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.wav2vec2 = Wav2Vec2Model(config)
            self.classifier = Head(config)
            self.post_init()

    return Dimensional
