"""What the platform's people are told of retention at each tenant: counts, and no tenant's rows."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.ids import uuid7
from apps.tenants.models import Tenant

# The days to come that are looked at.
DAYS = (7, 30, 90, 365)


class RetentionRollup(models.Model):
    """One data class of one tenant, as it was counted by the worker at `counted_at`.

    `more` and `more_7` … say that there may be more than was counted. `held_by`: {number of a
    hold: rows that it keeps}; `due_7` …: rows that nothing keeps after so many days.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, related_name="+")
    data_class = models.CharField(max_length=32)
    there = models.BigIntegerField()
    in_use = models.BigIntegerField()
    held = models.BigIntegerField()
    held_by = models.JSONField(default=dict)
    more = models.BooleanField()
    due_7 = models.BigIntegerField()
    due_30 = models.BigIntegerField()
    due_90 = models.BigIntegerField()
    due_365 = models.BigIntegerField()
    more_7 = models.BooleanField()
    more_30 = models.BooleanField()
    more_90 = models.BooleanField()
    more_365 = models.BooleanField()
    # The database's now(), whenever it is written.
    counted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["tenant", "data_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "data_class"], name="retention_rollup_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    there__gte=0, in_use__gte=0, held__gte=0,
                    due_7__gte=0, due_30__gte=0, due_90__gte=0, due_365__gte=0,
                ),
                name="retention_rollup_counts",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.data_class} of {self.tenant_id}"
