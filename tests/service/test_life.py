"""A service's life: start, second start, crashes of the worker and of the service itself, and its end."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.emotion.direction import Direction
from backend.generators import DEFAULT
from backend.perform import perform
from backend.take import Take
from tests.service.started import Service, alive, launch, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the worker in /proc")


@pytest.fixture(scope="module")
def quick(tmp_path_factory) -> Iterator[Service]:
    """A service that loses patience fast."""
    found = Service(tmp_path_factory.mktemp("quick"), limits="silent=5.0, cancel=1.0, wait=1.5")
    yield found
    found.stop()


@pytest.fixture
def stopped(quick: Service, short: Path) -> Iterator[tuple[Service, str, int]]:
    """The service, a recording, and a worker that does not move, as if it hung."""
    recording = quick.upload(short)
    quick.ended(quick.perform(recording))  # so it has begun
    worker = quick.worker()
    os.kill(worker, signal.SIGSTOP)
    yield quick, recording, worker
    if alive(worker):
        os.kill(worker, signal.SIGCONT)


def test_only_the_owner_can_read_the_token(quick):
    assert stat.S_IMODE((quick.state / "service.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(quick.state.stat().st_mode) == 0o700


def test_the_service_itself_loads_no_torch(service):
    service.ready()
    maps = (Path("/proc") / str(service.process.pid) / "maps").read_text()
    assert "libtorch" not in maps and "numpy" in maps
    assert "libtorch" in (Path("/proc") / str(service.worker()) / "maps").read_text()


def test_an_edit_is_done_between_the_steps_of_a_running_job(service, recording, long):
    job = service.perform(service.upload(long))
    until(lambda: service.get(f"/jobs/{job['id']}")["stage"] == "listen")
    service.client.post("/edit", json={"recording": recording, "direction": {"seed": 4}}).raise_for_status()
    assert service.get("/hello")["worker"] == "busy"
    assert service.client.delete(f"/jobs/{job['id']}").json()["state"] == "cancelled", "it still ran"


def test_a_killed_worker_fails_its_job_and_the_queue_goes_on(quick, long, short):
    job, after = quick.perform(quick.upload(long)), quick.perform(quick.upload(short))
    for told in quick.events(job):
        if told["stage"] == "listen" and told["share"] > 0:
            break
    worker = quick.worker()
    os.kill(worker, signal.SIGKILL)
    failed = quick.ended(job)
    assert failed["state"] == "failed" and failed["error"]["code"] == "worker" and "restarted" in failed["error"]["message"]
    assert quick.ended(after)["state"] == "done" and quick.worker() != worker and not alive(worker)


def test_a_hanging_worker_is_replaced(stopped):
    service, recording, worker = stopped
    job, after = service.perform(recording, direction={"seed": 8}), service.perform(recording)
    assert service.get(f"/jobs/{job['id']}")["state"] in ("queued", "running")
    failed = service.ended(job)
    assert failed["error"]["code"] == "worker" and "sign of life" in failed["error"]["message"]
    assert service.ended(after)["state"] == "done" and not alive(worker)


def test_waiting_and_running_jobs_are_cancelled(stopped):
    service, recording, worker = stopped
    job, waiting = service.perform(recording), service.perform(recording)
    until(lambda: service.get(f"/jobs/{job['id']}")["state"] == "running")
    assert service.get(f"/jobs/{waiting['id']}")["position"] == 1
    at_once = service.client.delete(f"/jobs/{waiting['id']}").json()
    running = service.client.delete(f"/jobs/{job['id']}").json()
    for found in (at_once, running):
        assert found["state"] == "cancelled" and found["error"]["code"] == "cancelled" and found["take"] is None
    assert not alive(worker), "a worker that does not heed is replaced"
    assert service.ended(service.perform(recording))["state"] == "done"
    assert service.client.delete(f"/jobs/{job['id']}").json() == running, "what has ended stays as it is"


def test_a_worker_that_heeds_is_kept(service, recording):
    service.ready()
    worker = service.worker()
    os.kill(worker, signal.SIGSTOP)
    job = service.perform(recording, script="others")
    until(lambda: service.get(f"/jobs/{job['id']}")["state"] == "running")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(service.client.delete, f"/jobs/{job['id']}")
        time.sleep(0.4)
        os.kill(worker, signal.SIGCONT)
    assert answer.result().json()["state"] == "cancelled"
    assert service.ended(service.perform(recording))["state"] == "done" and service.worker() == worker


def test_edits_that_wait_too_long_or_are_overtaken_say_so(stopped):
    service, recording, _ = stopped

    def edit(client: str) -> int:
        answer = service.client.post("/edit", json={"recording": recording}, headers={"Mien-Client": client})
        return answer.status_code

    with ThreadPoolExecutor() as pool:
        first = pool.submit(edit, "one")
        until(first.running)
        time.sleep(0.3)
        second, other = pool.submit(edit, "one"), pool.submit(edit, "two")
        assert first.result() == 409
        assert (second.result(), other.result()) == (429, 429)


def test_fifty_jobs_by_eight_clients(service, recording):
    def client(number: int) -> list[tuple[int, dict]]:
        seeds = range(number, 50, 8)
        jobs = [(seed, service.perform(recording, direction={"seed": seed})) for seed in seeds]
        asked = {"recording": recording, "direction": {"seed": number}}
        service.client.post("/edit", json=asked, headers={"Mien-Client": f"{number}"}).raise_for_status()
        return [(seed, service.ended(job, 90)) for seed, job in jobs]

    with ThreadPoolExecutor(8) as pool:
        ended = [job for found in pool.map(client, range(8)) for job in found]
    assert len({job["id"] for _, job in ended}) == 50 and {job["state"] for _, job in ended} == {"done"}
    for seed, job in ended:
        assert Take.from_bytes(service.client.get(f"/takes/{job['take']}/take").content).direction.seed == seed
    turns = [service.get(f"/jobs/{job['id']}")["finished"] for _, job in sorted(ended, key=lambda found: found[1]["created"])]
    assert all(turns)


def test_a_killed_service_loses_nothing(tmp_path, short):
    first = Service(tmp_path)
    recording = first.upload(short)
    first.ended(first.perform(recording, direction={"seed": 100}))
    worker = first.worker()
    jobs = [first.perform(recording, direction={"seed": seed}, label=f"{seed}", priority=int(seed == 5)) for seed in range(12)]
    until(lambda: first.get(f"/jobs/{jobs[5]['id']}")["state"] == "done")
    os.kill(worker, signal.SIGSTOP)  # so that one is surely running
    before = {job["id"]: first.get(f"/jobs/{job['id']}")["state"] for job in jobs}
    first.kill()
    os.kill(worker, signal.SIGCONT)
    stale = (tmp_path / "service.json").read_text()
    (tmp_path / "store" / "takes" / f"{'0' * 32}.take").write_bytes(b"half a take")
    until(lambda: not alive(worker), what="the worker to notice that the service is gone")

    second = Service(tmp_path)
    assert json.loads(stale)["token"] != second.address["token"]
    ended = [second.ended(job) for job in jobs]
    assert {job["state"] for job in ended} == {"done"} and [job["label"] for job in ended] == [str(n) for n in range(12)]
    assert len(second.get("/takes")) == 13 and set(before.values()) >= {"done", "running"}
    for seed, job in enumerate(ended):
        content = second.client.get(f"/takes/{job['take']}/take").content
        assert content == perform(short, Direction(generator=DEFAULT, seed=seed)).take.to_bytes()
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part") or path.stem == "0" * 32]
    shuts_down_in_good_order(second, recording)


def shuts_down_in_good_order(service: Service, recording: str) -> None:
    """What runs is finished, what waits is kept."""
    jobs = [service.perform(recording, script=f"script {number}") for number in range(3)]
    until(lambda: service.get(f"/jobs/{jobs[0]['id']}")["state"] != "queued")
    assert service.client.post("/shutdown").json() == {"stopping": True}
    assert service.exit_code() == 0
    states = [json.loads((service.state / "store" / "jobs" / f"{job['id']}.json").read_text())["state"] for job in jobs]
    assert states[0] == "done" and states[-1] == "queued"
    assert not (service.state / "service.json").exists()


def test_the_second_start_finds_the_first(quick):
    process = launch(quick.state)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 0 and quick.url in output
    assert quick.get("/hello")["pid"] == quick.process.pid


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = launch(tmp_path, "--port", str(taken.getsockname()[1]))
        output = process.communicate(timeout=30)[0]
    assert process.returncode == 2 and "--port" in output and output.count("\n") == 1, output


def test_it_ends_when_it_is_idle_but_not_while_it_works(tmp_path, short):
    (tmp_path / "service.json").write_text(json.dumps({"api": 1, "pid": 1, "port": 1, "token": "old", "version": "0", "started": ""}))
    service = Service(tmp_path, "--idle", "0.04")
    assert service.address["token"] != "old", "what a service that is gone has left is replaced"
    os.kill(service.worker(), signal.SIGSTOP)
    job = service.perform(service.upload(short))
    time.sleep(3.0)
    assert service.process.poll() is None, "a job waits"
    os.kill(service.worker(), signal.SIGCONT)
    assert service.exit_code(60) == 0 and not (tmp_path / "service.json").exists()
    kept = json.loads((tmp_path / "store" / "jobs" / f"{job['id']}.json").read_text())
    assert kept["state"] == "done" and (tmp_path / "store" / "takes" / f"{kept['take']}.take").exists()
