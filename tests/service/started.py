"""A real service in a process of its own, for tests."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
LINE = ROOT / "samples" / "line.flac"
COMMAND = "from backend.cli.main import run; run()"
LIMITED = "import sys; from pathlib import Path; from backend.service.server import serve; from backend.service.limits import Limits\n"


def until(true: Callable[[], Any], seconds: float = 30.0, what: str = "it") -> Any:
    """What ``true`` gives as soon as that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.03)
    raise AssertionError(f"waited {seconds} s for {what}")


def launch(state: Path, *options: str, limits: str = "") -> subprocess.Popen[str]:
    """``mien serve``, or with ``limits`` (arguments of Limits) the same without the command line."""
    code = COMMAND if not limits else f"{LIMITED}serve(Path({str(state)!r}), limits=Limits({limits}))"
    command = [sys.executable, "-W", "error", "-c", code, *([] if limits else ["serve", *options])]
    environment = os.environ | {"MIEN_STATE": str(state)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


_every: "list[Service]" = []


def stop_all() -> None:
    """Whatever a test that failed has left running."""
    for service in _every:
        service.kill()
    _every.clear()


class Service:
    """A running service and a client of it."""

    def __init__(self, state: Path, *options: str, limits: str = "") -> None:
        self.state = state
        self.process = launch(state, *options, limits=limits)
        self.client = httpx.Client(trust_env=False)
        _every.append(self)
        self.address = until(self._address, what="service.json")
        self.url = f"http://127.0.0.1:{self.address['port']}"
        self.headers = {"Authorization": f"Bearer {self.address['token']}"}
        self.client.close()
        self.client = httpx.Client(base_url=f"{self.url}/v1", headers=self.headers, timeout=60, trust_env=False)

    def _address(self) -> Any:
        assert self.process.poll() is None, self.process.communicate()[0]
        try:
            found = json.loads((self.state / "service.json").read_text())
        except (OSError, ValueError):
            return None
        return found if found["pid"] == self.process.pid else None

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, path: Path) -> str:
        return self.client.post("/files", params={"name": path.name}, content=path.read_bytes()).raise_for_status().json()["id"]

    def perform(self, recording: str, **request: Any) -> dict[str, Any]:
        answer = self.client.post("/jobs", json={"kind": "perform", "recording": recording} | request)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def ended(self, job: dict[str, Any], seconds: float = 60.0) -> dict[str, Any]:
        def look() -> Any:
            found = self.get(f"/jobs/{job['id']}")
            return found if found["state"] in ("done", "failed", "cancelled") else None

        return until(look, seconds, f"job {job['id']}")

    def events(self, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with self.client.stream("GET", f"/jobs/{job['id']}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            for line in lines:
                if line == "event: progress":
                    yield json.loads(next(lines).removeprefix("data: "))

    def worker(self) -> int:
        """The process id of the worker, once there is one."""
        return until(lambda: next(iter(children(self.process.pid)), 0), what="a worker")

    def ready(self) -> None:
        until(lambda: self.get("/hello")["worker"] == "ready", what="the worker")

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.process.communicate(timeout=20)

    def kill(self) -> None:
        self.client.close()
        self.process.kill()
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.process.communicate(timeout=20)

    def exit_code(self, seconds: float = 30.0) -> int:
        """How it ended of itself."""
        self.client.close()
        self.process.communicate(timeout=seconds)
        return self.process.returncode


def children(parent: int) -> list[int]:
    """The workers that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(status[1]) == parent and status[0] != "Z" and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
