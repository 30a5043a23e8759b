"""The schedule: each job's cadence is a setting; what was missed is done once."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from croniter import croniter
from django.conf import settings
from django.db import IntegrityError, connections
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicDeferrer

from apps.upkeep.models import JobRecord
from apps.upkeep.recording import recorded
from tests.core.doors import on_platform
from tests.people.roles import as_owner
from tests.tenant_bindings.test_worker import _environment
from tests.world import World

OWN = {"take_up_stalled_jobs"}  # the queue's own, whose cadence is the queue's


def test_every_periodic_job_has_its_cadence_in_the_settings(committed: None) -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert {name: cron for name, cron in periodic.items() if name not in OWN} == settings.CADENCES
    assert all(croniter.is_valid(cron) for cron in settings.CADENCES.values())


def test_a_cadence_is_set_from_outside() -> None:
    told = subprocess.run(
        [sys.executable, "-c",
         "import django; django.setup(); from django.conf import settings; "
         "print(settings.CADENCES['make_days'])"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        env={**_environment(), "CADENCE_MAKE_DAYS": "30 4 * * *",
             "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
    )  # fmt: skip
    assert told.stdout.strip() == "30 4 * * *"


def test_what_was_missed_for_days_is_asked_for_once(committed: None) -> None:
    deferrer = PeriodicDeferrer(app.periodic_registry, **settings.PROCRASTINATE_PERIODIC_DEFAULTS)
    at = datetime(2026, 3, 1, 5, 6, 59, tzinfo=UTC).timestamp()
    asked = [task.task.name for task, _ in deferrer.get_previous_tasks(at=at)]
    assert sorted(asked) == sorted([*settings.CADENCES, *OWN])
    assert list(deferrer.get_previous_tasks(at=at + 0.5)) == []


def test_the_worker_writes_down_what_it_did(world: World, committed: None) -> None:
    as_owner("DELETE FROM upkeep_jobrecord WHERE name = 'make_days'")
    app.configure_task("make_days", queue="upkeep").defer(timestamp=0)
    done = subprocess.run(
        [sys.executable, "manage.py", "runtime_inventory_worker", "--once"],
        cwd=settings.BASE_DIR, env=_environment(), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with on_platform(world):
        assert JobRecord.objects.get(name="make_days").state == "Succeeded"


def test_what_it_writes_of_a_failure_names_no_row(world: World, committed: None) -> None:
    @recorded("keep_spare_partitions")
    def job() -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO tenants_tenant (tenant_id, name, status) "
                "VALUES ('acme', 'secret name', 'Active')"
            )

    with pytest.raises(IntegrityError):
        job()
    with on_platform(world):
        record = JobRecord.objects.get(name="keep_spare_partitions")
        assert record.state == "Failed"
        assert "unique constraint" in record.failure and "acme" not in record.failure
