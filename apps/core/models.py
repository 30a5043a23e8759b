"""What every table of a tenant has in common, and the audit trail."""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from apps.core.ids import uuid7
from apps.core.lookups import Prefix
from apps.core.managers import TenantManager

models.CharField.register_lookup(Prefix)
models.TextField.register_lookup(Prefix)

SLUG_LENGTH = 40


class TenantModel(models.Model):
    """A row of one tenant in a data partition: UUIDv7 key, tenant_id, walls."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH, editable=False)

    objects: TenantManager[Any] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class EnvironmentModel(TenantModel):
    """A row of one tenant in one environment: the policies ask the binding of both."""

    environment_id = models.UUIDField(editable=False)

    class Meta(TenantModel.Meta):
        abstract = True


class AuditEntry(models.Model):
    """One change or refusal. Stands in each data partition and, for the control plane, in public.

    `claimed_at` is the time that an importer working as owner gave to what it wrote; `at` is
    always the database's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH)
    at = models.DateTimeField(db_default=Now(), editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    environment_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    in_control_plane: bool = False

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["tenant_id", "object_id", "id"], name="audit_object"),
            models.Index(fields=["tenant_id", "id"], name="audit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"

    @property
    def shown_at(self) -> Any:
        """The time that pages show: what the importer claimed, where one did."""
        return self.claimed_at or self.at
