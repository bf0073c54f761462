"""The bridge and the service that is in this tree, together."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from addon.bridge import ServiceError, find, start
from addon.bridge.places import alive
from backend.version import VERSION

ROOT = Path(__file__).parents[2]
MIEN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from backend.cli.main import run; run()"
HAPPY = {"guides": [{"kind": "label", "value": "happy", "weight": 0.8}], "seed": 3}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """One real service for the module."""
    pytest.importorskip("backend.service.server")
    folder = tmp_path_factory.mktemp("real") / "state"
    service = start([sys.executable, "-c", MIEN, "serve"], folder, timeout=60)
    pid = pid_of(folder)
    yield service, folder
    service.stop()
    until = time.monotonic() + 10
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    stopped = not alive(pid) and not (folder / "service.json").exists()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    assert stopped


def pid_of(folder: Path) -> int:
    import json

    return json.loads((folder / "service.json").read_text())["pid"]


def test_it_says_what_it_is(real):
    service, folder = real
    assert service.hello()["version"] == VERSION
    assert find(folder) is not None
    assert "rules" in [generator["name"] for generator in service.generators()]
    from backend.motion import RIGS

    rigs = {rig["name"]: [channel["name"] for channel in rig["channels"]] for rig in service.rigs()}
    assert rigs["arkit"] == list(RIGS["arkit"].names)
    assert "happy" in [emotion["name"] for emotion in service.emotions()]
    assert service.formats()


def test_a_line_becomes_a_take_and_the_take_a_motion(real):
    service, _ = real
    recording, script = service.upload(str(ROOT / "samples" / "line.flac")), (ROOT / "samples" / "line.txt").read_text()
    job = service.perform(recording, HAPPY, script=script, label="happy")
    states = list(service.watch(job.id))
    assert states[-1].error is None
    assert states[-1].state == "done"
    assert states[-1].share == 1.0
    take = service.take(states[-1].take)
    motion = service.motion(take["id"], rate="24")
    assert abs(motion.frames / 24 - take["seconds"]) < 0.1
    assert max(motion.column("mouthSmileLeft")) > 0.3
    from backend.take import Take

    exact = Take.from_bytes(service.take_bytes(take["id"])).motion
    sent = service.motion(take["id"], rate=take["rate"])
    assert sent.channels == exact.rig.names
    assert np.abs(np.frombuffer(sent.data, "<f4").reshape(exact.values.shape) - exact.values).max() < 1e-6
    edited = service.edit(recording, {**HAPPY, "intensity": {"times": [0.0], "values": [0.0]}}, script=script)
    assert edited.channels == motion.channels
    assert max(edited.column("mouthSmileLeft")) < max(motion.column("mouthSmileLeft"))
    assert service.keep(take["id"], label="the one", kept=True)["label"] == "the one"


def test_its_errors_are_for_the_artist(real, tmp_path):
    service, _ = real
    (tmp_path / "noise.wav").write_bytes(b"no sound")
    with pytest.raises(ServiceError) as caught:
        service.take("0" * 32)
    assert caught.value.code in ("not_found", "input")
    with pytest.raises(ServiceError) as caught:
        service.edit(service.upload(str(tmp_path / "noise.wav")), HAPPY)
    assert caught.value.code == "audio"


def test_a_character_is_matched_and_the_head_is_sent(real):
    service, _ = real
    found = service.match([{"name": "Face", "shapes": ["jawOpen", "eyeBlink_L"]}], ["Head"])
    assert found["channels"]["eyeBlinkLeft"][0]["shape"] == "eyeBlink_L"
    assert service.head()[:4] == b"glTF"
