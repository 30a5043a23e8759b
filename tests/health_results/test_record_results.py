"""Recording: what is kept once, what is refused whole, and what a service becomes by it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core.errors import Forbidden, Invalid, NotFound, Suspended
from apps.core.ids import uuid7
from apps.health_results.models import HealthCheckResult
from apps.health_results.operations import Rejected, digest, record_results
from apps.health_results.results import Problem
from apps.services.operations import degrade_service, retire_service, run_service, stop_service
from apps.tenant_bindings.operations import suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import in_new_environment, inside, now, on_platform
from tests.health_results.results import (
    MICROSECOND,
    ago,
    make_service,
    record,
    result,
    rows_of,
    service_of,
)
from tests.world import World

NOBODY = UUID("01900000-0000-7000-8000-000000000000")  # the same in every process of a run


def test_a_result_is_kept_with_what_the_probe_said(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        service = make_service()
        entered.entries.clear()
        given = result(service, "Degraded", latency_ms=1200, detail="slow", checked_at=ago(days=2))
        recorded = record(given)
        assert (recorded.accepted, recorded.duplicates, recorded.rejected) == (1, 0, 0)
        (row,) = rows_of(service)
        assert (row.status, row.probe, row.latency_ms, row.detail) == (
            "Degraded", "http", 1200, "slow",
        )  # fmt: skip
        assert (row.checked_at, row.received_at) == (given.checked_at, now())
        assert row.tenant_id == world.acme.slug
        (entry,) = entered.entries
    assert (entry.action, entry.object_type) == ("health.recorded", "environment")
    assert entry.after == {"count": 1, "digest": digest([row.id])}


def test_a_service_is_named_by_its_module_too(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        old = make_service()
        retire_service(old)
        service = make_service()
        assert record(result("api")).accepted == 1
        assert len(rows_of(service)) == 1
        assert rows_of(old) == []


@pytest.mark.parametrize("citus", [False, True])
def test_one_that_arrives_twice_is_one(
    world: World, rolled_back: None, settings: Any, citus: bool
) -> None:
    settings.CITUS = citus  # which takes the rows as VALUES
    with in_new_environment(world) as entered:
        service = make_service()
        first = result(service, checked_at=ago(minutes=1))
        again = result(service, "Unhealthy", checked_at=first.checked_at)
        other = result(service, probe="tcp", checked_at=first.checked_at)
        recorded = record(first, again, other, first)
        assert (recorded.accepted, recorded.duplicates) == (2, 2)
        entered.entries.clear()
        recorded = record(first, again, other)
        assert (recorded.accepted, recorded.duplicates) == (0, 3)
        assert entered.entries == []
        assert {(row.probe, row.status) for row in rows_of(service)} == {
            ("http", "Healthy"), ("tcp", "Healthy"),
        }  # fmt: skip


def test_a_stream_is_written_a_thousand_at_a_time(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        service = make_service()
        entered.entries.clear()
        stream = (result(service, checked_at=ago(seconds=3600 + n)) for n in range(2500))
        assert record_results(stream).accepted == 2500
        counts = [entry.after["count"] for entry in entered.entries]
    assert counts == [1000, 1000, 500]


def test_nothing_given_is_nothing_done(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        entered.entries.clear()
        assert record_results([]).accepted == 0
        assert entered.entries == []


# What cannot be, and what is.


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "Fine"}, "status"),
        ({"status": "healthy"}, "status"),
        ({"probe": ""}, "probe"),
        ({"probe": "x" * 81}, "probe"),
        ({"probe": "a\x00b"}, "probe"),
        ({"probe": "\ud800"}, "probe"),
        ({"detail": "x" * 2001}, "detail"),
        ({"detail": "a\x00b"}, "detail"),
        ({"latency_ms": -1}, "latencyMs"),
        ({"latency_ms": 2**31}, "latencyMs"),
        ({"latency_ms": True}, "latencyMs"),
        ({"checked_at": datetime(2026, 1, 1)}, "checkedAt"),  # noqa: DTZ001
        ({"service_id": NOBODY}, "serviceId"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_kept(
    world: World, rolled_back: None, given: dict[str, Any], field: str
) -> None:
    with in_new_environment(world) as entered:
        service = make_service()
        entered.entries.clear()
        bad = result(service, **{"place": "results[1]", **given})
        with pytest.raises(Rejected) as refused:
            record(result(service), bad)
        assert list(refused.value.fields) == [f"results[1].{field}"]
        assert refused.value.status == 422
        assert rows_of(service) == entered.entries == []
        assert record(result(service), bad, keep_good=True).accepted == 1


@pytest.mark.parametrize("module", ["nothing", "", "a\x00b", "\ud800"])
def test_a_module_that_is_not_there_is_refused(
    world: World, rolled_back: None, module: str
) -> None:
    with in_new_environment(world), pytest.raises(Invalid, match="1 of the results"):
        record(result(module))


def test_the_first_hundred_problems_are_told_and_all_are_counted(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        problems = (Problem(n, "", "is not JSON") for n in range(3000))
        with pytest.raises(Rejected) as refused:
            record_results(problems)
    assert refused.value.recorded.rejected == 3000
    assert len(refused.value.fields) == 100
    assert "3000 of the results" in refused.value.message


def test_a_service_of_another_is_answered_like_none(world: World, rolled_back: None) -> None:
    """Of another tenant in the same table, or of another environment of one's own."""

    def told(service: Any) -> Any:
        with pytest.raises(Rejected) as refused:
            record(result(service, place=0))
        return refused.value.message, refused.value.fields

    with inside(world.acme, "shared"):
        nowhere = told(uuid7())
        assert told(world.globex.services["shared"]["cart"]) == nowhere
        assert told(world.acme.services["pool"]["cart"]) == nowhere


@pytest.mark.parametrize(
    ("apart", "accepted"),
    [
        (-timedelta(days=30), True),
        (-timedelta(days=30) - MICROSECOND, False),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5) + MICROSECOND, False),
    ],
    ids=str,
)
def test_the_edges_of_time_are_kept_to_the_microsecond(
    world: World, rolled_back: None, apart: timedelta, accepted: bool
) -> None:
    with in_new_environment(world):
        service = make_service()
        given = result(service, checked_at=now() + apart, place=0)
        if accepted:
            record(given)
            assert [row.checked_at for row in rows_of(service)] == [given.checked_at]
        else:
            with pytest.raises(Rejected) as refused:
                record(given)
            assert list(refused.value.fields) == ["0.checkedAt"]


# What a service becomes.

AILING = ("Degraded", "Unhealthy")


def test_the_first_healthy_result_makes_a_pending_service_run(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        service = make_service(running=False)
        entered.entries.clear()
        record(result(service))
        found = service_of(service)
        assert (found.status, found.last_observed_at) == ("Running", now())
        actions = [(entry.action, entry.after) for entry in entered.entries]
    assert actions[1:] == [("service.running", {"status": "Running"})]


@pytest.mark.parametrize("status", AILING)
def test_an_ailing_result_degrades_a_running_service(
    world: World, rolled_back: None, status: str
) -> None:
    with in_new_environment(world) as entered:
        service = make_service()
        entered.entries.clear()
        record(result(service, status))
        assert service_of(service).status == "Degraded"
        assert [entry.action for entry in entered.entries] == [
            "health.recorded", "service.degraded",
        ]  # fmt: skip
        entered.entries.clear()
        record(result(service, status, probe="tcp"))
        assert [entry.action for entry in entered.entries] == ["health.recorded"]


@pytest.mark.parametrize("status", AILING)
def test_a_pending_service_that_ails_stays_pending_and_was_seen(
    world: World, rolled_back: None, status: str
) -> None:
    with in_new_environment(world):
        service = make_service(running=False)
        record(result(service, status))
        found = service_of(service)
        assert (found.status, found.last_observed_at) == ("Pending", now())


def test_the_worst_of_the_newest_of_each_probe_decides(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service = make_service()
        record(
            result(service, "Unhealthy", probe="tcp", checked_at=ago(minutes=2)),
            result(service, "Healthy", probe="http"),
        )
        assert service_of(service).status == "Degraded"
        record(result(service, "Healthy", probe="tcp", checked_at=ago(minutes=1)))
        assert service_of(service).status == "Running"


def test_an_older_result_that_arrives_late_moves_nothing_back(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        service = make_service()
        record(result(service))
        record(result(service, "Unhealthy", checked_at=ago(minutes=1)))
        record(result(service, "Unhealthy", checked_at=ago(days=3)))
        found = service_of(service)
        assert (found.status, found.last_observed_at) == ("Running", now())


def test_what_is_older_than_the_time_of_staleness_decides_nothing(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        service = make_service()
        seen = ago(minutes=15)
        record(result(service, "Unhealthy", checked_at=seen))
        found = service_of(service)
        assert (found.status, found.last_observed_at) == ("Running", seen)
        record(result(service, "Unhealthy", checked_at=seen + MICROSECOND))
        assert service_of(service).status == "Degraded"


def test_a_probe_whose_clock_is_ahead_has_seen_nothing_in_the_future(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        service = make_service()
        record(result(service, checked_at=now() + timedelta(minutes=4)))
        assert service_of(service).last_observed_at == now()


def test_a_stopped_service_is_seen_and_not_moved(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        for status in ("Healthy", "Unhealthy"):
            service = make_service(f"stopped-{status.lower()}")
            stop_service(service)
            record(result(service, status))
            found = service_of(service)
            assert (found.status, found.last_observed_at) == ("Stopped", now())


def test_a_retired_service_is_left_as_it_is(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service = make_service()
        retire_service(service)
        assert record(result(service)).accepted == 1
        found = service_of(service)
        assert (found.status, found.last_observed_at) == ("Retired", None)


def test_a_duplicate_is_no_observation(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service = make_service()
        record(result(service, "Unhealthy"))
        run_service(service)
        record(result(service, "Unhealthy"))
        assert service_of(service).status == "Running"


def test_what_others_run_is_untouched(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        mine, other = make_service("mine"), make_service("other")
        degrade_service(other)
        record(result(mine))
        assert service_of(other).status == "Degraded"


# Who may.


def test_who_may_only_read_records_nothing(world: World, rolled_back: None) -> None:
    from apps.core.access import Role

    service = world.acme.services["pool"]["cart"]
    refused = pytest.raises(Forbidden, match=r"runtime\.health\.write")
    with inside(world.acme, "pool", role=Role.TENANT_VIEWER), refused:
        record(result(service))


def test_a_suspended_binding_takes_no_results(world: World, rolled_back: None) -> None:
    with on_platform(world):
        suspend_binding(world.acme.bindings["pool"])
    with pytest.raises(Suspended), inside(world.acme, "pool"):
        raise AssertionError("it opened")
    with inside(world.acme, "pool", writing=False):
        assert HealthCheckResult.objects.count() == 1


def test_a_released_binding_shows_and_takes_nothing(world: World, rolled_back: None) -> None:
    with on_platform(world):
        release_binding(world.acme.bindings["pool"])
    for writing in (True, False):
        with pytest.raises(NotFound), inside(world.acme, "pool", writing=writing):
            raise AssertionError("it opened")
