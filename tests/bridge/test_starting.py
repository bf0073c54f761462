"""Real processes: one service for all, in a session of its own, with its last words where it fails."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from addon.bridge import ServiceError, find, start
from addon.bridge.locks import Lock
from addon.bridge.places import alive

ROOT = Path(__file__).parents[2]
PLAYED = [sys.executable, str(ROOT / "tests" / "bridge" / "playing.py")]


@pytest.fixture
def state(tmp_path):
    """Ends what was begun in it."""
    folder = tmp_path / "state"
    yield folder
    for pid in begun(folder):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def begun(folder: Path) -> list[int]:
    path = folder / "begun.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def wait_for(true, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_service_is_started_found_again_and_outlives_nobody_twice(state):
    lines = []
    service = start(PLAYED, state, timeout=20, watch=lines.append)
    assert service.hello()["name"] == "mien"
    assert lines[:1] == ["mien: waking up"]
    assert start(["/nothing/of/the/kind"], state)._link.address == service._link.address == find(state)._link.address
    (pid,) = begun(state)
    assert os.getsid(pid) == pid  # neither Ctrl-C nor the host's end reaches it
    assert Path(f"/proc/{pid}/cwd").resolve() == state if sys.platform == "linux" else True
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not alive(pid))  # collected: its number is free
    with pytest.raises(ServiceError) as caught:
        service.hello()
    assert caught.value.code == "stopped"
    assert find(state) is None
    again = start(PLAYED, state, timeout=20)
    assert again.hello() and service.hello()  # the first one has found the second
    assert len(begun(state)) == 2


def test_two_hosts_at_once_and_their_threads_get_one_service(state):
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from addon.bridge import start\n"
        f"print(start({[*PLAYED, '0.6']!r}, {str(state)!r}, timeout=20)._link.address.port, flush=True)"
    )
    hosts = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(start([*PLAYED, "0.6"], state, timeout=20)._link.address.port)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    found += [int(host.communicate(timeout=30)[0]) for host in hosts]
    for thread in threads:
        thread.join()
    assert len(begun(state)) == 1
    assert len(found) == 5
    assert len(set(found)) == 1
    # Both hosts have ended, and the service has not.
    assert find(state).hello()["name"] == "mien"


def test_one_that_ends_at_once_is_quoted(state):
    program = "print('reading weights'); import sys; sys.exit('mien: the port 80 is taken.')"
    with pytest.raises(ServiceError) as caught:
        start([sys.executable, "-c", program], state, timeout=20)
    assert caught.value.code == "start"
    assert "with code 1" in caught.value.message
    assert "reading weights / mien: the port 80 is taken." in caught.value.message
    assert "\n" not in caught.value.message


def test_the_words_of_an_earlier_one_are_not_quoted(state):
    for word in ("first", "second"):
        with pytest.raises(ServiceError) as caught:
            start([sys.executable, "-c", f"print('{word}')"], state, timeout=20)
    assert "second" in caught.value.message
    assert "first" not in caught.value.message


def test_a_program_that_is_not_there_is_told(state):
    with pytest.raises(ServiceError, match="Set it up"):
        start([], state)
    with pytest.raises(ServiceError) as caught:
        start([str(state / "python")], state, timeout=5)
    assert (caught.value.code, caught.value.fix) == ("start", {"kind": "install"})


def test_one_that_never_listens_is_ended_with_all_it_started(state):
    program = (
        "import subprocess, sys, time, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('begun.txt', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "print('loading', flush=True); time.sleep(60)"
    )
    with pytest.raises(ServiceError, match=r"within 1.5 s. It wrote: loading"):
        start([sys.executable, "-c", program], state, timeout=1.5)
    assert len(begun(state)) == 2
    wait_for(lambda: not any(alive(pid) for pid in begun(state)))


def test_the_hosts_python_is_not_forced_upon_the_service(state, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert start(PLAYED, state, timeout=20).hello()["name"] == "mien"


def test_a_module_that_lies_in_the_hosts_folder_is_not_run(state, tmp_path, monkeypatch):
    (tmp_path / "backend.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ServiceError) as caught:
        start([sys.executable, "-m", "backend.nothing"], state, timeout=20)
    assert "hijacked" not in caught.value.message


def test_a_lock_is_held_by_one_and_let_go_by_death(tmp_path):
    path = tmp_path / "start.lock"
    first, second = Lock(path), Lock(path)
    assert first.take() and first.take()
    assert not second.take()
    first.leave()
    assert second.take()
    second.leave()
    program = f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\nfrom addon.bridge.locks import Lock\n"
    program += f"lock = Lock(Path({str(path)!r})); print(lock.take(), flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout.readline() == "True\n"
        assert not first.take()
        holder.kill()
    assert first.take()
    first.leave()


def test_a_long_log_is_put_aside(state):
    state.mkdir(mode=0o700)
    (state / "service.log").write_bytes(b"old\n" * (1 << 19))
    start(PLAYED, state, timeout=20)
    assert (state / "service.log").stat().st_size < 1000
    assert (state / "service.log.1").stat().st_size == 4 << 19
