"""Services that are cut off, slow, replaced or talk nonsense: always one sentence for the artist."""

import json
import threading
import time

import pytest

from addon.bridge import Service, ServiceError
from addon.bridge.double_shapes import pack
from addon.bridge.link import Address, Link

HAPPY = {"guides": [{"kind": "label", "value": "happy"}]}


def caught_from(call, *args) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call(*args)
    error = caught.value
    assert error.message[0].isupper() or error.message[0] == "'"
    assert error.message.endswith((".", "?"))
    assert "\n" not in error.message
    assert "Traceback" not in error.message
    return error


def respond(data: bytes, length: int | None = None, status: str = "200 OK"):
    def instead(handler):
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data) if length is None else length}\r\n\r\n"
        handler.wfile.write(head.encode() + data)
        handler.wfile.flush()
        handler.cut()

    return instead


def test_a_connection_cut_before_an_answer_says_what_was_going_on(service, player):
    player.instead["POST /v1/edit"] = lambda handler: handler.cut()
    error = caught_from(service.edit, "a" * 64, HAPPY)
    assert (error.code, error.fix) == ("stopped", {"kind": "restart"})
    assert "stopped while it was to perform an edit" in error.message


@pytest.mark.parametrize("path", ["motion", "vertices"])
def test_half_an_answer_is_no_answer(service, player, path):
    player.instead[f"GET /v1/takes/x/{path}"] = respond(b"\x08\0\0\0", 4000)
    assert caught_from(getattr(service, path), "x").code == "stopped"


def test_chunks_without_their_end_are_no_answer(service, player):
    def instead(handler):
        handler.chunks(player.double.head(), end=False)
        handler.cut()

    player.instead["GET /v1/head.glb"] = instead
    assert caught_from(service.head).code == "stopped"


def test_a_length_that_nobody_has_is_not_waited_for_and_takes_no_memory(service, player):
    player.instead["GET /v1/head.glb"] = respond(b"", 1 << 50)
    assert caught_from(service.head).code == "answer"


def test_an_answer_of_unsaid_length_could_be_half_of_one(service, player):
    def instead(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nglTF")
        handler.cut()

    player.instead["GET /v1/head.glb"] = instead
    assert caught_from(service.head).code == "answer"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"9" * 10_000, b'"text"', b"[1]", b"null"],
    ids=["empty", "cut", "word", "bytes", "nan", "twice", "deep", "long", "text", "list", "null"],
)
def test_json_that_is_none_or_not_what_was_asked_for(service, player, body):
    for path, call in (("hello", service.hello), ("takes", service.takes)):
        player.instead[f"GET /v1/{path}"] = respond(body)
        assert caught_from(call).code == "answer"
        assert service.emotions()  # and it goes on working


@pytest.mark.parametrize("body", [b"", b"{}", b"\x10\0\0\0\0\0\0\0{}" + bytes(14), b"\xff" * 64, b"PK\x03\x04" * 20])
def test_motions_that_are_none(service, player, body):
    player.instead["GET /v1/takes/x/motion"] = respond(body)
    assert caught_from(service.motion, "x").code == "answer"


def test_what_is_no_http_is_said(service, player):
    player.instead["GET /v1/hello"] = lambda handler: (handler.wfile.write(b"220 mail.example ESMTP\r\n"), handler.cut())
    assert caught_from(service.hello).code == "answer"


def test_the_services_own_errors_arrive_with_their_mending(service, player):
    fix = {"kind": "setting", "name": "seed"}
    player.double.faults.errors["generators"] = ServiceError("direction", "a seed of -1 cannot be used: give another.", fix)
    with pytest.raises(ServiceError) as caught:
        service.generators()
    assert (caught.value.code, caught.value.message, caught.value.fix) == ("direction", "a seed of -1 cannot be used: give another.", fix)


@pytest.mark.parametrize(
    "body", [b"Internal Server Error", b'{"detail": []}', b'{"error": "x"}', b'{"error": {"message": ""}}', b'{"error": {"code": 3}}']
)
def test_an_error_that_says_nothing_still_says_what_to_do(service, player, body):
    player.instead["GET /v1/rigs"] = respond(body, status="500 Internal Server Error")
    error = caught_from(service.rigs)
    assert error.code == "answer"
    assert "500" in error.message


def test_a_redirection_is_not_followed(service, player):
    def instead(handler):
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n")

    player.instead["GET /v1/rigs"] = instead
    assert caught_from(service.rigs).code == "answer"


def test_a_service_that_is_silent_is_given_up(service, player):
    service._link.timeout = 0.2
    player.instead["GET /v1/rigs"] = lambda handler: time.sleep(1)
    error = caught_from(service.rigs)
    assert error.code == "timeout"
    assert "0.2 s" in error.message


def test_what_has_to_be_performed_first_is_given_longer(service, player):
    service._link.timeout = 0.1
    answer = player.double.edit(player.double.upload(__file__), HAPPY)

    def instead(handler):
        time.sleep(0.4)
        handler.send(pack(answer, {}))

    player.instead["POST /v1/edit"] = instead
    assert service.edit("a" * 64, HAPPY) == answer


def test_a_service_that_drips_is_given_up(service, player):
    def instead(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(60):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.03)

    service._link.timeout = 0.1
    player.instead["GET /v1/rigs"] = instead
    began = time.monotonic()
    assert caught_from(service.rigs).code in ("timeout", "stopped")
    assert time.monotonic() - began < 1.7


def test_an_upload_refused_half_way_says_why(service, player, tmp_path):
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.truncate(64 << 20)

    def instead(handler):
        handler.fault(413, ServiceError("too_large", "This recording is too large: give one below 1 GB."))
        handler.wfile.flush()
        time.sleep(0.2)
        handler.close_connection = True

    player.instead["POST /v1/files"] = instead
    # The system may throw away what was said where data came after it; then the bridge can only say that it stopped.
    assert caught_from(service.upload, str(big)).code in ("too_large", "stopped")


def test_a_file_written_to_while_it_is_sent_is_refused(service, player, recording):
    player.instead["POST /v1/files"] = lambda handler: (
        handler.rfile.read(int(handler.headers["Content-Length"])),
        handler.json({"id": "0" * 64}),
    )
    assert caught_from(service.upload, str(recording)).code == "input"


def test_a_service_that_has_gone_says_so_at_once(service, player):
    player.shutdown()
    player.server_close()
    error = caught_from(service.hello)
    assert (error.code, error.fix) == ("stopped", {"kind": "restart"})


def test_a_wrong_token_is_said(player):
    stranger = Service(Link(Address(player.port, "guess"), 5))
    assert caught_from(stranger.hello).code == "token"


def test_one_that_was_restarted_is_taken_up_without_a_word(service, player, state, recording):
    from tests.bridge.playing import playing

    job = player.double.perform(player.double.upload(str(recording)), HAPPY)
    with playing() as newer:
        newer.double = player.double  # what it kept
        newer.write_address(state)
        player.token = "another"  # as where another listens at its port now
        assert service.job(job.id).id == job.id
        assert service.upload(str(recording))
        assert newer.seen[0] == ("GET", "/v1/hello")


def test_one_that_was_restarted_elsewhere_is_taken_up_while_a_job_is_watched(service, player, state, recording):
    from tests.bridge.playing import playing

    job = service.perform(service.upload(str(recording)), HAPPY)
    watched = service.watch(job.id)
    player.streams = 1
    assert next(watched).state == "queued"
    with playing() as newer:
        newer.double = player.double
        newer.write_address(state)
        player.shutdown()
        player.server_close()
        states = list(watched)
    assert states[-1].state == "done"
    assert len({state.share for state in states}) >= 3


def test_a_stream_that_breaks_off_again_and_again_loses_nothing(service, player, recording):
    job = service.perform(service.upload(str(recording)), HAPPY)
    player.streams = 3
    states = list(service.watch(job.id))
    assert [state.share for state in states] == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert states[-1].take is not None


def test_a_service_killed_while_a_job_is_watched_is_told(service, player, recording):
    job = service.perform(service.upload(str(recording)), HAPPY)
    player.streams = 1
    watched = service.watch(job.id)
    next(watched)
    player.server_close()  # nobody answers a new connection any more
    error = caught_from(list, watched)
    assert error.code == "stopped"


def test_a_job_that_fails_brings_its_reason(service, player, recording):
    player.double.faults.crash_at = 0.5
    *_, job = service.watch(service.perform(service.upload(str(recording)), HAPPY).id)
    assert (job.state, job.share, job.take) == ("failed", 0.5, None)
    assert job.error.code == "worker"
    assert job.error.fix == {"kind": "restart"}


def test_events_that_are_no_jobs_are_refused(service, player, recording):
    job = service.perform(service.upload(str(recording)), HAPPY)

    def instead(handler):
        handler.begin_chunks("text/event-stream")
        handler.chunk(b"event: progress\ndata: {}\n\n")

    player.instead[f"GET /v1/jobs/{job.id}/events"] = instead
    assert caught_from(list, service.watch(job.id)).code == "answer"


def test_whoever_stops_watching_lets_go_of_the_connection(service, player, recording):
    gone = threading.Event()

    def instead(handler):
        handler.begin_chunks("text/event-stream")
        try:
            running = json.dumps({"id": "j", "state": "running"}).encode()
            handler.chunk(b"event: progress\ndata: " + running + b"\n\n")
            for _ in range(200):
                handler.chunk(b": keep-alive\n\n")
                time.sleep(0.01)
        except OSError:
            gone.set()

    job = service.perform(service.upload(str(recording)), HAPPY)
    player.instead[f"GET /v1/jobs/{job.id}/events"] = instead
    watched = service.watch(job.id)
    assert [next(watched).state, next(watched).state] == ["queued", "running"]
    assert not gone.is_set()
    watched.close()
    assert gone.wait(1)
