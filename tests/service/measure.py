"""How fast the service is: ``python -m tests.service.measure``. Figures are in ``docs/service.md``."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.service.started import LINE, Service

TIMES = 20


def median(call: Callable[[int], Any]) -> float:
    """Milliseconds of a call, the median of :data:`TIMES`."""
    taken = []
    for number in range(TIMES):
        start = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ten = Path(folder) / "ten seconds.wav"
        sound, rate = soundfile.read(LINE, dtype="float32")
        soundfile.write(ten, np.concatenate([sound, 0.9 * sound]), rate)
        start = time.perf_counter()
        service = Service(Path(folder) / "state")
        say(f"start to answer: {time.perf_counter() - start:.2f} s")
        service.ready()
        say(f"start to models loaded: {time.perf_counter() - start:.2f} s")
        for path in (LINE, ten):
            measure(service, path)
        service.stop()


def measure(service: Service, path: Path) -> None:
    """One recording: heard for the first time, performed again, edited."""
    recording = service.upload(path)

    def perform(number: int, script: str | None = None) -> None:
        job = service.perform(recording, direction={"seed": number}, script=script)
        list(service.events(job))

    start = time.perf_counter()
    perform(0)
    say(f"{path.name}: first performance {time.perf_counter() - start:.2f} s")
    say(f"{path.name}: job of a recording that is kept, with its events {median(perform):.0f} ms")
    for rig, rate in (("arkit", "24"), ("arkit", "60"), ("metahuman", "30")):
        asked = {"recording": recording, "rig": rig, "rate": rate}

        def edit(number: int, asked: dict[str, str] = asked) -> None:
            service.client.post("/edit", json=asked | {"direction": {"seed": number}}).raise_for_status()

        say(f"{path.name}: edit to {rig} at {rate} fps {median(edit):.1f} ms")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
