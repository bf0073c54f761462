"""What there is: the service itself, generators, rigs, emotions, formats, and matching of characters by name."""

import asyncio
import inspect
import os
from dataclasses import asdict
from functools import cache
from typing import Any

from fastapi import APIRouter, BackgroundTasks, Response

from backend.service import API
from backend.service.house import House
from backend.service.models import (
    Character,
    Done,
    EmotionFacts,
    FormatFacts,
    GeneratorFacts,
    Hello,
    Matched,
    RigFacts,
)
from backend.service.problems import Refusal
from backend.service.routes import Own, also, raw
from backend.version import VERSION

router = APIRouter()
CAPABILITIES = ["perform", "export", "edit", "events", "motion", "vertices", "frames", "match", "head", "folders"]
GLTF = "model/gltf-binary"


@router.get("/hello")
def hello(house: Own) -> Hello:
    foreman = house.foreman
    state = "busy" if foreman.working else foreman.state
    return Hello(
        name="mien",
        version=VERSION,
        api=API,
        pid=os.getpid(),
        device=foreman.device,
        worker=state,  # type: ignore[arg-type] # one of the four
        capabilities=CAPABILITIES,
        limits=asdict(house.limits),
    )


@router.get("/generators", responses=also(503))
async def generators(house: Own) -> list[GeneratorFacts]:
    try:
        facts = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(house.foreman.facts)), house.limits.start)
    except TimeoutError:
        raise Refusal(503, "worker", "the process that does the work does not start: look at what the service printed.") from None
    return [GeneratorFacts(**one) for one in facts["generators"]]


@router.get("/rigs")
def rigs() -> list[RigFacts]:
    return _rigs()


@cache
def _rigs() -> list[RigFacts]:
    from backend.motion import RIGS

    return [RigFacts.model_validate({"name": name, "channels": [asdict(channel) for channel in RIGS[name].channels]}) for name in RIGS]


@router.get("/emotions")
def emotions() -> list[EmotionFacts]:
    from backend.emotion.presets import emotions

    return [EmotionFacts(name=one.name, aliases=list(one.aliases), description=one.description) for one in emotions().values()]


@router.get("/formats")
def formats() -> list[FormatFacts]:
    return _formats()


@cache
def _formats() -> list[FormatFacts]:
    from exporters import EXPORTERS

    return [FormatFacts(suffix=suffix, summary=(inspect.getdoc(EXPORTERS[suffix]) or "").split("\n", 1)[0]) for suffix in EXPORTERS]


@router.post("/match")
def match(character: Character) -> Matched:
    """Which shapes and bones of a character answer to which channels of the arkit rig, by their names."""
    from backend.service.matching import matched

    return Matched.model_validate(matched([(mesh.name, mesh.shapes) for mesh in character.meshes], character.bones))


@router.get("/head.glb", response_class=Response, responses=raw(GLTF, "Mien's head with its shapes, named as ARKit's."))
def head() -> Response:
    return Response(_head(), media_type=GLTF)


@cache
def _head() -> bytes:
    from backend.face.heads import mien_head
    from backend.service.head_glb import head_glb

    return head_glb(mien_head())


@router.post("/shutdown", status_code=202)
def shutdown(house: Own, later: BackgroundTasks) -> Done:
    """Finish the running job, then stop. What waits goes on when the service is started again."""
    later.add_task(_drain, house)
    return Done(stopping=True)


def _drain(house: House) -> Any:
    house.foreman.drain()
