"""The 48 half hours of a bar, and that its rows are read by an index from two days alone."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.health_results.models import HealthSlot
from apps.health_results.operations import Rejected
from apps.health_results.queries import (
    SLOT,
    SLOTS,
    first_slot,
    healths,
    newest_of,
    slots_of,
    with_health,
)
from apps.health_results.slots import forget_slots, slot_of
from apps.health_results.tables import first_slots
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import in_new_environment, inside, rolled_back_as, run, sqlstate
from tests.core.threads import together
from tests.health_results.results import ago, make_service, record, result, rows_of, shift
from tests.world import OPERATOR, World


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-24T12:00:00+00:00", "2026-11-24T12:00:00+00:00"),
        ("2026-11-24T12:29:59.999999+00:00", "2026-11-24T12:00:00+00:00"),
        ("2026-11-24T12:30:00+00:00", "2026-11-24T12:30:00+00:00"),
        ("2026-11-25T00:10:00+13:45", "2026-11-24T10:00:00+00:00"),
    ],
)
def test_the_last_slot_holds_the_present(now: str, last: str) -> None:
    first = first_slot(datetime.fromisoformat(now))
    assert first + SLOT * (SLOTS - 1) == datetime.fromisoformat(last)


def test_a_service_without_results_has_48_hollow_slots() -> None:
    nobody = SimpleNamespace(id=1, health_slots=[], health_newest=[])
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert [slot.tone for slot in slots_of(nobody, now)] == ["hollow"] * SLOTS
    health = healths([nobody], now)[1]
    assert (health.seen, health.ailing, health.newest) == (0, 0, [])


def read(service: Any, now: datetime) -> Any:
    return with_health(RuntimeService.objects.filter(id=service), now).get()


def test_a_slot_counts_what_was_checked_in_it(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service, now = make_service(), timezone.now()
        begins = first_slot(now) + SLOT * 40
        microsecond = timedelta(microseconds=1)
        record(
            result(service, checked_at=begins, latency_ms=10),
            result(service, "Degraded", checked_at=begins + microsecond, latency_ms=30),
            result(service, "Unhealthy", checked_at=begins + SLOT - microsecond),
            result(service, checked_at=begins + SLOT),
            result(service, "Unhealthy", checked_at=begins - microsecond),
        )
        slots = slots_of(read(service, now), now)
    shown = {slot.index: (slot.total, slot.degraded, slot.unhealthy, slot.tone) for slot in slots}
    assert {index: shown[index] for index in (38, 39, 40, 41)} == {
        38: (0, 0, 0, "hollow"),
        39: (1, 0, 1, "bad"),
        40: (3, 1, 1, "bad"),
        41: (1, 0, 0, "ok"),
    }
    assert slots[40].latency == 20


def test_what_is_older_than_the_first_slot_is_not_shown(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service, now = make_service(), timezone.now()
        record(
            result(service, checked_at=first_slot(now) - timedelta(microseconds=1)),
            result(service, probe="tcp", checked_at=first_slot(now)),
        )
        found = read(service, now)
        assert [slot.total for slot in slots_of(found, now)] == [1] + [0] * (SLOTS - 1)
        assert [newest.probe for newest in newest_of(found, now)] == ["tcp"]


def test_a_newest_result_is_as_old_as_the_earlier_of_its_times(
    world: World, committed: None
) -> None:
    minute = timedelta(minutes=1)
    with rolled_back_as("owner"), in_new_environment(world):
        service, now = make_service(), run("SELECT now()")[0][0]
        record(result(service))
        for checked, received, stale in (
            (minute, minute, False),
            (15 * minute, minute, False),
            (16 * minute, minute, True),
            (-3 * minute, 16 * minute, True),
        ):
            shift(service, checked_at=checked, received_at=received)
            (newest,) = newest_of(read(service, now), now)
            assert newest.is_stale is stale, (checked, received)


def test_a_page_of_services_reads_their_results_by_the_index_from_few_days(
    world: World, rolled_back: None
) -> None:
    with inside(world.acme, "pool"):
        record(result("cart", checked_at=ago(hours=3)))
        run("SET LOCAL enable_seqscan = off")
        now = timezone.now()
        plan = with_health(RuntimeService.objects.order_by("module_id", "id"), now)[:25].explain()
    parts = {line.split(" on ")[1].split()[0] for line in plan.splitlines()
             if " on health_results" in line}  # fmt: skip
    days = {(now + timedelta(hours=n)).strftime("%Y%m%d") for n in (-24, 0, 1)}
    assert len(parts) <= len(days) + 1, plan
    assert "Seq Scan on health_results" not in plan


def slots_in(service: UUID) -> list[tuple[int, ...]]:
    """What is counted of the service by half hour, oldest first."""
    rows = HealthSlot.objects.filter(service_id=service).order_by("begins")
    return list(
        rows.values_list("total", "degraded", "unhealthy", "latency_total", "latency_results")
    )


def test_what_arrives_twice_is_counted_once(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service, at = make_service(), ago(minutes=1)
        one = result(service, "Degraded", checked_at=at, latency_ms=7)
        recorded = record(one, one)
        assert (recorded.accepted, recorded.duplicates) == (1, 1)
        assert record(one).duplicates == 1
        assert slots_in(service) == [(1, 1, 0, 7, 1)]
        record(result(service, "Unhealthy", probe="tcp", checked_at=at))
        assert slots_in(service) == [(2, 1, 1, 7, 1)]


def test_what_is_refused_leaves_no_count(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service = make_service()
        with pytest.raises(Rejected):
            record(result(service), result("nobody"))
        assert slots_in(service) == []
        assert record(result(service), result("nobody"), keep_good=True).accepted == 1
        assert [total for total, *_ in slots_in(service)] == [1]


def test_the_counts_are_those_of_the_results_themselves(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service, other, now = make_service(), make_service("other"), timezone.now()
        statuses = ("Healthy", "Degraded", "Unhealthy")
        for batch in range(3):
            record(
                *[
                    result(
                        one,
                        statuses[n % 3],
                        probe=f"p{n % 4}",
                        checked_at=now - timedelta(minutes=7 * n, seconds=batch % 2),
                        latency_ms=n if n % 2 else None,
                    )
                    for n in range(210)
                    for one in (service, other)
                ]
            )
        for one in (service, other):
            counted = run(
                "SELECT date_bin('30 minutes', checked_at, '2000-01-01Z') AS at, count(*), "
                "count(*) FILTER (WHERE status = 'Degraded'), "
                "count(*) FILTER (WHERE status = 'Unhealthy'), "
                "coalesce(sum(latency_ms), 0)::bigint, count(latency_ms) "
                "FROM health_results_healthcheckresult WHERE service_id = %s "
                "AND checked_at >= %s GROUP BY 1 ORDER BY 1",
                [one, first_slot(now)],
            )
            assert slots_in(one) == [row[1:] for row in counted]
            assert len(counted) == SLOTS


def test_a_result_that_no_bar_shows_any_more_is_kept_and_not_counted(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        service = make_service()
        record(result(service, checked_at=ago(days=20)))
        assert slots_in(service) == [] and len(rows_of(service)) == 1


def test_of_what_was_there_before_the_same_is_counted(world: World, committed: None) -> None:
    """What the migration counts of the results that it finds."""
    with rolled_back_as("owner"), in_new_environment(world):
        service = make_service()
        record(
            *[
                result(service, status, probe=status, checked_at=ago(hours=n), latency_ms=n)
                for n in range(20)
                for status in ("Healthy", "Degraded")
            ]
        )
        before = slots_in(service)
        run("DELETE FROM pool_acme.health_results_healthslot")
        run(first_slots("pool_acme")[0])
        assert slots_in(service) == before and len(before) == 20


def test_whose_half_hours_they_are_the_walls_know(world: World, rolled_back: None) -> None:
    with inside(world.acme, "shared"):
        record(result("cart"))
        mine = set(run("SELECT DISTINCT tenant_id FROM health_results_healthslot"))
        assert mine == {("acme",)}
        theirs = world.globex.services["shared"]["cart"]
        statement = "UPDATE health_results_healthslot SET total = total + 1 WHERE service_id = %s"
        run(statement, [theirs])
        assert sqlstate("DELETE FROM health_results_healthslot") == "42501"
    with inside(world.globex, "shared"):
        assert [total for total, *_ in slots_in(theirs)] == [1]


@pytest.mark.attacks("health_results_healthslot: rising")
def test_nobody_counts_backwards(world: World, committed: None) -> None:
    for login in ("owner", "default"):
        with rolled_back_as(login), inside(world.acme, "shared"):
            for column in ("total", "latency_total", "latency_results"):
                less = f"UPDATE health_results_healthslot SET {column} = {column} - 1"
                assert sqlstate(less) == "RP422"


def test_what_has_passed_is_forgotten_and_nothing_else(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        with inside(world.acme, "pool"):
            service = world.acme.services["pool"]["cart"]
            begins = slot_of(timezone.now())
            kept = len(slots_in(service))
            for hours in (47, 49, 500):
                HealthSlot.objects.create(
                    tenant_id="acme", environment_id=world.acme.environments["pool"],
                    service_id=service, begins=begins - timedelta(hours=hours), total=1,
                )  # fmt: skip
        assert forget_slots() == 2
        with inside(world.acme, "pool"):
            assert len(slots_in(service)) == kept + 1
        assert forget_slots() == 0


def test_writers_of_the_same_services_at_once_lose_no_result(fresh: Callable[[], World]) -> None:
    mine = fresh()
    service, environment = mine.acme.services["pool"]["cart"], mine.acme.environments["pool"]
    names = ["cart", "web"]

    def write(number: int) -> None:
        with enter_tenant(mine.acme.slug, actor=OPERATOR, environment_id=environment, writing=True):
            order = names if number % 2 else names[::-1]
            record(*[result(name, probe=f"p{number}") for name in order])

    with inside(mine.acme, "pool"):
        before = sum(total for total, *_ in slots_in(service))
    assert together(*[functools.partial(write, number) for number in range(8)]) == [None] * 8
    with inside(mine.acme, "pool"):
        assert sum(total for total, *_ in slots_in(service)) == before + 8


def test_a_drawing_breaks_where_nothing_was_said(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        service, now = make_service(), timezone.now()
        first = first_slot(now)
        for index, latency in ((0, 10), (1, 20), (5, 5)):
            record(result(service, checked_at=first + SLOT * index, latency_ms=latency))
        record(result(service, "Unhealthy", checked_at=first + SLOT * 2))
        health = healths([read(service, now)], now)[service]
    assert health.slowest == 20
    assert health.latency_path == "M0 12.0h8L10 2.0h8M50 17.0h8"
    assert [(run.tone, run.x, run.width) for run in health.runs] == [
        ("ok", 0, 20), ("bad", 20, 10), ("hollow", 30, 20), ("ok", 50, 10), ("hollow", 60, 420),
    ]  # fmt: skip
