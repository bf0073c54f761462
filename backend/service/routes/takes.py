"""Takes: what is kept of them, their motion, meshes and pictures."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask

from backend.errors import DirectionError
from backend.motion import Motion, Rate, parse_rate
from backend.motion.rate import frames_to_cover
from backend.service.house import House
from backend.service.models import Rate as RateText
from backend.service.models import RigName, Second, TakeChange, TakeFacts, TakeId
from backend.service.motion_bytes import fitted, packed
from backend.service.problems import Refusal
from backend.service.routes import Own, also, raw
from backend.service.routes.files import BYTES, RAW, received
from backend.service.shelf import digest

router = APIRouter()
_GONE = also(404, 410)
_ASKS = also(404, 410, 429, 503)
_LARGEST_MOTION = 2**28  # bytes
_VERTICES = 11_994  # of Mien's head


@router.get("/takes")
def every(house: Own) -> list[TakeFacts]:
    """Oldest first."""
    return [TakeFacts.model_validate(facts) for facts in sorted(house.takes.all(), key=lambda facts: str(facts["created"]))]


@router.post("/takes", status_code=201, openapi_extra=RAW)
async def add(house: Own, request: Request, label: Annotated[str, Query(max_length=200)] = "") -> TakeFacts:
    """The body is a ``.take`` file. The same one again changes nothing."""
    place = await received(house, request)
    return await asyncio.to_thread(_add, house, place, label)


def _add(house: House, place: Any, label: str) -> TakeFacts:
    try:
        name = digest(place)
        if name in house.takes:
            return _facts(house, name)
        unknown = dict.fromkeys(("recording", "script", "language", "textgrid"))
        return TakeFacts.model_validate(house.keep_take(name, place, label, unknown))
    finally:
        place.unlink(missing_ok=True)


@router.get("/takes/{id}", responses=_GONE)
def one(house: Own, id: TakeId) -> TakeFacts:
    return _facts(house, id)


@router.put("/takes/{id}", responses=_GONE)
def change(house: Own, id: TakeId, wanted: TakeChange) -> TakeFacts:
    """``kept`` takes stay when room is made."""
    return TakeFacts.model_validate(house.takes.change(id, **wanted.model_dump(exclude_none=True)))


@router.delete("/takes/{id}", responses=_GONE)
def remove(house: Own, id: TakeId) -> TakeFacts:
    facts = _facts(house, id)
    house.takes.remove(id)
    return facts


@router.get("/takes/{id}/take", response_class=Response, responses=_GONE | raw(BYTES, "The .take file."))
def content(house: Own, id: TakeId) -> FileResponse:
    house.check_take(id)
    return FileResponse(house.takes.path(id), media_type=BYTES)


@router.get("/takes/{id}/motion", response_class=Response, responses=_GONE | raw(BYTES, "Motion as safetensors."))
def motion(
    house: Own,
    id: TakeId,
    rig: RigName = "arkit",
    rate: RateText | None = None,
    start: Second | None = None,
    end: Second | None = None,
) -> Response:
    found = house.take(id).motion
    _check_size(found, parse_rate(rate) if rate else found.rate, 4 * 300, _LARGEST_MOTION)
    return Response(packed(fitted(found, rig, rate), start, end), media_type=BYTES)


@router.get("/takes/{id}/vertices", response_class=Response, responses=_ASKS | raw(BYTES, "The mesh of every frame as safetensors."))
async def vertices(house: Own, id: TakeId, head: Literal["flame", "mien"] = "mien", rate: RateText | None = None) -> FileResponse:
    found = (await asyncio.to_thread(house.take, id)).motion
    wanted = parse_rate(rate) if rate else found.rate
    _check_size(found, wanted, 12 * _VERTICES, house.limits.vertices)
    place = house.new_place()
    asked = {"take": str(house.takes.path(id)), "head": head, "rate": str(wanted), "to": str(place)}
    try:
        await asyncio.wrap_future(house.foreman.ask("vertices", asked))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return FileResponse(place, media_type=BYTES, background=BackgroundTask(place.unlink, missing_ok=True))


@router.get("/takes/{id}/frames/{n}.png", response_class=Response, responses=_ASKS | raw("image/png", "Mien's head at that frame."))
async def frame(
    house: Own,
    id: TakeId,
    n: Annotated[int, Field(ge=0, lt=2**31)],
    size: Annotated[int, Query(ge=16, le=1024)] = 256,
) -> Response:
    house.check_take(id)
    frames = house.takes.facts(id)["frames"]
    if n >= frames:
        raise DirectionError(f"there is no frame {n}: the take has {frames}, from 0 on.")
    asked = {"take": str(house.takes.path(id)), "frame": n, "size": min(size, house.limits.picture)}
    found = await asyncio.wrap_future(house.foreman.ask("picture", asked))
    return Response(found["png"], media_type="image/png")


def _facts(house: House, name: str) -> TakeFacts:
    house.check_take(name)
    return TakeFacts.model_validate(house.takes.facts(name))


def _check_size(motion: Motion, rate: Rate, frame: int, largest: int) -> None:
    if frames_to_cover(motion.duration, rate) * frame > largest:
        raise Refusal(413, "too_large", f"at {rate} frames per second this is too large to send: ask for a lower rate.")
