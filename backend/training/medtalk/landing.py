"""Where texts and pictures land: whether the face that a guide gives is nearest to the face of the emotion that it means.

A guide's face is what the decoder makes of its code at intensity 1 with the content of a mouth at rest; near is by mean absolute
difference over the controls that emotions move.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.generators.medtalk.features import Array, word_encoder
from backend.generators.medtalk.network import NEUTRAL, Network
from backend.generators.medtalk.stored import Trained
from backend.motion.metahuman import METAHUMAN
from backend.training.medtalk.guides import Encode, Text
from backend.training.metrics.sets import channel_set, columns

CLEAR = 0.6  # share of one emotion from which a text is about it alone


@dataclass(frozen=True, slots=True)
class Landing:
    """How many of ``count`` guides land nearest to the emotion that they mean (``first``), or among the nearest three; shares."""

    count: int
    first: float
    third: float

    def described(self) -> dict[str, float]:
        return {"count": self.count, "top-1": round(self.first, 3), "top-3": round(self.third, 3)}


def of_texts(trained: Trained, texts: Sequence[Text], words: Encode | None = None) -> Landing:
    """The landing of those texts that are about one emotion of the network's, by :data:`CLEAR`."""
    clear = [text for text in texts if max(text.shares) >= CLEAR]
    vectors = (words or word_encoder(trained.sources.text))([text.text for text in clear])
    order = nearest(trained.network, text_codes(trained.network, vectors))
    return landing(order, np.array([int(np.argmax(text.shares)) for text in clear], np.intp))


def of_pictures(trained: Trained, features: Array, labels: NDArray[np.intp]) -> Landing:
    """The landing of pictures' features ``[N, image]`` that mean the emotions of numbers ``labels [N]``."""
    with torch.inference_mode():
        codes = trained.network.image_projection(_tensor(trained.network, features))
    return landing(nearest(trained.network, codes), labels)


def text_codes(network: Network, vectors: Array) -> Tensor:
    """f^text ``[N, latent]`` of sentences' vectors ``[N, text]``."""
    with torch.inference_mode():
        codes: Tensor = network.text_projection(_tensor(network, vectors))
    return codes


def landing(order: NDArray[np.intp], wanted: NDArray[np.intp]) -> Landing:
    """Of labels' numbers from the nearest on ``[N, labels]``, and of the one wanted ``[N]``."""
    place = np.argmax(order == wanted[:, None], axis=1)
    return Landing(len(wanted), float(np.mean(place < 1)), float(np.mean(place < 3)))


def nearest(network: Network, codes: Tensor) -> NDArray[np.intp]:
    """The numbers of the network's labels from the nearest face on, ``[N, labels]``, for codes ``[N, latent]``."""
    felt = columns(METAHUMAN, channel_set(METAHUMAN, "emotion"))
    ones = np.ones(len(network.shape.labels), np.float32)
    calm = np.array([label != NEUTRAL for label in network.shape.labels], np.float32)
    own = faces(network, network.label_codes(), ones * calm)[:, felt]
    lengths = torch.linalg.vector_norm(codes, dim=-1).clamp(max=1).cpu().numpy()
    shown = faces(network, codes, lengths)[:, felt]
    apart = np.abs(shown[:, None] - own[None]).mean(axis=2)
    order: NDArray[np.intp] = np.argsort(apart, axis=1, kind="stable")
    return order


def faces(network: Network, codes: Tensor, intensity: Array) -> Array:
    """The 174 controls ``[N, 174]`` of codes at intensities ``[N]``, with a mouth at rest."""
    with torch.inference_mode():
        rest = network.content_encoder(torch.zeros(1, len(METAHUMAN), device=codes.device))
        felt = network.feel(codes, _tensor(network, intensity))
        shown: Array = network.decode(felt, rest.expand(len(codes), -1)).float().cpu().numpy()
    return shown


def _tensor(network: Network, values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(network.codes.device)
