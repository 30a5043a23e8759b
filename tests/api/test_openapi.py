"""`/v1/openapi.json`: valid, whole, the one committed, and what is answered in truth."""

import json
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from apps.api import openapi
from tests.api.caller import Caller
from tests.api.openapi import COMMITTED
from tests.api.test_core import ALL, problem
from tests.world import World

URL = "/v1/openapi.json"
DOCUMENT: dict[str, Any] = json.loads(openapi.text())
LISTS = [case for case in ALL if case.values[3] == "list"]


def _operation(method: str, pattern: str) -> dict[str, Any]:
    found = DOCUMENT["paths"][f"/v1/{pattern}".replace("<uuid:id>", "{id}")][method.lower()]
    return dict(found)


def test_it_is_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    openapi.text.__wrapped__()
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate_schema(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_is_the_one_committed() -> None:
    told = "the API has changed: python -m tests.api.openapi, and read the difference"
    assert openapi.text() == COMMITTED.read_text(encoding="utf-8"), told


def test_it_has_every_operation_and_no_other() -> None:
    told = {
        (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    there = {(c.values[0], f"/v1/{c.values[1]}".replace("<uuid:id>", "{id}")) for c in ALL}
    assert told == there
    names = [
        one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()
    ]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("method", "pattern", "view", "name"), ALL)
def test_each_tells_its_scope_and_its_errors(
    method: str, pattern: str, view: Any, name: str
) -> None:
    given, stamped = _operation(method, pattern), getattr(view, name).operation
    assert (given["x-scope"], given["security"]) == (stamped.scope, [{"apiToken": []}])
    assert given["summary"]
    expected = {stamped.status, 400, 401, 403, 406, 429, 500, 503}
    expected |= {404} if "<uuid:id>" in pattern or method != "GET" else set()
    expected |= {409, 411, 413, 415, 422} if method != "GET" else set()
    expected |= {412, 428} if stamped.guarded else set()
    assert {str(status) for status in expected} <= set(given["responses"])
    for status, answer in given["responses"].items():
        if int(status) >= 400:
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(("method", "pattern", "view", "name"), LISTS)
def test_what_is_answered_is_what_is_told(
    acme: Caller, world: World, governed: None, method: str, pattern: str, view: Any, name: str
) -> None:
    here, service = world.acme.environments["pool"], world.acme.services["pool"]["cart"]
    one = f"?environmentId={here}&serviceId={service}" if "health" in pattern else ""
    answer = acme.get(f"/v1/{pattern}{one}")
    assert answer.data["results"]
    told = _operation(method, pattern)["responses"]
    _check(answer.data, told["200"]["content"]["application/json"]["schema"])
    refused = acme.get(f"/v1/{pattern}?nothing=1")
    _check(refused.data, told["400"]["content"]["application/problem+json"]["schema"])
    known = view.list.operation.answers().fields
    assert all(set(row) == set(known) for row in answer.data["results"])


def _check(data: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(data)


def test_anybody_reads_it_and_keeps_it_a_while(rolled_back: None) -> None:
    nobody = Caller("")
    answer = nobody.get(URL)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.data == DOCUMENT
    assert answer["Cache-Control"] == "public, max-age=300"
    assert not answer.cookies
    again = nobody.get(URL, If_None_Match=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    problem(nobody.post(URL, {}), "method-not-allowed")
