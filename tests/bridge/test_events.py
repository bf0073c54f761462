"""Server-sent events, however the bytes fall."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.bridge.errors import ServiceError
from addon.bridge.events import LONGEST, Events

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), max_size=12)
EVENT = st.tuples(st.text("abc", min_size=1, max_size=4), st.lists(TEXT, min_size=1, max_size=3))


@given(st.lists(EVENT, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 400), max_size=8))
def test_events_arrive_as_sent_wherever_the_pieces_end(sent, end, cuts):
    text = ""
    for name, lines in sent:
        text += f": keep-alive{end}{end}event: {name}{end}id: 7{end}"
        text += "".join(f"data: {line}{end}" for line in lines) + end
    blob = text.encode()
    places = sorted({0, len(blob), *(cut for cut in cuts if cut < len(blob))})
    events = Events()
    found = [event for a, b in pairwise(places) for event in events.feed(blob[a:b])]
    assert found == [(name, "\n".join(lines)) for name, lines in sent]


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_bytes_give_the_same_events_in_one_piece_and_in_many(pieces):
    many, one = Events(), Events()
    assert [event for piece in pieces for event in many.feed(piece)] == one.feed(b"".join(pieces))


def test_names_and_spaces_as_the_standard_has_them():
    assert Events().feed(b"data:a\ndata:  b\ndata\n\nevent: x\n\nretry: 5\ndata: c\n\n") == [("message", "a\n b\n"), ("message", "c")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 70_000, b"data: xxxxxxxx\n" * 5000])
def test_an_event_without_end_is_given_up(piece):
    events = Events()
    with pytest.raises(ServiceError):
        for _ in range(LONGEST // len(piece) + 2):
            events.feed(piece)
