"""Who may ask, and how much: the token, the Host and Origin headers, and the size of a request."""

import hmac
import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.service.house import House
from backend.service.problems import Problem, Refusal

UPLOADS = ("/v1/files", "/v1/takes")


class Guard:
    """Stands before the application. A web page cannot get past it: it has no token, and its browser names its origin."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app, self._house = app, house
        port = house.settings.port
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._origins = tuple(f"http://{host}" for host in self._hosts)
        self._token = f"Bearer {house.settings.token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._house.entered(1)
        try:
            await self._through(scope, receive, send)
        finally:
            self._house.entered(-1)

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            largest = self._check(scope)
        except Refusal as refusal:
            await answer(send, refusal.status, refusal.problem)
            return
        count = _Count(receive, send, largest)
        await self._app(scope, count.receive, count.send)

    def _check(self, scope: Scope) -> int:
        """How many bytes the request may have.

        Raises:
            Refusal: it may not be asked at all.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if headers.get(b"host", b"").decode("latin-1") not in self._hosts:
            raise Refusal(403, "origin", "this service answers to 127.0.0.1 and localhost alone. Check the address.")
        if (origin := headers.get(b"origin")) is not None and origin.decode("latin-1") not in self._origins:
            raise Refusal(403, "origin", "this service does not answer to web pages.")
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._token):
            raise Refusal(401, "token", "the token is missing or wrong: read it from service.json again.", {"kind": "restart"})
        upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        largest = self._house.limits.upload if upload else self._house.limits.body
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > largest:
            raise _too_large(largest)
        return largest


class _Count:
    """Counts what comes in of a request that does not say its size; what is answered to one that is too large is said here."""

    def __init__(self, receive: Receive, send: Send, largest: int) -> None:
        self._receive, self._send, self._largest = receive, send, largest
        self._read = 0
        self._answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._largest:
            raise _too_large(self._largest)
        return message

    async def send(self, message: Message) -> None:
        if self._read <= self._largest:
            await self._send(message)
        elif not self._answered:
            self._answered = True
            refusal = _too_large(self._largest)
            await answer(self._send, refusal.status, refusal.problem)


def _too_large(largest: int) -> Refusal:
    return Refusal(413, "too_large", f"this is too large: at most {largest / 2**20:.0f} MiB are taken.")


async def answer(send: Send, status: int, problem: Problem) -> None:
    """A refusal, before there is an application to word it. What was not read of the request cannot follow: the connection ends."""
    body = json.dumps({"error": problem}).encode()
    headers: list[Any] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"www-authenticate", b"Bearer")] if status == 401 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
