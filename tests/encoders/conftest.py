"""Encoders are tested without a network, on one thread, from folders that the tests make themselves."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Make = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny layers cost more to share out than to compute."""
    import torch

    from backend.encoders.device import mend_torchvision

    mend_torchvision()  # tests look at transformers before Mien does
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", autouse=True)
def no_network(one_thread: None) -> Iterator[list[str]]:
    """No attempt to speak to another machine succeeds; each is noted, since a library may swallow the refusal."""
    attempts: list[str] = []

    def refuse(*whom: Any, **_: Any) -> Any:
        attempts.append(str(whom))
        raise AssertionError("an encoder reached for the network")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, refuse)
        for name in ("getaddrinfo", "gethostbyname", "create_connection"):
            patch.setattr(socket, name, refuse)
        yield attempts


@pytest.fixture(autouse=True)
def offline(no_network: list[str]) -> Iterator[list[str]]:
    """A test that reached for the network fails."""
    yield no_network
    reached = no_network.copy()
    no_network.clear()
    assert not reached


@pytest.fixture(scope="session", autouse=True)
def no_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Models of whoever runs the tests are not seen."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIEN_MODELS", str(folder / "models"))
        patch.setenv("HF_HOME", str(folder / "hub"))
        patch.delenv("HF_HUB_CACHE", raising=False)
        yield folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """The folder of a tiny model: the name of a function of ``tiny`` and what it takes. Each is made once."""
    folders: dict[str, Path] = {}

    def make(name: str, **settings: Any) -> Path:
        from tests.encoders import tiny

        key = f"{name} {sorted(settings.items())}"
        if key not in folders:
            folders[key] = tmp_path_factory.mktemp("model")
            getattr(tiny, f"save_{name}")(folders[key], **settings)
        return folders[key]

    return make


@pytest.fixture(scope="session")
def noise() -> NDArray[np.float32]:
    """Three seconds."""
    return (np.random.default_rng(1).standard_normal(48_000) * 0.1).astype(np.float32)
