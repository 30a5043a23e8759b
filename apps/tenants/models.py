"""Tenants, their data partitions (the django-tenants model) and vaults: the control plane."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django_tenants.models import TenantMixin

from apps.core.ids import uuid7
from apps.core.models import SLUG_LENGTH
from apps.core.slugs import SLUG
from apps.tenants.sealed_models import SealedDetail as SealedDetail
from apps.tenants.sealed_models import SealedEntry as SealedEntry
from apps.tenants.sealed_models import SealedHead as SealedHead


class TenantStatus(models.TextChoices):
    ACTIVE = "Active"
    LEAVING = "Leaving"
    CLOSED = "Closed"


class Tenant(models.Model):  # type: ignore[django-manager-missing]  # TenantMixin is untyped
    """A customer. The slug is its identity: immutable and never used again."""

    tenant_id = models.CharField(max_length=SLUG_LENGTH, primary_key=True, verbose_name="tenant")
    name = models.CharField(max_length=120)
    status = models.CharField(
        max_length=16, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["tenant_id"]
        constraints = [
            models.CheckConstraint(condition=Q(tenant_id__regex=SLUG), name="tenant_slug"),
            models.CheckConstraint(
                condition=Q(status__in=TenantStatus.values), name="tenant_status"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DataPartition(TenantMixin):
    """A schema that holds rows: `silo_<tenant>`, `pool_<tenant>` or `shared` (of `platform`).

    `migrated_to` is the fingerprint of the migrations that it has; empty while it is not there.
    """

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="partitions")
    migrated_to = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = models.Manager["DataPartition"]()

    class Meta:
        ordering = ["schema_name"]
        constraints = [
            # The name says whose it is, so that no two rows can claim one schema.
            models.CheckConstraint(
                name="partition_name",
                condition=Q(schema_name=models.functions.Concat(models.Value("silo_"), "tenant"))
                | Q(schema_name=models.functions.Concat(models.Value("pool_"), "tenant"))
                | Q(schema_name="shared", tenant="platform"),
            ),
        ]

    def __str__(self) -> str:
        return self.schema_name


class Vault(models.Model):
    """A vault that secret references of one tenant may name. One of its own name comes with it."""

    name = models.CharField(max_length=80, primary_key=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="vaults")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
