"""FleetCount: what the platform may know of a tenant's rows, which it never sees: numbers.

One row a tenant and environment whose binding is live, counted by the worker beside the door of
each tenant, in `public`, where the platform's people read it. `counted_at` is how old it is.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.ids import uuid7
from apps.tenants.models import Tenant

COUNTS = (
    "services", "running", "degraded", "stale", "stopped", "replicas", "promised",
    "storage_bytes", "findings", "critical", "deploying", "overdue",
)  # fmt: skip
# From here on a quota is near its end, in percent.
NEAR = 90
MOST_PERCENT = 999


class FleetCount(models.Model):
    """Live services by their state, drift that no rule hides, deployments, use of the quota.

    What is neither running, degraded, stale nor stopped is Pending. `quota_percent` is of the
    quota that is nearest its end, None where nothing is limited, at most MOST_PERCENT.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="counts", db_index=False, editable=False
    )
    # An id and not a key: a count may outlive what it counted, by a run.
    environment_id = models.UUIDField(editable=False)
    services = models.IntegerField(default=0)
    running = models.IntegerField(default=0)
    degraded = models.IntegerField(default=0)
    stale = models.IntegerField(default=0)
    stopped = models.IntegerField(default=0)
    replicas = models.BigIntegerField(default=0)
    promised = models.BigIntegerField(default=0)
    storage_bytes = models.BigIntegerField(default=0)
    findings = models.IntegerField(default=0)
    critical = models.IntegerField(default=0)
    deploying = models.IntegerField(default=0)
    overdue = models.IntegerField(default=0)
    quota_percent = models.IntegerField(null=True)
    counted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "count of the fleet"
        verbose_name_plural = "counts of the fleet"
        ordering = ["tenant_id", "environment_id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "environment_id"], name="fleet_count_once"),
            models.CheckConstraint(
                condition=Q(*[Q(**{f"{name}__gte": 0}) for name in COUNTS])
                & (Q(quota_percent=None) | Q(quota_percent__gte=0)),
                name="fleet_counts",
            ),
            models.CheckConstraint(
                condition=Q(services__gte=F("running") + F("degraded") + F("stale") + F("stopped"))
                & Q(findings__gte=F("critical"), deploying__gte=F("overdue")),
                name="fleet_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.services} services"
