"""The calls, by what they are about."""

from typing import Annotated, Any

from fastapi import Depends, Request

from backend.service.house import House
from backend.service.models import Failure


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


Own = Annotated[House, Depends(_house)]

_WHY = {
    404: "There is nothing of that name.",
    409: "A newer request took this one's place.",
    410: "It is gone, or the service is about to stop.",
    429: "Too much waits already, or the worker is busy for long.",
    503: "The process that does the work failed; it restarts.",
}


def also(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Further answers of a call, for its description."""
    return {status: {"model": Failure, "description": _WHY[status]} for status in statuses}


def raw(kind: str, what: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An answer that is bytes, for a call's description."""
    return {status: {"description": what, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}
