"""The description of the service, held against the service by schemathesis."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.started import Service

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


EXAMPLES = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def test_every_answer_is_as_described(service, recording):
    service.ready()
    job = service.ended(service.perform(recording))
    there = {"takes": job["take"], "files": recording, "jobs": job["id"]}
    described = schemathesis.openapi.from_url(f"{service.url}/v1/openapi.json", headers=service.headers)
    # To stop it would end the test; a stream of events has tests of its own.
    described = described.exclude(path="/v1/shutdown").exclude(path_regex=r"/events$")
    answered = {}
    for found in described.get_all_operations():
        operation = found.ok()
        answered[operation.label] = statuses_of(operation, service, there)
    assert len(answered) == 28 and all(answered.values())
    reading = [statuses for label, statuses in answered.items() if "{id}" in label and label.startswith("GET")]
    assert all({200, 404} <= statuses for statuses in reading), answered


def statuses_of(operation: Any, service: Service, there: dict[str, str]) -> set[int]:
    """What a call answers to examples; where it reads a thing by its id, half of them name one that is there."""
    seen: list[int] = []

    @EXAMPLES
    @given(case=operation.as_strategy())
    def hold(case: Any) -> None:
        if operation.method == "get" and "id" in (case.path_parameters or {}) and len(seen) % 2:
            case.path_parameters["id"] = there[operation.path.split("/")[2]]
            case.path_parameters |= {"n": 3} if "n" in case.path_parameters else {}
            case.query = {}
        seen.append(case.call_and_validate(headers=service.headers, checks=CHECKS, timeout=30).status_code)

    hold()
    return set(seen)


def test_every_call_is_described_with_its_failures(service):
    described = service.client.get("/openapi.json").json()
    calls = {(path, method): call for path, methods in described["paths"].items() for method, call in methods.items()}
    assert len(calls) == 30
    for place, call in calls.items():
        assert {"401", "403", "413", "422", "500"} <= set(call["responses"]), place
        well = [answer for status, answer in call["responses"].items() if status.startswith("2")]
        assert well and all(answer.get("content") for answer in well), place
