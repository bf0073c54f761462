# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-sent events, as the HTML standard has them (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from .errors import unreadable

LONGEST = 1 << 20  # bytes of one event


class Events:
    """Fed with bytes as they come, gives events as they end. Other fields than ``event`` and ``data`` are passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_return = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[tuple[str, str]]:
        """The events that end in this piece, each its name (``message`` where it has none) and its data.

        Raises:
            ServiceError: ``answer``, where an event does not end.
        """
        found = []
        *lines, self._rest = self._lines(piece)
        for line in lines:
            event = self._line(line)
            if event:
                found.append(event)
        if len(self._rest) + self._size > LONGEST:
            raise unreadable("an event without end")
        return found

    def _lines(self, piece: bytes) -> list[bytes]:
        """Lines end with CR LF, LF or CR; a CR at the end of a piece may yet get its LF."""
        if self._after_return and piece:
            piece = piece[1:] if piece.startswith(b"\n") else piece
            self._after_return = False
        text = self._rest + piece
        self._after_return = self._after_return or piece.endswith(b"\r")
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")

    def _line(self, line: bytes) -> tuple[str, str] | None:
        if not line:
            event = (self._name or "message", "\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = "", [], 0
            return event
        field, _, value = line.decode("utf-8", "replace").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._size += len(line)
        return None
