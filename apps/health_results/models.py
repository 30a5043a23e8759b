"""HealthCheckResult: high volume, append only, natively partitioned by UTC day.

It names its service by an id and not by a key, although it is in the same partition: a late
result may outlive a retired service's row, and a key would lock the services whenever a day is
made or dropped and be asked for every one of a thousand rows. `record_results` looks the services
up behind the policies, so nothing is learned of another's.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.models import EnvironmentModel

PROBE_LENGTH = 80
DETAIL_LENGTH = 2000
MOST_LATENCY = 2**31 - 1


class HealthStatus(models.TextChoices):
    HEALTHY = "Healthy"
    DEGRADED = "Degraded"
    UNHEALTHY = "Unhealthy"


class HealthCheckResult(EnvironmentModel):
    """What a probe said of a service. `checked_at` is the probe's, `received_at` the database's.

    In the database the primary key is (id, checked_at): a partitioned table's holds what it is
    split by.
    """

    service_id = models.UUIDField(editable=False)
    status = models.CharField(max_length=16, choices=HealthStatus.choices)
    probe = models.CharField(max_length=PROBE_LENGTH, db_collation="C")
    latency_ms = models.IntegerField(null=True, blank=True)
    detail = models.CharField(max_length=DETAIL_LENGTH, blank=True)
    checked_at = models.DateTimeField(editable=False)
    received_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "health result"
        ordering = ["-checked_at", "-id"]
        indexes = [
            # One service's results, newest first; keyset paging walks it.
            models.Index(
                fields=["tenant_id", "environment_id", "service_id", "checked_at", "id"],
                name="health_result_newest",
            ),
            # What ails: few rows, asked whenever a service's state is derived.
            models.Index(
                fields=["tenant_id", "environment_id", "service_id", "checked_at"],
                condition=~Q(status="Healthy"),
                name="health_result_ailing",
            ),
        ]
        constraints = [
            # A result that arrives twice is one; the newest of each probe is found by it, too.
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "service_id", "probe", "checked_at"],
                name="health_result_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=HealthStatus.values), name="health_result_status"
            ),
            models.CheckConstraint(condition=~Q(probe=""), name="health_result_probe"),
            models.CheckConstraint(condition=Q(latency_ms__gte=0), name="health_result_latency"),
        ]

    def __str__(self) -> str:
        return f"{self.probe}: {self.status}"

    def as_api(self) -> dict[str, Any]:
        return {
            "healthResultId": str(self.id),
            "environmentId": str(self.environment_id),
            "serviceId": str(self.service_id),
            "status": self.status,
            "probe": self.probe,
            "latencyMs": self.latency_ms,
            "detail": self.detail,
            "checkedAt": self.checked_at.isoformat(),
            "receivedAt": self.received_at.isoformat(),
        }


class HealthSlot(EnvironmentModel):
    """Half an hour of a service, counted as its results come in (apps.health_results.slots).

    `latency_total` is of the `latency_results` that said one, in milliseconds. It names its service
    by an id, as a result does, and passes: no bar shows more than the last 24 hours.
    """

    service_id = models.UUIDField(editable=False)
    begins = models.DateTimeField(editable=False)
    total = models.BigIntegerField(default=0)
    degraded = models.BigIntegerField(default=0)
    unhealthy = models.BigIntegerField(default=0)
    latency_total = models.BigIntegerField(default=0)
    latency_results = models.BigIntegerField(default=0)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "health slot"
        indexes = [
            # What passes.
            models.Index(fields=["tenant_id", "begins"], name="health_slot_begins"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "service_id", "begins"],
                name="health_slot_once",
            ),
            models.CheckConstraint(
                condition=Q(degraded__gte=0, unhealthy__gte=0, latency_total__gte=0)
                & Q(latency_results__gte=0, latency_results__lte=F("total"))
                & Q(total__gte=F("degraded") + F("unhealthy")),
                name="health_slot_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}: {self.total}"
