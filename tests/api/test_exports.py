"""A collection as a file: what its list shows on all of its pages, batch by batch."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import tables
from apps.core.access import Role
from apps.core.errors import NotFound
from apps.people.operations import revoke_api_client
from apps.services.operations import change_service
from apps.tenant_bindings import streaming
from apps.tenant_bindings.context import enter_tenant
from tests.api.caller import Caller, new_client
from tests.api.test_core import ALL, problem
from tests.core.doors import inside
from tests.world import World, person_actor

EXPORTS = [str(case.values[1]) for case in ALL if case.values[3] == "export"]


def _listed(caller: Caller, path: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url = f"/v1/{path}?limit=200{query}"
    while url:
        page = caller.get(url.removeprefix("http://testserver")).data
        found += page["results"]
        url = page["next"]
    return found


def _lines(file: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.decode().splitlines()]


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def _of_a_service(world: World, path: str) -> str:
    if "health" not in path:
        return ""
    here, service = world.acme.environments["pool"], world.acme.services["pool"]["cart"]
    return f"&environmentId={here}&serviceId={service}"


@pytest.mark.parametrize("path", EXPORTS)
def test_a_file_has_what_the_list_shows_in_every_form(
    acme: Caller, world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BATCH", 2)
    query = _of_a_service(world, path)
    rows = _listed(acme, path.removesuffix("/export"), query)
    assert rows
    lines = acme.get(f"/v1/{path}?format=ndjson{query}")
    assert lines.status_code == 200
    assert lines["Content-Type"] == "application/x-ndjson; charset=utf-8"
    assert lines["Content-Disposition"].startswith('attachment; filename="')
    volatile = ("lastUsedAt",)
    told = [{k: v for k, v in row.items() if k not in volatile} for row in _lines(lines.file)]
    assert _sorted(told) == _sorted(
        [{k: v for k, v in row.items() if k not in volatile} for row in rows]
    )
    assert _lines(acme.get(f"/v1/{path}?{query[1:]}").file) == _lines(lines.file)
    whole = acme.get(f"/v1/{path}?format=json{query}")
    assert json.loads(whole.file) == _lines(lines.file)
    text = acme.get(f"/v1/{path}?format=csv{query}").file.decode()
    cells = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [list(row) for row in cells] == [list(row) for row in _lines(lines.file)]
    key = next(iter(rows[0]))
    assert [row[key] for row in cells] == [row[key] for row in _lines(lines.file)]


def test_a_file_has_exactly_what_the_filters_leave(acme: Caller, world: World) -> None:
    cart = f"/services/{world.acme.services['pool']['cart']}"
    assert acme.post(f"{cart}/retire", {}, If_Match="*").status_code == 200
    for query in ("", "status=Retired", "moduleId=web", "moduleIdPrefix=ca&status=live",
                  f"environmentId={world.acme.environments['silo']}"):  # fmt: skip
        listed = _listed(acme, "runtime/services", f"&{query}" if query else "")
        assert _sorted(_lines(acme.get(f"/services/export?{query}").file)) == _sorted(listed)
    only = _lines(acme.get("/services/export?fields=moduleId,status&status=Retired").file)
    assert only == [{"moduleId": "cart", "status": "Retired"}]


@pytest.mark.parametrize(
    "query", ["format=xml", "status=Lost", "nothing=1", "fields=nothing", "limit=1", "cursor=x"]
)
def test_what_is_wrong_is_said_before_anything_is_sent(acme: Caller, query: str) -> None:
    problem(acme.get(f"/services/export?{query}"), "bad-parameter")


def test_no_cell_is_run_by_a_spreadsheet(acme: Caller, world: World) -> None:
    with inside(world.acme, "pool"):
        change_service(world.acme.services["pool"]["cart"], image="=HYPERLINK(1)", version="@x")
    text = acme.get("/services/export?format=csv&moduleId=cart").file.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {"'=HYPERLINK(1)", "'@x"} <= {cell for row in rows for cell in row.values()}
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_each_batch_goes_through_the_door_by_itself(
    acme: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BATCH", 1)
    with CaptureQueriesContext(connection) as captured:
        rows = _lines(acme.get("/services/export").file)
    entered = [q["sql"] for q in captured if "app.enter(" in q["sql"]]
    assert len(rows) == 6
    assert len(entered) > len(rows)


def test_a_token_that_is_revoked_gets_no_further_batch(
    rolled_back: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BATCH", 1)
    client, token = new_client("acme", ["runtime.services.read"])
    headers = {"Authorization": f"Bearer {token}"}
    answer: Any = Caller(token).client.get("/v1/runtime/services/export", headers=headers)
    chunks = iter(answer.streaming_content)
    first = [next(chunks) for _ in range(2)]  # what opens a file, then a row
    assert any(first)
    admin = person_actor(world.acme.people[Role.TENANT_ADMIN])
    with enter_tenant("acme", actor=admin, partition="public", writing=True):
        revoke_api_client(client.id)
    with pytest.raises(NotFound):
        list(chunks)


def test_any_number_of_rows_takes_the_memory_of_a_batch() -> None:
    def batches() -> Iterator[list[dict[str, Any]]]:
        for start in range(0, 200_000, 1000):
            yield [{"id": n, "name": "of a service"} for n in range(start, start + 1000)]

    tracemalloc.start()
    try:
        size = sum(map(len, tables.streamed(batches(), ["id", "name"], "csv")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 3_000_000
    assert peak < 1_500_000


@pytest.mark.parametrize("format", tables.STREAMS)
def test_a_file_of_nothing_is_whole(acme: Caller, format: str) -> None:
    answer = acme.get(f"/services/export?moduleId=nobody&format={format}")
    if format == "csv":
        assert answer.file.decode().startswith("serviceId,tenantId,")
        assert len(answer.file.splitlines()) == 1
    else:
        assert (json.loads(answer.file) if format == "json" else _lines(answer.file)) == []
