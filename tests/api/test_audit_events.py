"""The audit trail by the API: every chain of the tenant, and no other's."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core import chain_reading
from apps.core.chain_reading import verify_lines
from tests.api.caller import Caller, token_of
from tests.api.test_core import problem


def test_the_list_has_every_chain_newest_first(acme: Caller) -> None:
    found: list[dict[str, str]] = []
    url = "/audit-events?limit=200"
    while url:
        answer = acme.get(url.removeprefix("http://testserver"))
        assert answer.status_code == 200, answer.data
        found += answer.data["results"]
        url = answer.data["next"]
    assert {one["tenantId"] for one in found} == {"acme"}
    assert len({one["chain"] for one in found}) == 4  # silo, pool, shared, control plane
    times = [one["claimedAt"] or one["at"] for one in found]
    assert times == sorted(times, reverse=True)
    assert len({one["auditEventId"] for one in found}) == len(found)


def test_one_is_read_from_whichever_chain(acme: Caller) -> None:
    page = acme.get("/audit-events?limit=200").data["results"]
    for chain in {one["chain"] for one in page}:
        one = next(one for one in page if one["chain"] == chain)
        assert acme.get(f"/audit-events/{one['auditEventId']}").data == one


def test_the_list_is_narrowed_to_one_thing_and_a_time(acme: Caller) -> None:
    whole = acme.get("/audit-events?limit=200").data["results"]
    wanted = whole[-1]["objectId"]
    found = acme.get(f"/audit-events?objectId={wanted}&limit=200").data["results"]
    assert {one["objectId"] for one in found} == {wanted} != {one["objectId"] for one in whole}
    assert all(one in found for one in whole if one["objectId"] == wanted)
    assert acme.get("/audit-events?until=2001-01-01T00:00:00Z").data["results"] == []
    assert acme.get("/audit-events?from=2001-01-01T00:00:00Z&limit=1").data["results"]
    oldest = acme.get("/audit-events?order=at&limit=2").data["results"]
    assert oldest[0]["at"] <= oldest[1]["at"]


def test_nothing_is_written_there(acme: Caller) -> None:
    problem(acme.post("/audit-events", {}), "method-not-allowed")


def test_the_chains_verify_without_the_database(
    acme: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_reading, "BATCH", 3)
    answer = acme.get("/audit-events/chains")
    assert answer["Content-Type"] == "application/x-ndjson; charset=utf-8"
    lines = answer.file.decode().splitlines()
    checks = list(verify_lines(lines))
    assert len(checks) == 4  # silo, pool, shared, control plane
    assert not [check.fault for check in checks if check.fault]
    told = {line["id"] for line in map(json.loads, lines) if "head" not in line}
    listed = [json.loads(line) for line in acme.get("/audit-events/export").file.splitlines()]
    assert told == {one["auditEventId"] for one in listed}
    file = tmp_path / "audit.ndjson"
    file.write_bytes(answer.file)
    call_command("verify_audit", file=file)  # exits where it finds anything
    place = next(n for n, line in enumerate(lines) if '"service' in line)
    altered = [*lines[:place], lines[place].replace('"service', '"sercive'), *lines[place + 1 :]]
    assert [check.fault for check in verify_lines(altered) if check.fault]
    missing = [*lines[:place], *lines[place + 1 :]]
    assert [check.fault for check in verify_lines(missing) if check.fault]


def test_only_who_reads_the_trail_takes_it_along(rolled_back: None) -> None:
    poor = Caller(token_of("acme", ["runtime.services.read", "runtime.exports.read"]))
    problem(poor.get("/audit-events/chains"), "forbidden")
