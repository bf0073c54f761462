"""The reader: one hidden layer and an embedding, on the channels that emotions move and phones hardly do."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.files import write_atomically
from backend.motion import RIGS, Motion
from backend.training.metrics import channel_set

LABELS = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise", "contempt")
FELT = channel_set(RIGS["arkit"], "intensity")
WIDTHS = (48, 16)  # of the hidden layer and of the embedding

Floats = NDArray[np.float64]
LAYERS = ("in", "mid", "out")


@dataclass(frozen=True, eq=False)
class Reader:
    """``weights`` and ``biases`` of three layers by name; ``centre`` and ``scale [channels]`` of what it learnt from.

    It sees :data:`FELT` alone, brows, lids but for blinks, cheeks, nose and the corners of the mouth, so that speech does not look like
    surprise, and the mean face of a clip, so that one smile in a sad line does not make it happy.
    """

    labels: tuple[str, ...]
    tensors: dict[str, NDArray[np.float32]]
    facts: dict[str, Any] = field(default_factory=dict)

    def embed(self, faces: Floats) -> Floats:
        """Embeddings ``[N, 16]`` of faces ``[N, channels]``, weights of :data:`FELT`."""
        seen = (np.asarray(faces, np.float64) - self.tensors["centre"]) / self.tensors["scale"]
        for layer in LAYERS[:2]:
            seen = np.maximum(seen @ self.tensors[f"{layer}.weight"].T + self.tensors[f"{layer}.bias"], 0.0)
        return np.asarray(seen, np.float64)

    def shares(self, faces: Floats) -> Floats:
        """How likely each label is, ``[N, labels]``."""
        logits = self.embed(faces) @ self.tensors["out.weight"].T + self.tensors["out.bias"]
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)

    def embedding(self, motion: Motion) -> Floats:
        """The embedding ``[16]`` of a performance on ``arkit``."""
        return np.asarray(self.embed(face_of(motion)[None])[0], np.float64)

    def read(self, motion: Motion) -> str:
        """The label that a performance on ``arkit`` looks like."""
        return self.labels[int(self.shares(face_of(motion)[None])[0].argmax())]


def face_of(motion: Motion) -> Floats:
    """The mean face ``[channels]`` of a motion on ``arkit`` over its stronger half, by all that the reader sees."""
    faces = motion.pick(FELT).astype(np.float64)
    return stronger_half(faces)


def stronger_half(faces: Floats) -> Floats:
    """Mean of those frames ``[T, channels]`` that are no weaker than the median: expressions come and go."""
    strength = np.abs(faces).sum(axis=1)
    return np.asarray(faces[strength >= np.median(strength)].mean(axis=0), np.float64)


def save(path: Path, reader: Reader) -> None:
    """Write the reader as ``.safetensors``."""
    from safetensors.numpy import save as packed

    about = {"labels": reader.labels, "channels": FELT, "facts": reader.facts}
    write_atomically(path, packed({name: np.ascontiguousarray(t) for name, t in reader.tensors.items()}, {"reader": json.dumps(about)}))


def load(path: Path) -> Reader:
    """Read what :func:`save` wrote.

    Raises:
        InputError: the file is no reader, or one of other channels.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            about = json.loads(file.metadata()["reader"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        labels, channels, facts = tuple(about["labels"]), tuple(about["channels"]), about["facts"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no expression reader ({error}); `mien train reader` makes one.") from error
    if channels != FELT or {*tensors} != {"centre", "scale", *(f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias"))}:
        raise InputError(f"{path} is a reader of other channels than this version's: make it again with `mien train reader`.")
    return Reader(labels, tensors, facts)
