"""From a state folder to a listening service, and to its end."""

import asyncio
import http.client
import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import MienError, OutputError
from backend.service import API
from backend.service.jobs import now
from backend.service.limits import Limits
from backend.service.state import Address, lock, opened, read_address, remove_address, write_address
from backend.version import VERSION

if TYPE_CHECKING:
    import uvicorn

    from backend.service.house import House

HOST = "127.0.0.1"
_PATIENCE = 30.0  # seconds that another service may take from its lock to its address


class ServiceError(MienError):
    """The service cannot be started."""


def serve(
    folder: Path, port: int = 0, idle: float = 1800.0, limits: Limits | None = None, say: Callable[[str], None] = lambda _: None
) -> None:
    """Run the service until it is told to stop, or is idle for ``idle`` seconds (0: for ever). Where one runs, say where.

    Raises:
        ServiceError: the port is taken, or another service holds the folder and cannot be reached.
        OutputError: the state folder cannot be used.
    """
    from backend.service.house import House, Settings

    held = lock(opened(folder))
    if held is None:
        say(f"running already at {_other(folder).url}")
        return
    with held, listening(port) as door:
        # Whatever service.json says now is of a service that is gone: the lock was free.
        (folder / "service.json").unlink(missing_ok=True)
        address = Address(API, VERSION, os.getpid(), door.getsockname()[1], secrets.token_urlsafe(32), now())
        house = House(Settings(folder, address.token, address.port, idle, limits or Limits()))
        house.foreman.start()
        try:
            asyncio.run(_run(house, door, lambda: _announce(folder, address, say)))
        finally:
            house.foreman.stop()
            remove_address(folder, os.getpid())


def listening(port: int) -> socket.socket:
    """A socket that listens on the loopback address alone.

    Raises:
        ServiceError: the port is taken or may not be used.
    """
    # Named, the protocol lets asyncio turn off the waiting for more to send, which costs 40 ms an answer.
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen(128)
    except OSError as error:
        door.close()
        reason = (error.strerror or str(error)).lower()
        raise ServiceError(f"port {port} cannot be used: {reason}. Choose another with --port, or leave it out.") from error
    return door


def running(folder: Path) -> Address | None:
    """The service of a state folder that answers, if there is one."""
    address = read_address(folder)
    if address is None:
        return None
    line = http.client.HTTPConnection(HOST, address.port, timeout=5)
    try:
        line.request("GET", "/v1/hello", headers={"Authorization": f"Bearer {address.token}"})
        return address if line.getresponse().status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def _other(folder: Path) -> Address:
    """The service that holds the lock: it may still be on its way."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if (address := running(folder)) is not None:
            return address
        time.sleep(0.1)
    raise ServiceError("another service holds the state folder, but does not answer. End it, or name another folder in MIEN_STATE.")


def _announce(folder: Path, address: Address, say: Callable[[str], None]) -> None:
    write_address(folder, address)
    say(f"listening at {address.url}")


async def _run(house: "House", door: socket.socket, announce: Callable[[], None]) -> None:
    import uvicorn

    from backend.service.app import create_app

    config = uvicorn.Config(
        create_app(house),
        log_level="warning",
        lifespan="off",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=512,
        ws="none",
    )
    server = uvicorn.Server(config)
    watching = asyncio.create_task(_watch(house, server, announce))
    try:
        await server.serve(sockets=[door])
    finally:
        watching.cancel()


async def _watch(house: "House", server: "uvicorn.Server", announce: Callable[[], None]) -> None:
    """Tell the world once it listens; end it when nobody needs it any more."""
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        announce()
    except OutputError:
        server.should_exit = True
        raise
    idle = house.settings.idle
    while not server.should_exit:
        await asyncio.sleep(0.1)
        drained = house.foreman.draining and not house.foreman.busy
        server.should_exit = server.should_exit or drained or (0 < idle < house.idle_for())
    house.stopping.set()
