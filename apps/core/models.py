"""What every table of a tenant has in common, and the audit trail."""

from typing import Any

from django.db import models
from django.db.models.functions import Cast, Now

from apps.core.chain import KINDS
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


class AuditEntries(models.Manager[Any]):
    """Entries with what is still told beside them, in the same query: `told` is {kind: value}."""

    def get_queryset(self) -> models.QuerySet[Any]:
        details: Any = self.model.details()
        told = (
            details.objects.filter(
                tenant_id=models.OuterRef("tenant_id"), entry_id=models.OuterRef("id")
            )
            .order_by()
            .values("entry_id")
            .annotate(
                told=models.Func(
                    models.F("kind"),
                    Cast("value", models.JSONField()),
                    function="jsonb_object_agg",
                    output_field=models.JSONField(),
                )
            )
            .values("told")
        )
        return super().get_queryset().annotate(told=models.Subquery(told))


class Link(models.Model):
    """One change or refusal, a link of its chain (see apps.core.chain).

    What it tells of people and things stands beside it (`details`) and may go; `digests`
    {kind: digest} stays. `claimed_at` is the time that an importer working as owner gave to what it
    wrote; `at` is always the database's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH)
    chain = models.CharField(max_length=63, editable=False)
    number = models.BigIntegerField(editable=False)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    # The time that pages show and sort by: what the importer claimed, where one did.
    shown_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    environment_id = models.UUIDField(null=True)
    digests = models.JSONField(default=dict, editable=False)

    objects = AuditEntries()

    told: dict[str, Any] | None = None

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"

    @classmethod
    def details(cls) -> "type[Detail]":
        """The model of what is told beside it."""
        raise NotImplementedError

    def detail(self, kind: str) -> Any:
        """What is told beside the entry; None where it never was, or has gone."""
        return (self.told or {}).get(kind)

    def is_gone(self, kind: str) -> bool:
        """Whether it was told once and is not any more."""
        return kind in self.digests and kind not in (self.told or {})

    @property
    def before(self) -> Any:
        return self.detail("before")

    @property
    def after(self) -> Any:
        return self.detail("after")

    @property
    def reason(self) -> str:
        return self.detail("reason") or ""

    @property
    def address(self) -> str:
        return self.detail("address") or ""

    @property
    def actor_label(self) -> str:
        """What people read of who acted; of an erased person that they are."""
        return self.detail("label") or ("erased" if self.is_gone("label") else "")


class Detail(models.Model):
    """A value told beside an entry, with the salt of its digest; goes with what it describes.

    `value` is canonical JSON, as it was hashed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH)
    entry_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    salt = models.BinaryField(max_length=16)
    value = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} of {self.entry_id}"


class AuditEntry(Link):
    """Stands in each data partition and, for the control plane, in public."""

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            models.CheckConstraint(name="audit_number_positive", condition=models.Q(number__gte=1)),
            models.UniqueConstraint(fields=["tenant_id", "chain", "number"], name="audit_number"),
            # What a detail refers to.
            models.UniqueConstraint(fields=["tenant_id", "id"], name="audit_key"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "object_id", "id"], name="audit_object"),
            models.Index(fields=["tenant_id", "shown_at", "id"], name="audit_shown"),
        ]

    @classmethod
    def details(cls) -> type[Detail]:
        return AuditDetail


class AuditDetail(Detail):
    """Beside an AuditEntry."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "entry_id", "kind"], name="audit_detail"),
            models.CheckConstraint(name="audit_detail_kind", condition=models.Q(kind__in=KINDS)),
        ]


class AuditHead(models.Model):
    """Where a chain ends: moved by each entry, locked last in the transaction."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.CharField(max_length=SLUG_LENGTH)
    chain = models.CharField(max_length=63)
    last_number = models.BigIntegerField()
    last_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "chain"], name="audit_head"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.chain} {self.last_number}"
