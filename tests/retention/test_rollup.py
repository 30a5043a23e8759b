"""What the worker counts for the platform is what runs of those days would do, tenant by tenant."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.walls.classes import governed
from apps.retention import rollup, tasks
from apps.retention.fleet import held_now
from apps.retention.models import RetentionRollup
from apps.retention.operations import place_hold
from apps.retention.rollup_models import DAYS
from apps.upkeep.models import JobRecord
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.changes import release
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import DEPLOYMENTS, FINDINGS, HEALTH, SERVICES, Aged, aged
from tests.world import World

WORKER = Actor("worker", label="tests")
OFFICER = Role.GOVERNANCE_OFFICER


def _count(found: Aged) -> None:
    with door.using("steward"):
        rollup.count_tenant(found.slug, actor=WORKER)


def _read(world: World, found: Aged) -> dict[str, RetentionRollup]:
    with on_platform(world, OFFICER):
        return {r.data_class: r for r in RetentionRollup.objects.filter(tenant_id=found.slug)}


@pytest.fixture
def of_many_ages(committed: None) -> Aged:
    found = aged("pool")
    found.release_anew(2)
    found.retire("cart")
    found.resolve()
    for table, age in ((SERVICES, 60), (HEALTH, 25), (FINDINGS, 300), (DEPLOYMENTS, 350)):
        found.age(table, f"{age} days")
    return found


@pytest.mark.parametrize("released", [False, True], ids=["bound", "released"])
def test_it_says_what_the_dry_run_of_each_day_says(
    world: World, of_many_ages: Aged, released: bool
) -> None:
    if released:
        release(of_many_ages.tenant.bindings["pool"])
    with on_platform(world, OFFICER):
        place_hold(
            tenant_id=of_many_ages.slug, data_classes=["configuration-version"], matter="m",
            reason="r",
        )  # fmt: skip
    _count(of_many_ages)
    counted = _read(world, of_many_ages)
    assert set(counted) == set(governed())
    totals = []
    for days in DAYS:
        at = next(iter(counted.values())).counted_at + timedelta(days=days)
        told = manage(
            "run_retention", "--tenant", of_many_ages.slug, "--dry-run", "--as-of",
            at.isoformat(), "--format", "json",
        )  # fmt: skip
        expected = {e["dataClass"]: e["due"] for e in told.json["entries"]}
        found = {name: getattr(row, f"due_{days}") for name, row in counted.items()}
        assert found == {name: expected[name] for name in found}
        assert not any(getattr(row, f"more_{days}") for row in counted.values())
        totals.append(sum(found.values()))
    assert len(set(totals)) > 1  # so that the comparison compares something


def test_it_counts_what_is_there_and_what_each_hold_keeps(world: World, of_many_ages: Aged) -> None:
    with on_platform(world, OFFICER):
        hold = place_hold(
            tenant_id=of_many_ages.slug, data_classes=["drift-finding"], matter="m", reason="r"
        )
    _count(of_many_ages)
    counted = _read(world, of_many_ages)
    for name, (table, _) in governed().items():
        assert counted[name].there == of_many_ages.count(table), name
        kept = list(of_many_ages.why(name).values())
        assert counted[name].in_use == kept.count("state"), name
        assert counted[name].held == kept.count("hold"), name
    findings = of_many_ages.count(FINDINGS)
    assert counted["drift-finding"].held_by == {str(hold.number): findings}
    assert counted["retired-service"].held_by == {str(hold.number): 2}  # it takes them to read it
    assert counted["health-result"].held_by == {}
    with on_platform(world, OFFICER):
        newest = held_now()[0]
    assert newest.hold == hold
    assert newest.rows == [("drift-finding", findings, False), ("retired-service", 2, False)]


def test_where_there_is_more_than_is_looked_at_it_says_so(
    world: World, of_many_ages: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.retention.forecast.COUNTED", 0)
    monkeypatch.setattr("apps.retention.queries.COUNTED", 1)
    _count(of_many_ages)
    counted = _read(world, of_many_ages)
    assert [counted["health-result"].more_7, counted["health-result"].due_7] == [True, 0]
    assert (counted["health-result"].there, counted["health-result"].more) == (1, False)
    assert (counted["retired-service"].there, counted["retired-service"].more) == (1, True)


def test_counted_again_the_rows_are_written_over_and_their_time_is_the_databases(
    world: World, of_many_ages: Aged
) -> None:
    _count(of_many_ages)
    first = _read(world, of_many_ages)
    with connect("owner") as owner:
        owner.execute(
            b"UPDATE retention_retentionrollup SET counted_at = '2001-01-01Z', there = 7 "
            b"WHERE tenant_id = %s",
            [of_many_ages.slug],
        )
    between = _read(world, of_many_ages)
    _count(of_many_ages)
    last = _read(world, of_many_ages)
    for name in governed():
        assert first[name].id == last[name].id
        assert first[name].counted_at < between[name].counted_at < last[name].counted_at
        assert first[name].there == last[name].there


def test_the_worker_counts_every_tenant_and_one_that_fails_fails_the_job(
    world: World, of_many_ages: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.count_what_becomes_due(0)
    assert set(_read(world, of_many_ages)) == set(governed())
    with on_platform(world):
        record = JobRecord.objects.get(name="roll_up_retention")
    assert (record.state, record.result.endswith(" tenants counted")) == ("Succeeded", True)
    counted: list[str] = []

    def counts(tenant_id: str, **told: Any) -> None:
        counted.append(tenant_id)
        if tenant_id == "acme":
            raise DatabaseError("it cannot be read")

    monkeypatch.setattr(rollup, "count_tenant", counts)
    with pytest.raises(tasks.FoundWanting, match="acme: it cannot be read"):
        tasks.count_what_becomes_due(0)
    assert {"acme", "globex", of_many_ages.slug} <= set(counted)


@pytest.mark.parametrize("login", ["default", "steward"])
def test_a_tenant_reads_none_and_the_steward_writes_none_of_another(
    world: World, of_many_ages: Aged, login: str
) -> None:
    _count(of_many_ages)
    with connect(login) as other:
        stand(other, "acme")
        seen = rows(
            other,
            "SELECT count(*) FROM retention_retentionrollup WHERE tenant_id = %s",
            [of_many_ages.slug],
        )
        if login == "default":
            assert seen == [(0,)]
            return
        changed = other.execute(
            b"UPDATE retention_retentionrollup SET there = 9 WHERE tenant_id = %s",
            [of_many_ages.slug],
        )
        assert changed.rowcount == 0
