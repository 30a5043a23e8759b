"""Whatever is sent to whichever operation: no answer of 5xx, none that the schema does not tell.

A few examples an operation; `make fuzz` sends a thousand.
"""

import json
import os
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from tests.api.caller import Caller
from tests.api.test_core import problem
from tests.api.test_openapi import DOCUMENT
from tests.world import World

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
SCHEMA = schemathesis.openapi.from_dict(deepcopy(DOCUMENT))  # it writes into what it is given
ENVIRONMENT, HEADERS = "environmentId", ("If-Match", "Idempotency-Key")


def _without_required(value: Any) -> Any:
    """What `fields` leaves of an answer: any of its members may be missing."""
    if isinstance(value, dict):
        return {k: _without_required(v) for k, v in value.items() if k != "required"}
    return [_without_required(one) for one in value] if isinstance(value, list) else value


PARTIAL = _without_required(DOCUMENT)


@pytest.fixture
def there(acme: Caller, world: World, governed: None) -> dict[str, str]:
    """{collection: the id of one of its things}: an id that was made up is never there."""
    here = f"environmentId={world.acme.environments['shared']}"
    service = f"serviceId={world.acme.services['shared']['cart']}"
    found = {}
    for path, methods in DOCUMENT["paths"].items():
        collection = path.split("/")[3]
        if "get" in methods and path.count("/") == 3 and collection != "health-results":
            query = here if _takes(methods["get"], ENVIRONMENT) else ""
            row = acme.get(f"/{collection}?{query}").data["results"][0]
            found[collection] = str(next(iter(row.values())))
    return found | {"query": f"{here}&{service}"}


def _takes(operation: dict[str, Any], name: str) -> bool:
    return any(one["name"] == name for one in operation["parameters"])


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES < 100, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_one_that_is_told(
    case: Any, acme: Caller, world: World, there: dict[str, str]
) -> None:
    collection = case.path.split("/")[3]
    here, service = (part.split("=")[1] for part in there["query"].split("&"))
    real = {ENVIRONMENT: here, "serviceId": service}
    query = dict(case.query or {})
    if case.path_parameters:
        case.path_parameters["id"] = there[collection]
    # Most of what is made up has no place to be at: every other one is put where there is one.
    if len(json.dumps(query, default=str)) % 2:
        query |= {name: value for name, value in real.items() if name in query}
    body = b"" if isinstance(case.body, schemathesis.core.NotSet) else case.body
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, dict) and ENVIRONMENT in one:
            one[ENVIRONMENT] = here
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {name: str(value) for name, value in (case.headers or {}).items() if name in HEADERS}
    path = case.formatted_path + _query(query)
    kind = {"Content-Type": case.media_type} if case.media_type else {}
    answer = acme(
        case.method, path, sent, **{k.replace("-", "_"): v for k, v in headers.items()}, **kind
    )
    told = case.operation.definition.raw["responses"]
    if case.method.lower() not in DOCUMENT["paths"][case.path]:
        problem(answer, "method-not-allowed")
        return
    assert answer.status_code < 500, answer.content
    assert str(answer.status_code) in told, (case.method, path, answer.status_code, answer.content)
    _check(answer, told[str(answer.status_code)], DOCUMENT if "fields" not in query else PARTIAL)


def _query(query: dict[str, Any]) -> str:
    return "?" + urlencode(query, doseq=True, errors="replace") if query else ""


def _check(answer: Any, told: dict[str, Any], document: dict[str, Any]) -> None:
    if "content" not in told or answer.status_code == 304:
        return
    kind = answer["Content-Type"].split(";")[0]
    schema = told["content"][kind]["schema"]
    data = answer.data
    if answer.streaming:
        text = answer.file.decode()
        data = json.loads(text) if kind == "application/json" else text
    Draft202012Validator({**schema, "components": document["components"]}).validate(data)
