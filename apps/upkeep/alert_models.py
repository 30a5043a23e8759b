"""Backlog and Alert: what of retention waits to go, and what was due and did not go.

Both are the platform's own: written by the steward, read by the platform's people. They count rows
of tenants and show none.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.access import PLATFORM
from apps.core.ids import uuid7
from apps.tenants.models import Tenant


class Backlog(models.Model):
    """Rows of one data class of one tenant that have passed their window, at the last count."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", default=PLATFORM)
    of_tenant = models.CharField(max_length=40, editable=False)
    data_class = models.CharField(max_length=32, editable=False)
    due = models.BigIntegerField(default=0, editable=False)
    # By a hold or a state: they wait for that, and for no run.
    kept = models.BigIntegerField(default=0, editable=False)
    # When the window of the oldest due one passed.
    oldest_due_at = models.DateTimeField(null=True, editable=False)
    # The first count, of those without a break, that found one due for longer than it may be.
    overdue_since = models.DateTimeField(null=True, editable=False)
    counted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "backlog"
        ordering = ["of_tenant", "data_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "of_tenant", "data_class"], name="backlog_once"
            ),
            models.CheckConstraint(condition=Q(tenant=PLATFORM), name="backlog_of_the_platform"),
            models.CheckConstraint(condition=Q(due__gte=0, kept__gte=0), name="backlog_counts"),
            models.CheckConstraint(
                condition=Q(due=0, oldest_due_at=None, overdue_since=None)
                | Q(due__gt=0, oldest_due_at__isnull=False),
                name="backlog_oldest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_class} of {self.of_tenant}"


class AlertKind(models.TextChoices):
    NOTHING_WENT = "nothing-went", "a run found it due and took nothing away"
    OVERDUE = "overdue", "it has been due for longer than a run may take to come"


class Alert(models.Model):
    """Something was due and did not go. Open until a later run or count finds that it has gone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", default=PLATFORM)
    kind = models.CharField(max_length=16, choices=AlertKind.choices, editable=False)
    of_tenant = models.CharField(max_length=40, editable=False)
    data_class = models.CharField(max_length=32, editable=False)
    told = models.TextField(editable=False)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)
    cleared_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "of_tenant", "data_class"],
                condition=Q(cleared_at=None),
                name="alert_open_once",
            ),
            models.CheckConstraint(condition=Q(tenant=PLATFORM), name="alert_of_the_platform"),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind"),
            models.CheckConstraint(condition=~Q(told=""), name="alert_tells"),
        ]

    def __str__(self) -> str:
        return f"{self.of_tenant} {self.data_class}: {self.told}"

    def as_api(self) -> dict[str, Any]:
        return {
            "alertId": str(self.id),
            "kind": self.kind,
            "tenantId": self.of_tenant,
            "dataClass": self.data_class,
            "told": self.told,
        }
