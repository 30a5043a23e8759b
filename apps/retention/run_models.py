"""The record of runs: what each was asked, did and left behind, with the leaves and certificates.

Written by the steward; nothing here is ever deleted.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Length, Now
from django.db.models.lookups import Exact

from apps.core.ids import uuid7
from apps.core.states import Stateful, transition
from apps.tenants.models import Tenant


class RunStatus(models.TextChoices):
    RUNNING = "Running"
    COMPLETED = "Completed"
    FOUND_WANTING = "FoundWanting"
    INTERRUPTED = "Interrupted"


class RetentionRun(Stateful, models.Model):
    """One run of the purge, of whatever tenants: the platform's record."""

    TRANSITIONS = {
        "complete": transition("Completed", "Running"),
        "find_wanting": transition("FoundWanting", "Running"),
        "interrupt": transition("Interrupted", "Running"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    dry_run = models.BooleanField()
    only_tenant = models.CharField(max_length=40, blank=True)
    only_class = models.CharField(max_length=32, blank=True)
    # The governance exception that it goes by: of that tenant and class alone.
    exception_id = models.UUIDField(null=True)
    started_by_kind = models.CharField(max_length=16)
    started_by_label = models.CharField(max_length=254, blank=True)
    status = models.CharField(
        max_length=16, choices=RunStatus.choices, default=RunStatus.RUNNING, editable=False
    )
    note = models.TextField(blank=True)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(tenant="platform"), name="run_of_platform"),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="run_status"),
            models.CheckConstraint(
                condition=Q(status="Running", ended_at=None)
                | (~Q(status="Running") & Q(ended_at__isnull=False)),
                name="run_ended_at",
            ),
        ]

    def __str__(self) -> str:
        return f"run of {self.started_at}"

    def as_api(self) -> dict[str, Any]:
        return {
            "runId": str(self.id),
            "asOf": self.as_of.isoformat(),
            "dryRun": self.dry_run,
            "tenantId": self.only_tenant or None,
            "dataClass": self.only_class or None,
            "exceptionId": str(self.exception_id) if self.exception_id else None,
        }


class RetentionEntry(models.Model):
    """What one run found and did of one data class of one tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="retention_entries")
    # Made by the steward alone, beside the run's own row.
    run_id = models.UUIDField()
    dry_run = models.BooleanField()
    data_class = models.CharField(max_length=32)
    # The versions of the windows that were applied: {"platform": 1, "tenant": 2}.
    policy_versions = models.JSONField()
    cutoff = models.DateTimeField(null=True)
    due = models.BigIntegerField(default=0)
    purged = models.BigIntegerField(default=0)
    tiered = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    # {"hold": 3, "state": 1}
    held_back = models.JSONField(default=dict)
    failed = models.TextField(blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "retention entries"
        ordering = ["tenant", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="retention_entry_newest"),
            models.Index(fields=["run_id", "-id"], name="retention_entry_of_run"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "run_id", "data_class"], name="retention_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(due__gte=0, purged__gte=0, tiered__gte=0, bytes__gte=0),
                name="retention_entry_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_class} of {self.tenant_id}"

    @property
    def tells(self) -> bool:
        """Whether anything was due, kept back or went wrong."""
        return bool(self.due or self.purged or self.tiered or self.held_back or self.failed)

    def as_api(self) -> dict[str, Any]:
        return {
            "tenantId": self.tenant_id,
            "dataClass": self.data_class,
            "cutoff": self.cutoff and self.cutoff.isoformat(),
            "due": self.due,
            "purged": self.purged,
            "tiered": self.tiered,
            "bytes": self.bytes,
            "heldBack": [{"reason": r, "count": n} for r, n in sorted(self.held_back.items())],
            "failed": self.failed,
        }


class RemovedLog(models.Model):
    """A step log that no row names any more: its blob goes, by the steward.

    Done when a read has answered that it is gone; until then each run takes it up again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    environment_id = models.UUIDField()
    # Of the run that took its row; empty of a blob that no row ever named.
    run_id = models.UUIDField(null=True)
    path = models.CharField(max_length=255)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(db_default=Now(), editable=False)
    # When a read answered that there is no such blob.
    gone_at = models.DateTimeField(null=True, editable=False)
    # What kept it from going, the last time.
    problem = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["tenant", "id"], condition=Q(gone_at=None), name="removed_log_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "path"], name="removed_log_once"),
            # Whose row it was, its blob it is.
            models.CheckConstraint(
                condition=Q(path__startswith=Concat(F("tenant_id"), Value("/"))),
                name="removed_log_of_its_tenant",
            ),
        ]

    def __str__(self) -> str:
        return self.path


# 64 lower-case hexadecimal digits. A regular expression would take longer than the row's insert.
_HEXADECIMAL = Q(
    Exact(Length("digest"), 64),
    Exact(
        Func(F("digest"), Value("0123456789abcdef"), function="rtrim",
             output_field=models.TextField()),
        Value(""),
    ),
)  # fmt: skip


class DisposedRow(models.Model):
    """A leaf of a certificate: one row that has gone. Written by the statement that deleted it."""

    pk = models.CompositePrimaryKey("tenant_id", "data_class", "row_id")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, related_name="+")
    data_class = models.CharField(max_length=32)
    row_id = models.UUIDField()
    run_id = models.UUIDField()
    # As of an excepted row: walls.retention.ROW_DIGEST.
    digest = models.CharField(max_length=64)
    purged_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "run_id", "data_class", "row_id"], name="disposed_row_of_run"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=_HEXADECIMAL, name="disposed_row_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.data_class} {self.row_id}"


class DisposedDay(models.Model):
    """What a UTC day held of one tenant and environment when it was dropped whole.

    Written by the owner as `app.prove_day` counts it, and committed only when the day has gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, related_name="+")
    run_id = models.UUIDField()
    data_class = models.CharField(max_length=32)
    data_partition = models.CharField(max_length=63)
    day = models.DateField()
    environment_id = models.UUIDField()
    row_count = models.BigIntegerField()
    # Its share of the day's table, by rows.
    bytes = models.BigIntegerField()
    dropped_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "run_id", "data_partition", "day", "environment_id"],
                name="disposed_day_once",
            ),
            models.CheckConstraint(
                condition=Q(row_count__gte=1, bytes__gte=0), name="disposed_day_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_class} of {self.day}"

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.day, time.min, UTC)

    @property
    def ends_at(self) -> datetime:
        return self.begins_at + timedelta(days=1)


class Certificate(models.Model):
    """What one run did to one tenant, signed. Its leaves are the run's disposed rows.

    `body` is what was signed, by the steward: see apps.retention.certificates.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, related_name="certificates")
    run_id = models.UUIDField()
    leaf_count = models.BigIntegerField()
    root = models.CharField(max_length=64)
    body = models.JSONField()
    signature = models.CharField(max_length=128)
    issued_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"], name="certificate_newest")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "run_id"], name="certificate_once"),
            models.CheckConstraint(
                condition=Q(leaf_count__gte=0)
                & Q(root__regex="^[0-9a-f]{64}$")
                & Q(signature__regex="^[0-9a-f]{128}$"),
                name="certificate_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"certificate of {self.issued_at}"

    def as_api(self) -> dict[str, Any]:
        """The file: what verify_certificate takes."""
        return {"certificate": self.body, "signature": self.signature}
