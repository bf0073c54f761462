"""A service that the tests of this folder share, and recordings for it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.service.started import LINE, Service, stop_all


@pytest.fixture(scope="package", autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    stop_all()


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("state of the service"))
    yield found
    found.stop()


@pytest.fixture(scope="package")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first second and a half of the sample line."""
    sound, rate = soundfile.read(LINE, dtype="float32")
    path = tmp_path_factory.mktemp("sound") / "short line.wav"
    soundfile.write(path, sound[: rate * 3 // 2], rate)
    return path


@pytest.fixture(scope="package")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of speech: hearing it takes seconds."""
    sound, rate = soundfile.read(LINE, dtype="float32")
    path = tmp_path_factory.mktemp("sound") / "long.wav"
    soundfile.write(path, np.tile(sound, 12), rate)
    return path


@pytest.fixture(scope="package")
def recording(service: Service, short: Path) -> str:
    return service.upload(short)
