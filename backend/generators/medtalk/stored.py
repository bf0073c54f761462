"""MEDTalk's weights as a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import MissingError
from backend.generators.medtalk.features import Sources

WEIGHTS = Path(__file__).parents[2] / "weights" / "medtalk.safetensors"


@dataclass(frozen=True, eq=False)
class Trained:
    """A network, what it was told by in training, and what is known of that training."""

    network: Any
    sources: Sources
    facts: Mapping[str, Any]

    @property
    def guided(self) -> bool:
        """Whether texts and pictures mean anything to it; weights for comparisons are often trained without."""
        return "guidance" in self.facts.get("stages", ("guidance",))


def save(path: Path, trained: Trained) -> None:
    """Write a network as ``.safetensors`` of half precision, with its shape, sources and facts in the header."""
    from safetensors.numpy import save as packed

    from backend.files import write_atomically

    tensors = {name: tensor.detach().cpu().numpy().astype(np.float16) for name, tensor in trained.network.state_dict().items()}
    described = {"shape": trained.network.shape.described(), "sources": trained.sources.described(), "facts": dict(trained.facts)}
    # One metadata entry only: safetensors keeps several in no fixed order.
    write_atomically(path, packed(tensors, {"medtalk": json.dumps(described, ensure_ascii=False)}))


def load(path: Path = WEIGHTS, device: str | None = None) -> Trained:
    """Read what :func:`save` wrote, onto ``device``, by default the GPU where there is one.

    Raises:
        MissingError: the file is not there, or is of another version of the house.
        DirectionError: torch has no such device here.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    from backend.encoders.device import chosen
    from backend.generators.medtalk.network import Network, Shape

    try:
        with safe_open(path, "numpy") as file:
            described = json.loads(file.metadata()["medtalk"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        network = Network(Shape.read(described["shape"]))
        network.load_state_dict({name: torch.from_numpy(np.asarray(tensor, np.float32)) for name, tensor in tensors.items()})
        sources, facts = Sources(**described["sources"]), described["facts"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise MissingError(f"MEDTalk's weights {path} cannot be read ({error}); install Mien again or train them.") from error
    return Trained(network.eval().to(chosen(device)), sources, facts)
