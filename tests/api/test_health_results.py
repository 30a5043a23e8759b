"""Health results by the API: recorded whole or not at all, once, and read page by page."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.health_results import api, reading
from tests.api.caller import Caller, token_of
from tests.api.test_core import problem
from tests.world import World


@pytest.fixture
def place(world: World) -> str:
    return f"/health-results?environmentId={world.acme.environments['pool']}"


def _items(count: int, **more: Any) -> list[dict[str, Any]]:
    begun = datetime.now(UTC) - timedelta(hours=2)
    return [
        {
            "moduleId": "cart", "status": "Healthy", "probe": "api", "latencyMs": number,
            "checkedAt": (begun + timedelta(seconds=number)).isoformat(), **more,
        }
        for number in range(count)
    ]  # fmt: skip


def _lines(items: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def _read(acme: Caller, world: World, place: str, more: str = "") -> list[dict[str, Any]]:
    url = f"{place}&serviceId={world.acme.services['pool']['cart']}&probe=api{more}"
    found: list[dict[str, Any]] = []
    while url:
        page = acme.get(url.removeprefix("http://testserver")).data
        found += page["results"]
        url = page["next"]
    return found


def test_the_members_are_those_that_are_read() -> None:
    assert set(api.NewHealthResult().fields) == set(reading._FIELDS)


def test_more_than_a_batch_is_recorded_and_sent_again_makes_no_second_row(
    acme: Caller, world: World, place: str
) -> None:
    items = _items(1203)
    answer = acme.post(place, items)
    assert answer.status_code == 200, answer.data
    assert answer.data == {"accepted": 1203, "duplicates": 0}
    assert acme.post(place, items).data == {"accepted": 0, "duplicates": 1203}
    packed = gzip.compress(_lines([*items, *_items(1, probe="other")]))
    kind = {"Content_Type": "application/x-ndjson", "Content_Encoding": "gzip"}
    assert acme.post(place, packed, **kind).data == {"accepted": 1, "duplicates": 1203}
    found = _read(acme, world, place, "&limit=200")
    assert [one["latencyMs"] for one in found] == list(range(1202, -1, -1))
    assert {one["serviceId"] for one in found} == {str(world.acme.services["pool"]["cart"])}


def test_the_key_of_a_request_works_for_lines_too(acme: Caller, place: str) -> None:
    sent = {"Content_Type": "application/x-ndjson", "Idempotency_Key": "lines"}
    lines = _lines(_items(2))
    first, again = (acme.post(place, lines, **sent) for _ in range(2))
    assert first.data == {"accepted": 2, "duplicates": 0}
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_each_that_cannot_be_is_named_and_none_is_kept(
    acme: Caller, world: World, place: str, kind: str
) -> None:
    items = _items(1005)
    items[1]["status"] = "Fine"
    items[2]["latencyMs"] = "12"
    items[3]["moduleId"] = "nothing"
    items[1004]["checkedAt"] = "2001-01-01T00:00:00Z"
    sent = _lines(items) if kind.endswith("ndjson") else json.dumps(items)
    errors = problem(acme.post(place, sent, Content_Type=kind), "invalid")["errors"]
    assert [(one["index"], one["field"]) for one in errors] == [
        (1, "status"), (2, "latencyMs"), (3, "moduleId"), (1004, "checkedAt"),
    ]  # fmt: skip
    assert all(one["messages"] for one in errors)
    assert _read(acme, world, place) == []


def test_what_is_no_array_and_what_is_too_much_is_refused(
    acme: Caller, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in ([], {}, "1", "null"):
        problem(acme.post(place, body), "invalid")
    assert problem(acme.post(place, [1]), "invalid")["errors"][0]["index"] == 0
    problem(acme.post(place, b"\n", Content_Type="application/x-ndjson"), "invalid")
    problem(acme.post("/health-results", _items(1)), "bad-parameter")
    monkeypatch.setattr(api, "MOST_RESULTS", 2)
    problem(acme.post(place, _items(3)), "too-large")
    problem(acme.post(place, _lines(_items(3)), Content_Type="application/x-ndjson"), "too-large")


def test_another_tenants_environment_and_service_take_nothing(
    acme: Caller, world: World, place: str
) -> None:
    silo = world.globex.environments["silo"]
    problem(acme.post(f"/health-results?environmentId={silo}", _items(1)), "not-found")
    theirs = str(world.globex.services["shared"]["cart"])
    item = {**_items(1)[0], "serviceId": theirs}
    del item["moduleId"]
    here = f"/health-results?environmentId={world.acme.environments['shared']}"
    [error] = problem(acme.post(here, [item]), "invalid")["errors"]
    assert error["field"] == "serviceId"
    assert acme.get(f"{here}&serviceId={theirs}").data["results"] == []


def test_a_list_is_of_one_service_and_narrowed(acme: Caller, world: World, place: str) -> None:
    items = _items(3)
    items[1]["status"] = "Unhealthy"
    acme.post(place, items)
    problem(acme.get(place), "bad-parameter")
    problem(acme.get("/health-results"), "bad-parameter")
    assert [one["latencyMs"] for one in _read(acme, world, place, "&status=Unhealthy")] == [1]
    middle = items[1]["checkedAt"].replace("+", "%2B")
    assert [one["latencyMs"] for one in _read(acme, world, place, f"&from={middle}")] == [2, 1]
    assert [one["latencyMs"] for one in _read(acme, world, place, f"&until={middle}")] == [0]


def test_reading_is_no_right_to_record(place: str, rolled_back: None) -> None:
    poor = Caller(token_of("acme", ["runtime.health.read"]))
    assert problem(poor.post(place, _items(1)), "forbidden")["scope"] == "runtime.health.write"
