"""What is due and still there is counted by the decision of a run, and told where it stays."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.errors import Forbidden
from apps.core.ids import uuid7
from apps.core.walls.classes import CLASSES
from apps.retention import purge as batches
from apps.retention.alerts import tell_alerts
from apps.retention.backlog import Waiting, count_backlog
from apps.retention.going import Gone
from apps.retention.models import RetentionEntry, RetentionRun
from apps.retention.operations import place_hold
from apps.retention.tasks import count_what_waits
from apps.tenant_bindings.context import enter_platform
from apps.upkeep.alerts import open_alerts
from apps.upkeep.models import Alert, Backlog, JobRecord
from tests.core.doors import on_platform, rolled_back_as
from tests.core.shell import manage
from tests.isolation.logins import connect, rows
from tests.people.roles import as_owner
from tests.retention.ages import HEALTH, SERVICES, Aged, aged
from tests.world import World, person_actor

WORKER = Actor("worker", label="runtime-inventory-worker")
RETIRED = "retired-service"


@pytest.fixture(autouse=True)
def quiet(committed: None) -> Iterator[None]:
    """What other tests left behind is no alert of this one."""
    as_owner("UPDATE upkeep_alert SET cleared_at = now() WHERE cleared_at IS NULL")
    yield
    as_owner("UPDATE upkeep_alert SET cleared_at = now() WHERE cleared_at IS NULL")


def _late(age: str = "93 days") -> Aged:
    """A tenant with one service whose window passed so long ago."""
    found = aged()
    found.retire("cart")
    found.age(SERVICES, age, "retired_at IS NOT NULL")
    return found


def _count() -> dict[tuple[str, str], Waiting]:
    with door.using("steward"):
        return count_backlog(actor=WORKER)


def _written(found: Aged, data_class: str = RETIRED) -> Backlog | None:
    with door.using("steward"), enter_platform(actor=WORKER):
        return Backlog.objects.filter(of_tenant=found.slug, data_class=data_class).first()


def _open(found: Aged) -> list[tuple[str, str]]:
    with door.using("steward"), enter_platform(actor=WORKER):
        alerts = open_alerts()
    return [(one.kind, one.data_class) for one in alerts if one.of_tenant == found.slug]


def _a_run_has_come(world: World) -> None:
    """The job had its chance, and took nothing."""
    as_owner("DELETE FROM upkeep_jobrecord WHERE name = 'run_retention'")
    as_owner(
        "INSERT INTO upkeep_jobrecord (id, tenant_id, name, started_at, failed_at, result, failure)"
        " VALUES (gen_random_uuid(), 'platform', 'run_retention', now(), now(), '', 'broken')",
    )


def _actions(found: Aged) -> list[str]:
    with connect("owner") as owner:
        return [action for (action,) in rows(
            owner,
            "SELECT e.action FROM public.core_auditentry e JOIN public.upkeep_alert a "
            "ON a.id::text = e.object_id WHERE e.tenant_id = 'platform' AND a.of_tenant = %s "
            "ORDER BY e.number",
            [found.slug],
        )]  # fmt: skip


def test_it_counts_what_a_dry_run_finds(committed: None) -> None:
    found = aged()
    found.release_anew(4)
    found.retire("cart")
    found.age_all("800 days")
    counted = _count()
    ended = manage("run_retention", "--tenant", found.slug, "--dry-run", "--format", "json")
    for entry in ended.json["entries"]:
        if entry["dataClass"] in ("step-log", "configuration-version"):
            continue  # a dry run foretells what goes with what goes before it
        waiting = counted[found.slug, entry["dataClass"]]
        kept = sum(one["count"] for one in entry["heldBack"])
        assert (waiting.due, waiting.kept) == (entry["due"], kept), entry["dataClass"]
    assert counted[found.slug, "deployment-history"].due == 2


def test_it_says_since_when_the_oldest_is_due(committed: None) -> None:
    found = _late("97 days")
    oldest = _count()[found.slug, RETIRED].oldest
    assert oldest is not None
    week = datetime.now(UTC) - timedelta(days=7)
    assert abs(oldest - week) < timedelta(minutes=5)
    row = _written(found)
    assert row is not None and (row.due, row.oldest_due_at) == (1, oldest)


def test_what_a_hold_keeps_waits_for_no_run(world: World, committed: None) -> None:
    found = _late()
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=[RETIRED], matter="m", reason="r")
    waiting = _count()[found.slug, RETIRED]
    assert (waiting.due, waiting.kept, waiting.oldest) == (0, 1, None)
    _a_run_has_come(world)
    _count()
    assert _open(found) == []


def test_days_of_health_results_are_counted_too(committed: None) -> None:
    found = aged()
    found.age(HEALTH, "40 days")
    before = _count()[found.slug, "health-result"]
    assert before.due > 0 and before.kept == 0


def test_what_has_gone_is_nought_and_what_never_was_has_no_row(committed: None) -> None:
    found = _late()
    _count()
    assert manage("run_retention", "--tenant", found.slug).code == 0
    _count()
    row = _written(found)
    assert row is not None
    assert (row.due, row.oldest_due_at, row.overdue_since) == (0, None, None)
    assert _written(found, "drift-finding") is None


def test_overdue_is_told_once_a_run_has_had_its_chance(
    world: World, committed: None, caplog: pytest.LogCaptureFixture
) -> None:
    found, punctual = _late(), _late("90 days 1 hour")
    _count()
    row = _written(found)
    assert row is not None and row.overdue_since is not None
    assert _open(found) == [], "no run has come since"
    _a_run_has_come(world)
    with caplog.at_level(logging.ERROR, "apps.upkeep.alerts"):
        _count()
        _count()
    assert _open(found) == [("overdue", RETIRED)]
    assert _open(punctual) == []
    told = [r for r in caplog.records if getattr(r, "said", {}).get("tenantId") == found.slug]
    assert [r.levelname for r in told] == ["ERROR"], "once, not at each count"
    assert told[0].said["event"] == "alert.raised"  # type: ignore[attr-defined]
    assert _actions(found) == ["alert.raised"]
    assert manage("run_retention", "--tenant", found.slug).code == 0
    _count()
    assert _open(found) == []
    assert _actions(found) == ["alert.raised", "alert.cleared"]


def test_due_and_none_gone_is_an_alert_until_a_run_takes_it(
    committed: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = _late("90 days 1 hour")
    monkeypatch.setattr(batches, "take", lambda *args, **more: Gone())
    for _ in range(2):
        assert manage("run_retention", "--tenant", found.slug).code == 1
    assert _open(found) == [("nothing-went", RETIRED)]
    assert _actions(found) == ["alert.raised"]
    assert len([r for r in caplog.records if r.name == "apps.upkeep.alerts"]) == 1
    # A look at another class, or at nothing, says nothing of this one.
    monkeypatch.undo()
    manage("run_retention", "--tenant", found.slug, "--data-class", "drift-finding")
    manage("run_retention", "--tenant", found.slug, "--dry-run")
    assert _open(found) == [("nothing-went", RETIRED)]
    assert manage("run_retention", "--tenant", found.slug).code == 0
    assert _open(found) == []
    assert _actions(found) == ["alert.raised", "alert.cleared"]


def test_what_a_run_short_of_time_did_not_come_to_is_no_alert(committed: None) -> None:
    entry = RetentionEntry(tenant_id="acme", data_class=RETIRED, due=3)
    run = RetentionRun(dry_run=False)
    with rolled_back_as("steward"), enter_platform(actor=WORKER):
        tell_alerts(run, [entry], {entry.id})
        assert open_alerts() == []
        tell_alerts(run, [entry], set())
        assert [one.told for one in open_alerts()] == ["0 of 3 gone: due and none gone"]
        # Nor does it end one, and no more does a run by an exception.
        gone = RetentionEntry(tenant_id="acme", data_class=RETIRED, due=3, purged=3)
        tell_alerts(run, [gone], {gone.id})
        tell_alerts(RetentionRun(dry_run=False, exception_id=uuid7()), [gone], set())
        tell_alerts(RetentionRun(dry_run=True), [gone], set())
        assert len(open_alerts()) == 1
        tell_alerts(run, [gone], set())
        assert open_alerts() == []


def test_an_alert_that_is_rolled_back_is_not_logged(
    committed: None, caplog: pytest.LogCaptureFixture
) -> None:
    from apps.upkeep.alerts import raise_alert
    from apps.upkeep.models import AlertKind

    with rolled_back_as("steward"), enter_platform(actor=WORKER):
        raise_alert(AlertKind.OVERDUE, of_tenant="acme", data_class=RETIRED, told="x")
    assert not [r for r in caplog.records if r.name == "apps.upkeep.alerts"]


def test_the_job_counts_and_metrics_tell_it(world: World, committed: None) -> None:
    found = _late()
    told = count_what_waits(0)
    assert "due" in told
    with on_platform(world):
        assert JobRecord.objects.get(name="count_backlog").state == "Succeeded"
    with connection.cursor() as cursor:
        cursor.execute("SELECT label, value FROM app.meters() WHERE meter = 'due'")
        of_all = dict(cursor.fetchall())
    assert set(of_all) == set(CLASSES), "nought is a number, too"
    assert of_all[RETIRED] >= 1
    assert manage("run_retention", "--tenant", found.slug).code == 0
    count_what_waits(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT label, value FROM app.meters() WHERE meter = 'due'")
        assert dict(cursor.fetchall())[RETIRED] == of_all[RETIRED] - 1


def test_a_partition_that_cannot_be_read_does_not_keep_the_others(committed: None) -> None:
    broken, sound = _late(), _late()
    table = f'"{broken.schema}".{SERVICES}'
    as_owner(f"ALTER TABLE {table} RENAME TO gone_astray")
    try:
        counted = _count()
    finally:
        as_owner(f'ALTER TABLE "{broken.schema}".gone_astray RENAME TO {SERVICES}')
    assert counted[sound.slug, RETIRED].due == 1


def test_people_and_the_web_count_and_raise_nothing(world: World, committed: None) -> None:
    admin = person_actor(world.platform[Role.PLATFORM_VIEWER])
    with pytest.raises(Forbidden):
        count_backlog(actor=admin)
    with rolled_back_as("default"), on_platform(world):
        for model in (Alert, Backlog):
            with pytest.raises(Exception, match="permission denied"), door.atomic():
                model.objects.create(of_tenant="acme", data_class="x", **_more(model))


def _more(model: Any) -> dict[str, Any]:
    return {"kind": "overdue", "told": "x"} if model is Alert else {}
