"""The application: routes, and how everything that goes wrong is answered."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from backend.errors import MienError
from backend.service import API
from backend.service.guard import Guard
from backend.service.house import House
from backend.service.models import Failure
from backend.service.problems import Problem, Refusal, problem, told
from backend.service.routes import about, edits, files, jobs, takes
from backend.version import VERSION

_ALWAYS: Mapping[int, str] = {
    401: "The token is missing or wrong.",
    403: "The Host or Origin header is not the service's own.",
    405: "The call is not made in this way.",
    413: "The request is too large.",
    422: "What was sent cannot be used.",
    500: "A fault in Mien itself.",
}


def create_app(house: House) -> FastAPI:
    """The application of one house; who may ask is checked in here, too."""
    described: dict[int | str, dict[str, Any]] = {status: {"model": Failure, "description": why} for status, why in _ALWAYS.items()}
    app = FastAPI(
        title="Mien", version=f"{API} ({VERSION})", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json", responses=described
    )
    app.state.house = house
    for part in (about, files, jobs, takes, edits):
        app.include_router(part.router, prefix="/v1")
    app.add_middleware(Guard, house=house)
    for kind, handler in ((Refusal, _refused), (MienError, _mien), (RequestValidationError, _invalid), (HTTPException, _http)):
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(Exception, _fault)
    return app


def _answer(status: int, found: Problem) -> JSONResponse:
    return JSONResponse({"error": found}, status)


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return _answer(error.status, error.problem)


def _mien(request: Request, error: Exception) -> JSONResponse:
    return _answer(422, told(error))


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # The first part says where it was sent; the kind of a job among them says nothing.
    place = ".".join(str(part) for part in first["loc"][1:] if part not in ("perform", "export")) or str(first["loc"][0])
    return _answer(422, problem("input", f"'{place[:200]}' cannot be used: {str(first['msg'])[:300]}."))


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method"}.get(error.status_code, "input")
    status = 422 if error.status_code == 400 else error.status_code  # a body that is no text at all
    response = _answer(status, problem(code, f"{str(error.detail).rstrip('.')}."))
    response.headers.update(error.headers or {})
    return response


def _fault(request: Request, error: Exception) -> JSONResponse:
    logging.getLogger("mien").error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(500, told(error))
