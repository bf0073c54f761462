"""Recordings, pictures, heads and other files: uploaded, or taken from a folder that the user opened."""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from backend.errors import OutputError
from backend.service.house import House
from backend.service.models import FileFacts, FileId, Folder, StoredFile
from backend.service.problems import Refusal
from backend.service.routes import Own, also, raw
from backend.service.shelf import digest, plain_name

router = APIRouter()
BYTES = "application/octet-stream"
AUDIBLE = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".oga", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".rf64")
_SOON = 2.0  # seconds
RAW: dict[str, Any] = {"requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/folders")
def folders(house: Own) -> list[Folder]:
    return [Folder(path=str(path)) for path in house.folders.all()]


@router.post("/folders", responses=also(429))
def open_folder(house: Own, folder: Folder) -> Folder:
    return Folder(path=str(house.folders.open(folder.path)))


@router.delete("/folders", responses=also(404))
def close_folder(house: Own, path: Annotated[str, Query(min_length=1, max_length=4096)]) -> Folder:
    return Folder(path=str(house.folders.close(path)))


@router.post("/files", openapi_extra=RAW)
async def upload(house: Own, request: Request, name: Annotated[str, Query(min_length=1, max_length=1000)]) -> StoredFile:
    """The body is the file, as it is."""
    place = await received(house, request)
    return await asyncio.to_thread(_keep, house, place, name)


@router.post("/files/open")
def open_file(house: Own, file: Folder) -> StoredFile:
    """Copied, so that it stays as it is now."""
    place = house.new_place()
    with house.folders.file(file.path) as (real, content):
        try:
            _copy(content, place, house.limits.upload)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
    return _keep(house, place, real.name)


@router.get("/files/{id}", responses=also(404, 410))
async def facts(house: Own, id: FileId) -> FileFacts:
    known = house.files.facts(id)
    if "seconds" not in known and Path(known["name"]).suffix.lower() in AUDIBLE:
        known = await _with_seconds(house, id)
    return FileFacts.model_validate(known)


@router.get("/files/{id}/content", response_class=Response, responses=also(404, 410) | raw(BYTES, "The file itself."))
def content(house: Own, id: FileId) -> FileResponse:
    return FileResponse(house.files.path(id), media_type=BYTES)


async def _with_seconds(house: House, name: str) -> dict[str, Any]:
    """The facts with the recording's length, if the worker tells it soon; who asks whether a file is here need not wait for that."""
    answer = house.foreman.ask("seconds", {"audio": str(house.files.path(name))}, f"seconds {name}")
    answer.add_done_callback(lambda found: _note_seconds(house, name, found))
    await asyncio.wait([asyncio.wrap_future(answer)], timeout=_SOON)
    return house.files.facts(name)


def _note_seconds(house: House, name: str, answer: Future[dict[str, Any]]) -> None:
    if answer.cancelled():
        return
    error = answer.exception()
    if error is None:
        found = answer.result()["seconds"]
    elif isinstance(error, Refusal) and error.problem["code"] == "audio":
        found = None  # called a recording, and is none
    else:
        return
    with suppress(Refusal, OutputError):  # it was removed meanwhile, or the disk is full
        house.files.change(name, seconds=found)


async def received(house: House, request: Request) -> Path:
    """The body of a request, in a file of its own.

    Raises:
        OutputError: it cannot be written.
    """
    place = house.new_place()
    try:
        with place.open("wb") as file:
            async for part in request.stream():
                await asyncio.to_thread(file.write, part)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise _full(error) from error
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return place


def _copy(source: BinaryIO, place: Path, largest: int) -> None:
    try:
        with place.open("wb") as target:
            while part := source.read(1 << 20):
                if target.tell() + len(part) > largest:
                    raise Refusal(413, "too_large", f"this file is too large: at most {largest / 2**20:.0f} MiB are taken.")
                target.write(part)
    except OSError as error:
        raise _full(error) from error


def _full(error: OSError) -> OutputError:
    return OutputError(f"the file cannot be kept: {(error.strerror or str(error)).lower()}. Free some space.")


def _keep(house: House, place: Path, name: str) -> StoredFile:
    found = {"id": digest(place), "name": plain_name(name), "size": place.stat().st_size}
    return StoredFile.model_validate(house.files.put(str(found["id"]), place, found))
