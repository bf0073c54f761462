"""The fast edit: a new motion of a recording that was performed before, without a job."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Response

from backend.motion import RIGS, parse_rate
from backend.service.directions import checked
from backend.service.models import Edit
from backend.service.problems import Refusal
from backend.service.routes import Own, also, raw
from backend.service.routes.files import BYTES

router = APIRouter()


@router.post("/edit", response_class=Response, responses=also(404, 409, 410, 429, 503) | raw(BYTES, "Motion as safetensors."))
async def edit(
    house: Own,
    asked: Edit,
    mien_client: Annotated[
        str | None, Header(max_length=200, description="who asks; a newer edit takes the place of one that waits")
    ] = None,
) -> Response:
    """A rig or rate that the direction leaves out is that of the answer, so that nothing is converted twice.

    Without the header ``Mien-Client``, all who edit the same recording count as one client.
    """
    if house.foreman.draining:
        raise Refusal(410, "gone", "the service is about to stop. Start it again.", {"kind": "restart"})
    _ = RIGS[asked.rig]
    rate = str(parse_rate(asked.rate))
    request = await asyncio.to_thread(checked, house, asked, rig=asked.rig, rate=rate)
    window = {"rig": asked.rig, "rate": rate, "start": asked.start, "end": asked.end}
    question = house.performance(request | {"name": "edit"}) | window
    answer = await asyncio.wrap_future(house.foreman.ask("edit", question, mien_client or asked.recording))
    return Response(answer["motion"], media_type=BYTES)
