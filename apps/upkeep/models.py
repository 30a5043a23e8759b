"""JobRecord: what the platform's people are told of each job of the schedule.

The queue itself is read by its worker alone; this is written by the worker, beside the job.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.access import PLATFORM
from apps.core.ids import uuid7
from apps.tenants.models import Tenant
from apps.upkeep.alert_models import Alert as Alert
from apps.upkeep.alert_models import AlertKind as AlertKind
from apps.upkeep.alert_models import Backlog as Backlog


class JobRecord(models.Model):
    """The last run of one job; `started_at` after both ends means that it runs, or was killed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="jobs", default=PLATFORM)
    name = models.CharField(max_length=64, editable=False)
    started_at = models.DateTimeField(editable=False)
    succeeded_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    result = models.TextField(blank=True, editable=False)
    failure = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = "job"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="job_once"),
            models.CheckConstraint(condition=Q(tenant=PLATFORM), name="job_of_the_platform"),
            models.CheckConstraint(
                condition=Q(failed_at=None, failure="")
                | (Q(failed_at__isnull=False) & ~Q(failure="")),
                name="job_failure",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Running, Succeeded or Failed: by which of its times is the newest."""
        ends = {at: what for what, at in self._ends().items() if at}
        newest = max(ends, default=None)
        return ends[newest] if newest and newest >= self.started_at else "Running"

    def _ends(self) -> dict[str, datetime | None]:
        return {"Succeeded": self.succeeded_at, "Failed": self.failed_at}


def next_run(name: str) -> datetime:
    """When the schedule asks for it next."""
    schedule = app.periodic_registry.periodic_tasks[(name, "")].croniter
    found: datetime = schedule.get_next(datetime, start_time=timezone.now())
    return found
