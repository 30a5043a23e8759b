"""The worker purges what is due of every tenant, twice a day."""

import pytest
from procrastinate.contrib.django import app

from apps.core.errors import Refused
from apps.retention import tasks
from apps.retention.runs import Ran
from apps.upkeep.models import JobRecord
from tests.core.doors import on_platform
from tests.isolation.logins import connect
from tests.people.roles import as_owner
from tests.retention.ages import SERVICES, aged
from tests.world import World


def test_what_is_due_of_every_tenant_goes_by_the_schedule(world: World, committed: None) -> None:
    # What other tests have left on the list on purpose would be told as a failure again.
    as_owner("UPDATE retention_removedlog SET gone_at = now() WHERE gone_at IS NULL")
    both = [aged(), aged("shared")]
    for found in both:
        found.retire("cart")
        found.age(SERVICES, "91 days", "retired_at IS NOT NULL")
    tasks.purge_what_is_due(0)
    assert [found.count(SERVICES) for found in both] == [1, 1]
    with on_platform(world):
        record = JobRecord.objects.get(name="run_retention")
    assert (record.state, record.failure) == ("Succeeded", "")
    assert record.result.endswith(" rows gone")


def test_a_run_that_is_wanting_fails_the_job(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Run:
        status, note = "FoundWanting", "acme retired-service: due and none gone"

    monkeypatch.setattr(tasks, "run_retention", lambda wanted, actor: Ran(Run(), []))  # type: ignore[arg-type]
    with pytest.raises(tasks.FoundWanting, match="none gone"):
        tasks.purge_what_is_due(0)


def test_a_job_that_meets_another_run_has_not_failed(world: World, committed: None) -> None:
    with connect("steward", autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
        tasks.purge_what_is_due(0)
    with on_platform(world):
        record = JobRecord.objects.get(name="run_retention")
    assert (record.state, record.failure) == ("Succeeded", "")
    assert record.result == "another run was at work"


def test_what_else_is_refused_fails_the_job(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(wanted: object, actor: object) -> Ran:
        raise Refused("clocks that cannot be trusted")

    monkeypatch.setattr(tasks, "run_retention", refuses)
    with pytest.raises(Refused, match="clocks"):
        tasks.purge_what_is_due(0)


def test_it_is_on_the_schedule_more_often_than_what_is_due_may_wait() -> None:
    crons = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert crons["run_retention"] == "23 2,14 * * *"
