# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to the service: one connection a request, to this machine alone and past any proxy.

A connection over the loopback address costs some 0.2 ms, so none is kept that could go stale.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from .errors import ServiceError, from_json, stopped, timed_out, unreadable
from .tensors import parse_json

LARGEST_ANSWER = 2 << 30  # bytes; half an hour of a head's vertices is cut into pieces by the service long before
LARGEST_FAULT = 1 << 20
PIECE = 1 << 18
SLOWER = 10  # times the usual patience; a service that dies meanwhile is noticed at once all the same


@dataclass(frozen=True)
class Address:
    """Where a service listens, and the token it listens to."""

    port: int
    token: str


@dataclass(frozen=True)
class Request:
    """One call; ``doing`` words it for messages: *Mien's service was to* ``doing``."""

    method: str
    path: str
    doing: str
    query: Mapping[str, Any] | None = None
    body: bytes | BinaryIO | None = None
    length: int = 0
    kind: str = "application/octet-stream"
    slow: bool = False  # answered only when something has been performed or drawn

    @property
    def target(self) -> str:
        chosen = {key: str(value) for key, value in (self.query or {}).items() if value is not None}
        return "/v1" + quote(self.path, safe="/", errors="replace") + ("?" + urlencode(chosen, errors="replace") if chosen else "")


class Link:
    """Sends requests to an address; asks ``look`` for a newer address where nothing answers at this one any more."""

    def __init__(self, address: Address, timeout: float, look: Callable[[], Address | None] = lambda: None) -> None:
        self.address = address
        self.timeout = timeout
        self._look = look
        self._client = secrets.token_hex(8)  # so that two hosts that edit the same recording do not take each other's turn

    def json(self, method: str, path: str, doing: str, plain: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """What a call answers, parsed; ``plain`` is sent as JSON."""
        if plain is None:
            answer = self.whole(Request(method, path, doing, query))
        else:
            answer = self.whole(with_json(method, path, doing, plain, query))
        return parse_json(answer) if answer else None

    def whole(self, request: Request) -> bytes:
        """What a call answers, as it is.

        Raises:
            ServiceError: the service refused, has gone, is too slow or talks nonsense.
        """
        try:
            return self._once(request)
        except ServiceError as error:
            # Another service may have come up at the same port; it knows nothing of this one's token.
            if error.code != "token" or not self.renew():
                raise
        if request.body is not None and not isinstance(request.body, bytes):
            request.body.seek(0)
        return self._once(request)

    def _once(self, request: Request) -> bytes:
        timeout = self.timeout * SLOWER if request.slow else self.timeout
        with self.opened(request, timeout) as response:
            return _read(response, request.doing, timeout, LARGEST_ANSWER)

    @contextmanager
    def opened(self, request: Request, timeout: float) -> Iterator[http.client.HTTPResponse]:
        """The answer to a request as it comes in; its status has been looked at."""
        connection = self._connected(request, timeout)
        response = None
        try:
            with _told(request.doing, timeout):
                response = self._answer(connection, request)
                if not 200 <= response.status < 300:
                    raise _refusal(response, request.doing, timeout)
                yield response
        finally:
            if response is not None:
                response.close()  # the connection has handed its socket over
            connection.close()

    def _connected(self, request: Request, timeout: float) -> http.client.HTTPConnection:
        """A connection; where nobody listens, nothing was sent, so any call may try the service that came after."""
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=timeout, blocksize=PIECE)
            try:
                connection.connect()
                return connection
            except OSError as error:
                connection.close()
                if isinstance(error, socket.timeout):
                    raise timed_out(request.doing, timeout) from error
                if not self.renew():
                    raise stopped() from error
        raise stopped()

    def renew(self) -> bool:
        """Take up the address of a service that has been started since; whether there is one."""
        newer = self._look()
        if newer is None or newer == self.address:
            return False
        self.address = newer
        return True

    def _answer(self, connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self.address.token}", "Connection": "close", "Mien-Client": self._client}
        if request.body is not None:
            headers |= {"Content-Type": request.kind, "Content-Length": str(request.length)}
        elif request.method not in ("GET", "DELETE"):
            headers["Content-Length"] = "0"
        # It may refuse before it has read all; then its reason can still be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(request.method, request.target, request.body, headers)
        return connection.getresponse()


def with_json(method: str, path: str, doing: str, plain: Any, query: Mapping[str, Any] | None = None, slow: bool = False) -> Request:
    try:
        body = json.dumps(plain, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ServiceError("input", f"Mien's service cannot be asked to {doing}: a value is no number, text or list ({error}).") from error
    return Request(method, path, doing, query, body, len(body), "application/json", slow)


@contextmanager
def _told(doing: str, timeout: float) -> Iterator[None]:
    """Say for the artist what the sockets say."""
    try:
        yield
    except OSError as error:
        # TimeoutError itself from 3.10 on.
        raise (timed_out(doing, timeout) if isinstance(error, socket.timeout) else stopped(doing)) from error
    except http.client.IncompleteRead as error:
        raise stopped(doing) from error
    except (http.client.HTTPException, ValueError) as error:
        raise unreadable(f"no HTTP: {type(error).__name__}") from error


def _refusal(response: http.client.HTTPResponse, doing: str, timeout: float) -> ServiceError:
    try:
        plain = parse_json(_read(response, doing, timeout, LARGEST_FAULT))
    except ServiceError as error:
        return error if error.code in ("stopped", "timeout") else unreadable(f"status {response.status}")
    return from_json(plain.get("error") if isinstance(plain, dict) else None, response.status)


def _read(response: http.client.HTTPResponse, doing: str, timeout: float, most: int) -> bytes:
    """All of an answer, in pieces: neither is its length believed, nor may it come drop by drop for ever."""
    if response.length is None and not response.chunked:
        raise unreadable("its length is not said")
    if response.length is not None and response.length > most:
        raise unreadable("it is too long")
    until = time.monotonic() + 10 * timeout
    whole = bytearray()
    while piece := response.read1(PIECE):
        whole += piece
        if len(whole) > most:
            raise unreadable("it is too long")
        if time.monotonic() > until:
            raise timed_out(doing, 10 * timeout)
    if response.length:
        raise stopped(doing)
    return bytes(whole)
