"""What is kept on disk and in memory, without a running service."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from backend.service.jobs import Job, Queue
from backend.service.kept import Kept, size
from backend.service.problems import Refusal
from backend.service.shelf import Shelf
from backend.service.state import Address, lock, read_address, remove_address, state_folder, write_address
from backend.speech.listen import listen


def queue(folder: Path, most: int = 100, history: int = 100) -> Queue:
    return Queue(folder, most, history)


def job(**facts) -> Job:
    return Job("perform", {"recording": "r", "pictures": []}, **facts)


def test_jobs_go_by_priority_then_by_turn(tmp_path):
    first = queue(tmp_path)
    for label, priority in (("b", 0), ("d", -1), ("a", 5), ("c", 0)):
        first.add(job(label=label, priority=priority))
    places = {found["label"]: found["position"] for found in map(first.public, first.names())}
    assert places == {"a": 1, "b": 2, "c": 3, "d": 4}
    again = queue(tmp_path)
    order = [again.take_next() for _ in range(4)]
    assert [found.label for found in order if found] == ["a", "b", "c", "d"] and again.take_next() is None


def test_a_job_that_ran_when_the_service_died_runs_again_once(tmp_path):
    name = queue(tmp_path).add(job()).id
    for state in ("queued", "failed"):
        running = queue(tmp_path).take_next()
        assert running is not None and running.id == name and running.state == "running"
        assert queue(tmp_path).public(name)["state"] == state
    assert queue(tmp_path).public(name)["error"]["code"] == "worker"


def test_a_stop_in_good_order_is_not_counted(tmp_path):
    name = queue(tmp_path).add(job()).id
    for _ in range(3):
        found = queue(tmp_path)
        assert found.take_next() is not None
        found.unbegun(name)
    assert queue(tmp_path).public(name)["state"] == "queued"


def test_what_is_final_stays_so_and_what_is_damaged_is_passed_over(tmp_path):
    found = queue(tmp_path, most=2, history=1)
    names = [found.add(job()).id for _ in range(2)]
    with pytest.raises(Refusal, match="2 jobs wait") as refused:
        found.add(job())
    assert refused.value.status == 429
    found.update(names[0], state="cancelled")
    found.update(names[0], state="done", share=1.0)
    assert found.public(names[0])["state"] == "cancelled" and found.public(names[0])["finished"]
    (tmp_path / f"{'0' * 32}.json").write_text('{"id": "')
    (tmp_path / f"{'1' * 32}.json").write_text(json.dumps({"id": "x"}))
    assert queue(tmp_path).names() == names


def test_only_so_many_finished_jobs_are_remembered(tmp_path):
    found = queue(tmp_path, history=2)
    names = []
    for _ in range(5):
        names.append(found.add(job()).id)
        found.update(names[-1], state="done")
    last = found.add(job()).id
    assert (
        found.names() == [*names[-2:], last] == [path.stem for path in sorted(tmp_path.glob("*.json"), key=lambda p: p.stat().st_mtime_ns)]
    )


def put(shelf: Shelf, tmp_path: Path, name: str, size: int, age: float = 0.0, **facts) -> None:
    content = tmp_path / "made"
    content.write_bytes(b"x" * size)
    shelf.put(name, content, {"id": name, **facts})
    os.utime(tmp_path / "shelf" / f"{name}.take", (1e9 - age, 1e9 - age))


def test_what_was_used_longest_ago_makes_room_unless_kept_or_needed(tmp_path):
    needed: set[str] = set()
    shelf = Shelf(tmp_path / "shelf", "take", ".take", 1000, lambda: needed)
    names = [f"{number:032x}" for number in range(6)]
    for number, name in enumerate(names[:4]):
        put(shelf, tmp_path, name, 240, age=100 - number, kept=number == 0)
    needed.add(names[1])
    put(shelf, tmp_path, names[4], 240)
    assert [name in shelf for name in names[:5]] == [True, True, False, True, True]
    shelf.path(names[3])  # is used now
    needed.clear()
    put(shelf, tmp_path, names[5], 500)
    assert [name in shelf for name in names] == [True, False, False, True, False, True]
    again = Shelf(tmp_path / "shelf", "take", ".take", 1000, set)
    assert sorted(facts["id"] for facts in again.all()) == [names[0], names[3], names[5]]


def test_what_was_half_done_is_swept_away(tmp_path):
    shelf = Shelf(tmp_path / "shelf", "take", ".take", 1000, set)
    put(shelf, tmp_path, "a" * 32, 10)
    for name in (f"{'b' * 32}.take", ".mien.x.part"):
        (tmp_path / "shelf" / name).write_bytes(b"half")
    (tmp_path / "shelf" / f"{'c' * 32}.json").write_text(json.dumps({"id": "c" * 32}))
    again = Shelf(tmp_path / "shelf", "take", ".take", 1000, set)
    assert [facts["id"] for facts in again.all()] == ["a" * 32] and not (tmp_path / "shelf" / f"{'b' * 32}.take").exists()
    (tmp_path / "shelf" / f"{'a' * 32}.take").unlink()
    with pytest.raises(Refusal) as gone:
        again.path("a" * 32)
    assert gone.value.status == 410 and "a" * 32 not in again


def test_speech_is_kept_up_to_so_many_bytes(short):
    speech = listen(short)
    assert size(speech) > speech.samples.nbytes
    kept, heard = Kept(int(2.5 * size(speech))), []

    def hear():
        heard.append(1)
        return speech

    for key, times in (("a", 1), ("b", 2), ("a", 2), ("c", 3), ("a", 3), ("b", 4)):
        assert kept.get((key,), hear) is speech and len(heard) == times, key
    assert len(kept) == 2


def test_the_address_is_whole_or_not_there(tmp_path):
    address = Address(1, "0.1", os.getpid(), 5, "secret", "now")
    write_address(tmp_path, address)
    assert read_address(tmp_path) == address and (tmp_path / "service.json").stat().st_mode & 0o777 == 0o600
    remove_address(tmp_path, os.getpid() + 1)
    assert read_address(tmp_path) == address, "another's is left alone"
    remove_address(tmp_path, os.getpid())
    assert read_address(tmp_path) is None
    (tmp_path / "service.json").write_text('{"api": 1}')
    assert read_address(tmp_path) is None


def test_one_lock_for_one_service(tmp_path):
    held = lock(tmp_path)
    assert held is not None and lock(tmp_path) is None
    held.close()
    again = lock(tmp_path)
    assert again is not None
    again.close()


def test_host_and_service_look_in_the_same_place(monkeypatch, tmp_path):
    places = pytest.importorskip("addon.bridge.places")
    monkeypatch.delenv("MIEN_STATE", raising=False)
    for folder in (None, str(tmp_path)):
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        if folder:
            monkeypatch.setenv("XDG_STATE_HOME", folder)
        assert places.state_folder() == state_folder()
    monkeypatch.setenv("MIEN_STATE", str(tmp_path / "other"))
    assert places.state_folder() == state_folder() == tmp_path / "other"


def test_a_reading_of_motion_bytes_needs_no_library(tmp_path):
    from fractions import Fraction

    from backend.motion import Motion
    from backend.motion.arkit import ARKIT
    from backend.service.motion_bytes import mesh_sequence, packed

    values = np.random.default_rng(0).random((10, len(ARKIT)), np.float32)
    content = packed(Motion(ARKIT, values, Fraction(30000, 1001)), 0.1, 0.2)
    length = int.from_bytes(content[:8], "little")
    head = json.loads(content[8 : 8 + length])
    facts = json.loads(head["__metadata__"]["motion"])
    assert head["motion"]["dtype"] == "F32" and facts["rate"] == "30000/1001" and facts["start"] == pytest.approx(3 * 1001 / 30000)
    first, last = head["motion"]["data_offsets"]
    assert np.array_equal(np.frombuffer(content[8 + length :][first:last], "<f4").reshape(-1, len(ARKIT)), values[3:6])
    from safetensors.numpy import load

    frames, triangles = np.arange(18, dtype=np.float32).reshape(2, 3, 3), np.array([[0, 1, 2]], np.int32)
    found = load(b"".join(mesh_sequence(iter(frames), 2, 3, triangles, "30")))
    assert np.array_equal(found["vertices"], frames) and np.array_equal(found["faces"], triangles)
