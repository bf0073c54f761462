"""Jobs: performing and exporting, one after the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from backend.service.directions import checked
from backend.service.house import House
from backend.service.jobs import FINAL, Job
from backend.service.models import ExportJob, JobFacts, PerformJob
from backend.service.problems import Refusal
from backend.service.routes import Own, also

router = APIRouter()
OFTEN, QUIET = 0.1, 5.0  # seconds: between two events at least, and until a comment keeps the connection open
JobId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: progress` with the job as data, until its final state.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.post("/jobs", status_code=202, responses=also(404, 410, 429))
def start(house: Own, asked: Annotated[PerformJob | ExportJob, Body(discriminator="kind")]) -> JobFacts:
    if house.foreman.draining:
        raise Refusal(410, "gone", "the service is about to stop. Start it again.", {"kind": "restart"})
    request = _perform(house, asked) if isinstance(asked, PerformJob) else _export(house, asked)
    job = house.queue.add(Job(asked.kind, request, asked.label, asked.priority))
    house.foreman.wake()
    return _facts(house, job.id)


@router.get("/jobs")
def every(house: Own) -> list[JobFacts]:
    """Oldest first."""
    found = []
    for name in house.queue.names():
        try:
            found.append(_facts(house, name))
        except Refusal:
            continue  # forgotten meanwhile
    return found


@router.get("/jobs/{id}", responses=also(404))
def one(house: Own, id: JobId) -> JobFacts:
    return _facts(house, id)


@router.delete("/jobs/{id}", responses=also(404))
async def cancel(house: Own, id: JobId) -> JobFacts:
    """Cancel it; the answer comes when the worker has let go. A job that has ended stays as it is."""
    house.queue.job(id)
    await asyncio.to_thread(house.foreman.cancel, id)
    for _ in range(int(2 * house.limits.cancel / OFTEN)):
        if house.queue.job(id).final:
            break
        await asyncio.sleep(OFTEN)
    return _facts(house, id)


@router.get("/jobs/{id}/events", response_class=Response, responses=also(404) | EVENTS)
async def events(house: Own, id: JobId) -> StreamingResponse:
    house.queue.job(id)
    return StreamingResponse(_events(house, id), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(house: House, name: str) -> AsyncIterator[str]:
    told, quiet = "", 0.0
    while not house.stopping.is_set():
        facts = _facts(house, name)
        now = json.dumps(facts.model_dump())
        if now != told:
            yield f"event: progress\ndata: {now}\n\n"
            told, quiet = now, 0.0
        elif quiet >= QUIET:
            yield ": keep-alive\n\n"
            quiet = 0.0
        if facts.state in FINAL:
            return
        await asyncio.sleep(OFTEN)
        quiet += OFTEN


def _facts(house: House, name: str) -> JobFacts:
    return JobFacts.model_validate(house.queue.public(name))


def _perform(house: House, asked: PerformJob) -> dict[str, Any]:
    return checked(house, asked) | {"name": house.files.facts(asked.recording)["name"]}


def _export(house: House, asked: ExportJob) -> dict[str, Any]:
    from exporters import suffix_of

    house.check_take(asked.take)
    take = house.takes.facts(asked.take)
    if asked.head is not None:
        house.files.facts(asked.head)
    suffix = suffix_of(Path(f"take.{asked.format.lstrip('.')}"))
    return {"take": asked.take, "format": suffix, "head": asked.head, "name": f"{Path(take['name']).stem or 'take'}{suffix}"}
