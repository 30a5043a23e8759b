"""The audit trail by the API: every chain of the tenant, and no other's."""

from tests.api.caller import Caller
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
