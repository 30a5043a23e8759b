"""What a tenant uses of its quota in one environment, in the partition that holds its rows."""

from django.db import models
from django.db.models import Q

from apps.core.models import EnvironmentModel


class Usage(EnvironmentModel):
    """One row a tenant and environment. Its lock is what everybody who spends queues at.

    `storage_bytes` is kept by whoever writes what is stored, in the same transaction. Replicas are
    not kept here: under the lock they are counted, so that they cannot drift.
    """

    storage_bytes = models.BigIntegerField(default=0)

    class Meta(EnvironmentModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "environment_id"], name="usage_once"),
            models.CheckConstraint(condition=Q(storage_bytes__gte=0), name="usage_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.storage_bytes} bytes"
