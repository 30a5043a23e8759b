"""The 48 half hours of a bar, and that its rows are read by an index from two days alone."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from apps.health_results.queries import (
    SLOT,
    SLOTS,
    first_slot,
    healths,
    newest_of,
    slots_of,
    with_health,
)
from apps.services.models import RuntimeService
from tests.core.doors import in_new_environment, inside, rolled_back_as, run
from tests.health_results.results import ago, make_service, record, result, shift
from tests.world import World


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
