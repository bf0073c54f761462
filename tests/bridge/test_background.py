"""Calls off the main thread: what was asked comes back, once, and nothing blocks."""

import threading
import time

import pytest

from addon.bridge import ServiceError
from addon.bridge.background import Background
from addon.bridge.double import Double


@pytest.fixture
def background():
    made = Background()
    yield made
    made.close()


def events_until(background, ticket: int, seconds: float = 5):
    found, until = [], time.monotonic() + seconds
    while not any(event.ticket == ticket and event.kind != "progress" for event in found):
        assert time.monotonic() < until, found
        found += background.poll()
        time.sleep(0.005)
    return found


def test_results_and_errors_come_back_in_order_and_once(background):
    first = background.call("sum", sum, [1, 2])
    second = background.call("divide", lambda: 1 / 0)
    third = background.call("refuse", Double().take, "x")
    events = events_until(background, third)
    assert [(event.ticket, event.kind) for event in events] == [(first, "result"), (second, "error"), (third, "error")]
    assert events[0].value == 3
    assert (events[1].error.code, type(events[1].error.__cause__)) == ("fault", ZeroDivisionError)
    assert events[2].error.code == "not_found"
    assert background.poll() == []
    assert not background.busy()


def test_the_caller_never_waits_and_work_is_done_elsewhere(background):
    hold = threading.Event()
    began = time.monotonic()
    ticket = background.call("wait", lambda: (hold.wait(5), threading.current_thread()))
    assert background.poll() == []
    assert time.monotonic() - began < 0.5
    hold.set()
    (event,) = events_until(background, ticket)
    assert event.value[1] is not threading.main_thread()
    assert event.value[1].daemon


def test_of_the_edits_that_wait_only_the_newest_is_made(background):
    hold, started, made = threading.Event(), threading.Event(), []

    def edit(number):
        started.set()
        hold.wait(5)
        made.append(number)
        return number

    first = background.edit("edit", edit, 0)
    assert started.wait(5)
    tickets = [background.edit("edit", edit, number) for number in range(1, 20)]
    hold.set()
    events = events_until(background, tickets[-1])
    assert made == [0, 19]
    kinds = {event.ticket: event.kind for event in events}
    assert kinds == {first: "result", **dict.fromkeys(tickets[:-1], "cancelled"), tickets[-1]: "result"}


def test_an_edit_does_not_wait_for_a_long_call(background):
    hold = threading.Event()
    long = background.call("upload", hold.wait, 5)
    edit = background.edit("edit", lambda: "quick")
    (event,) = events_until(background, edit)
    assert event.value == "quick"
    hold.set()
    events_until(background, long)


def test_a_job_is_followed_to_its_take(background, recording):
    service = Double()
    ticket = background.perform(service, str(recording), {}, label="one")
    *progress, last = events_until(background, ticket)
    assert [event.value.share for event in progress] == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert last.kind == "result"
    assert service.motion(last.value.take).frames == 25


def test_a_job_that_fails_is_an_error_with_its_reason(background, recording):
    service = Double()
    service.faults.crash_at = 0.5
    *progress, last = events_until(background, background.perform(service, str(recording), {}))
    assert progress[-1].value.state == "failed"
    assert (last.kind, last.error.code) == ("error", "worker")


def test_a_job_is_cancelled_at_the_service_too(background, recording):
    service = Double(steps=1000)
    service.faults.slow = 0.002
    ticket = background.perform(service, str(recording), {})
    while not any(event.kind == "progress" and event.value.state == "running" for event in background.poll()):
        time.sleep(0.005)
    background.cancel(ticket)
    events = events_until(background, ticket)
    assert events[-1].kind == "cancelled"
    assert service.jobs()[0].state == "cancelled"
    assert service.takes() == []
    background.cancel(ticket)  # nothing any more
    assert background.poll() == []


def test_one_cancelled_before_its_job_began_leaves_no_job_running(background, recording):
    service, hold = Double(steps=1000), threading.Event()

    def begin():
        hold.wait(5)
        return service.perform(service.upload(str(recording)), {})

    ticket = background.follow(service, begin)
    time.sleep(0.05)
    background.cancel(ticket)
    time.sleep(0.05)
    hold.set()
    assert events_until(background, ticket)[-1].kind == "cancelled"
    assert [job.state for job in service.jobs()] == ["cancelled"]


def test_a_call_that_waits_can_be_dropped(background):
    hold, done = threading.Event(), []
    running = background.call("first", hold.wait, 5)
    waiting = background.call("second", done.append, 1)
    background.cancel(waiting)
    assert [(event.ticket, event.kind) for event in events_until(background, waiting)] == [(waiting, "cancelled")]
    hold.set()
    events_until(background, running)
    events_until(background, background.call("last", int))
    assert done == []


def test_a_service_killed_mid_job_is_told(background, recording):
    service = Double(steps=1000)
    service.faults.slow = 0.002
    ticket = background.perform(service, str(recording), {})
    time.sleep(0.05)
    service.faults.dead = True
    event = events_until(background, ticket)[-1]
    assert (event.kind, event.error.code, event.error.fix) == ("error", "stopped", {"kind": "restart"})


def test_when_it_is_closed_everything_ends_and_nothing_begins():
    background = Background()
    hold = threading.Event()
    background.call("first", hold.wait, 5)
    waiting = background.call("second", int)
    background.close()
    assert events_until(background, waiting)[-1].kind == "cancelled"
    with pytest.raises(ServiceError):
        background.call("third", int)
    hold.set()
    until = time.monotonic() + 5
    while any(thread.name.startswith("mien-") for thread in threading.enumerate() if thread.name != "mien-service"):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_is_the_same_through_a_real_connection(background, service, recording):
    *progress, last = events_until(background, background.perform(service, str(recording), {}))
    assert last.kind == "result"
    assert len(progress) == 6


def test_a_stream_without_a_way_to_stop_it_ends_at_its_next_value(background):
    closed, going = threading.Event(), threading.Event()

    def count():
        try:
            for number in range(10_000):
                yield number
                going.set()
                time.sleep(0.005)
        finally:
            closed.set()

    ticket = background.stream("count", count)
    assert going.wait(5)
    background.cancel(ticket)
    events = events_until(background, ticket)
    assert events[-1].kind == "cancelled"
    assert [event.value for event in events[:-1]] == list(range(len(events) - 1))
    assert closed.wait(5)


def test_a_set_up_is_stopped_by_its_event_and_tells_so(background):
    stop = threading.Event()

    def work():
        yield "first"
        assert stop.wait(5)
        raise ServiceError("cancelled", "The installation was stopped.")

    ticket = background.stream("setup", work, stop.set)
    while not background.poll():
        time.sleep(0.005)
    background.cancel(ticket)
    (event,) = events_until(background, ticket)
    assert (event.kind, event.error.message) == ("cancelled", "The installation was stopped.")


def test_many_threads_share_a_background_and_lose_nothing(background):
    tickets, lock = [], threading.Lock()

    def ask():
        for number in range(50):
            ticket = background.call("double", lambda number=number: 2 * number)
            with lock:
                tickets.append((ticket, 2 * number))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = background.call("last", int)
    events = events_until(background, last)
    assert {event.ticket: event.value for event in events} == {**dict(tickets), last: 0}
    assert len(events) == 401
