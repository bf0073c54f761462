"""The probability of every phone in every frame of a recording, however long it is."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import MissingError
from backend.speech.inventory import PHONES
from backend.threads import one_thread

WEIGHTS = Path(__file__).parents[2] / "weights" / "ear.safetensors"
WINDOW = 6000  # frames that are told at once: memory stays flat
PIECE = 3000  # frames whose spectrum is taken at once

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ear:
    """A trained network and how often it met each phone, ``prior [len(PHONES)]``, in training.

    ``half`` is whether it computes in bfloat16, three times as fast where the processor knows it.
    """

    network: Any
    prior: Array
    half: bool = False


def posteriors(samples: Array, ear: Ear | None = None) -> Array:
    """Log probabilities ``[frames, len(PHONES)]`` of ``samples`` at 16 kHz; frame i is what sounds at i / 100 s.

    Windows overlap by as much as a frame depends on its neighbours, so that there is no seam.
    """
    import torch

    from backend.speech.hearing.spectrum import NEAR, loudness, whitened

    ear = ear or shipped()
    device = next(ear.network.parameters()).device
    with torch.inference_mode(), one_thread():
        mel = _energies(samples).to(device)
        loud = loudness(mel)
        around = ear.network.shape.reach + NEAR
        told = []
        for first in range(0, len(mel), WINDOW):
            begin, last = max(first - around - around % 2, 0), min(first + WINDOW, len(mel))
            seen = whitened(mel[begin : last + around], loud)
            seen = torch.nn.functional.pad(seen, (0, 0, 0, len(seen) % 2))
            with torch.autocast(device.type, torch.bfloat16, enabled=ear.half):
                logits = ear.network(seen[None])[0]
            told.append(logits[first - begin : last - begin].float().log_softmax(-1).cpu().numpy())
    return np.concatenate(told)


def _energies(samples: Array) -> Any:
    import torch

    from backend.speech.hearing.spectrum import HOP, energies
    from backend.speech.hearing.spectrum import WINDOW as FRAME

    samples = np.pad(samples, (0, -len(samples) % HOP))  # as many frames as prosody has: the last one is at the end, or just after it
    margin = -(-FRAME // HOP)
    pieces = []
    for first in range(0, len(samples) // HOP + 1, PIECE):
        begin, last = max(first - margin, 0), first + PIECE
        mel = energies(torch.from_numpy(np.ascontiguousarray(samples[begin * HOP : (last + margin) * HOP])))
        pieces.append(mel[first - begin : last - begin])
    return torch.cat(pieces)


def save(path: Path, network: Any, prior: Array, facts: dict[str, str]) -> None:
    """Write a network as ``.safetensors`` of half precision, with its shape, its phones and ``facts`` in the header."""
    from safetensors.numpy import save as packed

    from backend.files import write_atomically

    tensors = {name: tensor.detach().cpu().numpy().astype(np.float16) for name, tensor in network.state_dict().items()}
    header = json.dumps({"shape": network.shape.described(), "phones": PHONES, **facts}, ensure_ascii=False)
    # One metadata entry only: safetensors keeps several in no fixed order.
    write_atomically(path, packed({**tensors, "prior": prior.astype(np.float32)}, {"ear": header}))


def load(path: Path) -> Ear:
    """Read what :func:`save` wrote, onto the GPU where there is one.

    Raises:
        MissingError: the file is not there, or is of another version of the house.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    from backend.speech.hearing.network import PhoneNetwork, Shape

    try:
        with safe_open(path, "numpy") as file:
            header = json.loads(file.metadata()["ear"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise MissingError(f"the ear's weights {path} cannot be read ({error}); install Mien again.") from error
    if header["phones"] != list(PHONES):
        raise MissingError(f"the ear's weights {path} were made for other phones; install Mien again.")
    prior = tensors.pop("prior")
    network = PhoneNetwork(Shape(**{**header["shape"], "dilations": tuple(header["shape"]["dilations"])}))
    network.load_state_dict({name: torch.from_numpy(tensor.astype(np.float32)) for name, tensor in tensors.items()})
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Ear(network.eval().to(device), prior, device == "cuda" or _computes_in_half())


def _computes_in_half() -> bool:
    """Whether the processor multiplies bfloat16 by itself; older versions of torch cannot tell, and take full precision."""
    import torch

    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


@cache
def shipped() -> Ear:
    """The ear that comes with Mien."""
    return load(WEIGHTS)
