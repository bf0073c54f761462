"""Every call, through a real server and back."""

import hashlib
import inspect
import threading
import time

import pytest

from addon.bridge import Job, Motion, Service, ServiceError, find
from addon.bridge.double import Double

HAPPY = {"guides": [{"kind": "label", "value": "happy", "weight": 0.8}], "seed": 3}


def performed(service, recording) -> Job:
    *_, job = service.watch(service.perform(service.upload(str(recording)), HAPPY, label="one").id)
    return job


@pytest.mark.parametrize("call", ["hello", "generators", "rigs", "emotions", "formats", "head"])
def test_what_the_service_says_of_itself_arrives_as_it_left(service, player, call):
    assert getattr(service, call)() == getattr(player.double, call)()


def test_a_line_is_performed_watched_and_fetched(service, player, recording):
    began = service.perform(service.upload(str(recording)), HAPPY, label="one")
    states = list(service.watch(began.id))
    assert began.state == "queued"
    assert [job.state for job in states] == ["queued", "running", "running", "running", "running", "done"]
    assert [job.share for job in states] == sorted(job.share for job in states)
    done = states[-1]
    assert (done.label, done.kind, done.share) == ("one", "perform", 1.0)
    assert service.job(done.id) == done == service.jobs()[0]
    assert service.motion(done.take, rate="30000/1001", start=0.2, end=0.6) == player.double.motion(
        done.take, "arkit", "30000/1001", 0.2, 0.6
    )
    assert service.take(done.take)["label"] == "one"
    assert service.take(done.take)["name"] == recording.name


def test_a_column_of_a_motion_is_that_channel_and_no_other(service, recording):
    motion = service.motion(performed(service, recording).take)
    columns = [motion.column(name) for name in motion.channels]
    assert [len(column) for column in columns] == [motion.frames] * 63
    import numpy as np

    table = np.frombuffer(motion.data, "<f4").reshape(motion.frames, len(motion.channels))
    assert np.array_equal(np.array(columns).T, table)
    assert table[0, motion.channels.index("mouthSmileLeft")] > 0.4  # 0.8 of the smile, and the wave
    with pytest.raises(ServiceError, match="no channel 'jawOpened'"):
        motion.column("jawOpened")


def test_an_edit_answers_with_the_motion_at_once(service, player, recording):
    id = service.upload(str(recording))
    edited = service.edit(id, HAPPY, rig="flame", rate="60", script="ah", start=0.5)
    assert isinstance(edited, Motion)
    assert edited == player.double.edit(id, HAPPY, "flame", "60", start=0.5)
    assert edited.start == 0.5


def test_a_mesh_arrives_whole(service, player, recording):
    take = performed(service, recording).take
    mesh = service.vertices(take, "mien", "25")
    assert mesh == player.double.vertices(take, "mien", "25")
    assert mesh.shape == (26, 4, 3)
    assert (len(mesh.vertices), len(mesh.faces)) == (26 * 4 * 3 * 4, 4 * 3 * 4)


def test_takes_are_kept_named_copied_and_forgotten(service, player, recording):
    take = performed(service, recording).take
    assert service.keep(take, label="the good one", kept=True)["label"] == "the good one"
    assert service.keep(take, kept=False)["label"] == "the good one"
    copy = service.add_take(service.take_bytes(take))["id"]
    assert service.motion(copy) == service.motion(take)
    assert service.forget(take) is None
    assert [facts["id"] for facts in service.takes()] == [copy]
    with pytest.raises(ServiceError) as caught:
        service.take(take)
    assert caught.value.code == "not_found"


def test_an_export_is_a_job_whose_file_can_be_fetched(service, recording):
    take = performed(service, recording).take
    *_, job = service.watch(service.export(take, "csv").id)
    data = service.file(job.file)
    assert hashlib.sha256(data).hexdigest() == job.file
    assert data.startswith(b"eyeBlinkLeft,")


def test_a_frame_a_folder_and_a_match(service, player, recording, tmp_path):
    take = performed(service, recording).take
    assert service.frame(take, 3, size=64) == player.double.frame(take, 3, 64)
    assert service.open_folder(str(tmp_path)) == str(tmp_path)
    found = service.match([{"name": "Face", "shapes": ["JawOpen", "Fat"]}], ["Head"])
    assert found["channels"] == {"jawOpen": [{"mesh": "Face", "shape": "JawOpen", "scale": 1.0, "score": 1.0}]}


def test_a_job_can_be_cancelled(service, recording):
    job = service.perform(service.upload(str(recording)), {})
    assert service.cancel(job.id).state == "cancelled"
    assert [seen.state for seen in service.watch(job.id)] == ["cancelled"]


def test_a_file_is_sent_once(service, player, recording):
    first = service.upload(str(recording))
    assert first == hashlib.sha256(recording.read_bytes()).hexdigest()
    assert service.upload(str(recording)) == first
    assert [call for call in player.seen if call[0] == "POST"] == [("POST", "/v1/files")]
    recording.write_bytes(recording.read_bytes() + b"\0\0")
    assert service.upload(str(recording)) != first


@pytest.mark.parametrize("name", ["none.wav", ".", "a\0b", "x" * 300, ""])
def test_a_recording_that_is_not_there_is_said(service, player, tmp_path, name):
    for call in (service.upload, player.double.upload):
        with pytest.raises(ServiceError, match="cannot be read") as caught:
            call(str(tmp_path / name))
        assert caught.value.code == "input"


def test_a_service_is_asked_by_many_threads_at_once(service, player, recording):
    take = performed(service, recording).take
    wanted, got = player.double.motion(take), []
    threads = [threading.Thread(target=lambda: got.extend(service.motion(take) for _ in range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [wanted] * 40


@pytest.mark.parametrize("id", ["", "../../hello", "a/b", "a?b", "..", "a%2fb", 7])
def test_an_id_cannot_lead_to_another_call(service, player, id):
    for call in (service.take, service.job, service.cancel, service.forget, service.file):
        with pytest.raises(ServiceError) as caught:
            call(id)
        assert caught.value.code == "input"
    assert player.seen == []


def test_the_token_is_sent_and_no_origin(service, player):
    service.hello()
    headers = player.headers_seen[-1]
    assert headers["Authorization"] == f"Bearer {player.token}"
    assert headers["Host"] == f"127.0.0.1:{player.port}"
    assert "Origin" not in headers


def test_every_host_is_a_client_of_its_own(service, player, state):
    clients = []
    for host in (service, service, find(state)):
        host.hello()
        clients.append(player.headers_seen[-1]["Mien-Client"])
    assert clients[0] == clients[1] != clients[2]


def test_the_service_is_stopped_on_request(service, state):
    service.stop()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            service._link.timeout = 0.2
            service.hello()
        except ServiceError as error:
            assert error.code in ("stopped", "timeout")
            return
    pytest.fail("it went on")


def test_nonsense_from_the_host_is_refused_before_it_is_sent(service, player):
    for direction in ({"seed": float("nan")}, {"seed": object()}):
        with pytest.raises(ServiceError) as caught:
            service.edit("a" * 64, direction)
        assert caught.value.code == "input"
    assert player.seen == []


def test_the_double_has_the_methods_of_the_service_and_their_arguments():
    real = {name: member for name, member in inspect.getmembers(Service, inspect.isfunction) if not name.startswith("_")}
    double = {name: member for name, member in inspect.getmembers(Double, inspect.isfunction) if not name.startswith("_")}
    assert real.keys() == double.keys()
    for name, member in real.items():
        assert inspect.signature(member) == inspect.signature(double[name]), name
