"""Chains of the audit whose partition has gone: moved whole, as they were, when it was dropped.

Written by app.drop_partition alone (apps.core.walls.dropping). A partition that is made anew goes
on with its chain, so its entries stand here up to the sealed head and in the partition after it.
"""

from django.db import models
from django.db.models import Q

from apps.core.chain import KINDS
from apps.core.ids import uuid7
from apps.core.models import SLUG_LENGTH, Detail, Link


class SealedEntry(Link):
    """An entry of a partition that has gone; its tenant reads it, nobody of the platform does."""

    class Meta:
        verbose_name = "sealed audit entry"
        verbose_name_plural = "sealed audit entries"
        constraints = [
            models.CheckConstraint(name="sealed_number_positive", condition=Q(number__gte=1)),
            models.UniqueConstraint(fields=["tenant_id", "chain", "number"], name="sealed_number"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="sealed_key"),
        ]
        indexes = [models.Index(fields=["tenant_id", "shown_at", "id"], name="sealed_shown")]

    @classmethod
    def details(cls) -> type[Detail]:
        return SealedDetail


class SealedDetail(Detail):
    """Beside a SealedEntry."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "entry_id", "kind"], name="sealed_detail"),
            models.CheckConstraint(name="sealed_detail_kind", condition=Q(kind__in=KINDS)),
        ]


class SealedHead(models.Model):
    """Where a chain ended when its partition was dropped."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH)
    chain = models.CharField(max_length=63)
    last_number = models.BigIntegerField()
    last_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "chain"], name="sealed_head")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.chain} {self.last_number}"
