"""Windows, holds and exceptions: what retention is told. What it did stands in run_models.

What they do stands below the code, in apps.core.walls.retention: the database asks them on every
DELETE. Nothing here is ever deleted.
"""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.ids import uuid7
from apps.core.states import Stateful, transition
from apps.core.walls.governance import GRACE_DAYS
from apps.retention.rollup_models import RetentionRollup as RetentionRollup
from apps.retention.run_models import Certificate as Certificate
from apps.retention.run_models import DisposedDay as DisposedDay
from apps.retention.run_models import DisposedRow as DisposedRow
from apps.retention.run_models import RemovedLog as RemovedLog
from apps.retention.run_models import RetentionEntry as RetentionEntry
from apps.retention.run_models import RetentionRun as RetentionRun
from apps.retention.run_models import RunStatus as RunStatus
from apps.tenants.models import Tenant


class RetentionPolicy(models.Model):
    """One version of a window. What is set for all tenants stands under `platform`.

    The longest that applies is in force, at once and for what exists: a version below the floor
    of its class is refused by the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="retention_policies")
    data_class = models.CharField(max_length=32)
    version = models.IntegerField()
    days = models.IntegerField()
    reason = models.TextField()
    set_by_id = models.UUIDField(null=True)
    set_by_label = models.CharField(max_length=254)
    # The way back that made it, where it shortens: what stands before it counts no longer then.
    return_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    in_force_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "retention policies"
        ordering = ["tenant", "data_class", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "data_class", "version"], name="retention_policy_version"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="retention_policy_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.data_class}: {self.days} days"

    def as_api(self) -> dict[str, Any]:
        return {
            "retentionPolicyId": str(self.id),
            "tenantId": self.tenant_id,
            "dataClass": self.data_class,
            "version": self.version,
            "days": self.days,
        }


class ReturnStatus(models.TextChoices):
    ASKED = "Asked"
    CONFIRMED = "Confirmed"
    DECLINED = "Declined"


class WindowReturn(Stateful, models.Model):
    """The way back from a longer window towards the floor: one officer asks, another confirms.

    `version` is the one that it makes of the policy: where a window has been lengthened since it
    was asked for, there is such a version already and it can no longer be confirmed.
    """

    TRANSITIONS = {
        "confirm": transition("Confirmed", "Asked"),
        "decline": transition("Declined", "Asked"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    data_class = models.CharField(max_length=32)
    version = models.IntegerField()
    from_days = models.IntegerField()
    days = models.IntegerField()
    reason = models.TextField()
    status = models.CharField(
        max_length=16, choices=ReturnStatus.choices, default=ReturnStatus.ASKED, editable=False
    )
    asked_by_id = models.UUIDField()
    asked_by_label = models.CharField(max_length=254)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by_id = models.UUIDField(null=True)
    decided_by_label = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "way back"
        verbose_name_plural = "ways back"
        ordering = ["tenant", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ReturnStatus.values), name="window_return_status"
            ),
            models.CheckConstraint(
                condition=Q(days__lt=F("from_days"), version__gte=2), name="window_return_shortens"
            ),
            models.CheckConstraint(
                condition=~Q(status="Confirmed")
                | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("asked_by_id"))),
                name="window_return_by_a_second",
            ),
            models.CheckConstraint(
                condition=Q(status="Asked", decided_at=None)
                | (~Q(status="Asked") & Q(decided_at__isnull=False)),
                name="window_return_decided_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_class}: {self.from_days} to {self.days} days"

    def as_api(self) -> dict[str, Any]:
        return {
            "windowReturnId": str(self.id),
            "tenantId": self.tenant_id,
            "dataClass": self.data_class,
            "version": self.version,
            "fromDays": self.from_days,
            "days": self.days,
            "status": self.status,
        }


class HoldStatus(models.TextChoices):
    PLACED = "Placed"
    LIFT_PROPOSED = "LiftProposed"
    LIFTED = "Lifted"


class LegalHold(Stateful, models.Model):
    """What is under it stays, until 30 days after a second officer has lifted it.

    A tenant's people see the number; matter and reason are for officers and auditors.
    """

    TRANSITIONS = {
        "propose_lift": transition("LiftProposed", "Placed"),
        "keep": transition("Placed", "LiftProposed"),
        "lift": transition("Lifted", "LiftProposed"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="legal_holds")
    number = models.IntegerField()
    data_classes = ArrayField(models.CharField(max_length=32))
    # Outlives its target, and names none of another tenant's: an id and not a key.
    environment_id = models.UUIDField(null=True)
    matter = models.CharField(max_length=200)
    reason = models.TextField()
    status = models.CharField(
        max_length=16, choices=HoldStatus.choices, default=HoldStatus.PLACED, editable=False
    )
    placed_by_id = models.UUIDField(null=True)
    placed_by_label = models.CharField(max_length=254)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    lift_proposed_by_id = models.UUIDField(null=True)
    lift_proposed_by_label = models.CharField(max_length=254, blank=True)
    lift_reason = models.TextField(blank=True)
    lifted_by_id = models.UUIDField(null=True)
    lifted_by_label = models.CharField(max_length=254, blank=True)
    lifted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "hold"
        ordering = ["tenant", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="hold_number"),
            models.CheckConstraint(
                condition=Q(status__in=HoldStatus.values) & Q(number__gte=1), name="hold_choices"
            ),
            models.CheckConstraint(
                condition=Q(status="Lifted", lifted_at__isnull=False)
                | (~Q(status="Lifted") & Q(lifted_at=None)),
                name="hold_lifted_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="LiftProposed") | Q(lift_proposed_by_id__isnull=False),
                name="hold_proposed_by",
            ),
            models.CheckConstraint(
                condition=Q(status="Lifted", lifted_by_id__isnull=False)
                & Q(lift_proposed_by_id__isnull=False)
                & ~Q(lifted_by_id=F("lift_proposed_by_id"))
                | (~Q(status="Lifted") & Q(lifted_by_id=None)),
                name="hold_lifted_by_a_second",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.number}"

    @property
    def ends_at(self) -> Any:
        """When what it covers is no longer held, or None while nobody has lifted it."""
        return self.lifted_at and self.lifted_at + timedelta(days=GRACE_DAYS)

    def as_api(self) -> dict[str, Any]:
        return {
            "legalHoldId": str(self.id),
            "tenantId": self.tenant_id,
            "number": self.number,
            "dataClasses": list(self.data_classes),
            "environmentId": str(self.environment_id) if self.environment_id else None,
            "status": self.status,
        }


class ExceptionStatus(models.TextChoices):
    ASKED = "Asked"
    APPROVED = "Approved"
    REFUSED = "Refused"
    WITHDRAWN = "Withdrawn"
    SPENT = "Spent"


class GovernanceException(Stateful, models.Model):
    """Leave to let rows go before their window. What it covers is frozen at approval.

    The database spends it when the run that named it ends.
    """

    TRANSITIONS = {
        "approve": transition("Approved", "Asked"),
        "refuse": transition("Refused", "Asked"),
        "withdraw": transition("Withdrawn", "Asked", "Approved"),
        "spend": transition("Spent", "Approved"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="governance_exceptions")
    data_class = models.CharField(max_length=32)
    environment_id = models.UUIDField(null=True)
    reason = models.TextField()
    legal_basis = models.CharField(max_length=200)
    lapses_at = models.DateTimeField()
    status = models.CharField(
        max_length=16, choices=ExceptionStatus.choices, default=ExceptionStatus.ASKED,
        editable=False,
    )  # fmt: skip
    asked_by_id = models.UUIDField(null=True)
    asked_by_label = models.CharField(max_length=254)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by_id = models.UUIDField(null=True)
    decided_by_label = models.CharField(max_length=254, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)
    row_count = models.BigIntegerField(null=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    spent_by_run = models.UUIDField(null=True, editable=False)
    spent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "exception"
        ordering = ["tenant", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ExceptionStatus.values), name="exception_status"
            ),
            models.CheckConstraint(
                condition=Q(lapses_at__gt=F("asked_at")), name="exception_lapses_later"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["Approved", "Refused"])
                | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("asked_by_id"))),
                name="exception_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status="Approved")
                | (Q(row_count__isnull=False, row_count__gte=0) & ~Q(digest="")),
                name="exception_frozen",
            ),
            models.CheckConstraint(
                condition=Q(status="Spent", spent_at__isnull=False, spent_by_run__isnull=False)
                | (~Q(status="Spent") & Q(spent_at=None, spent_by_run=None)),
                name="exception_spent",
            ),
        ]

    def __str__(self) -> str:
        return f"exception for {self.data_class}"

    @property
    def has_lapsed(self) -> bool:
        """Whether no run may name it any more for its date, for pages."""
        return self.status in ("Asked", "Approved") and self.lapses_at <= timezone.now()

    def as_api(self) -> dict[str, Any]:
        return {
            "governanceExceptionId": str(self.id),
            "tenantId": self.tenant_id,
            "dataClass": self.data_class,
            "environmentId": str(self.environment_id) if self.environment_id else None,
            "legalBasis": self.legal_basis,
            "lapsesAt": self.lapses_at.isoformat(),
            "status": self.status,
            "rowCount": self.row_count,
            "digest": self.digest,
        }


class ExceptedRow(models.Model):
    """One row that an exception covers, as it was when that was approved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    exception_id = models.UUIDField()
    data_partition = models.CharField(max_length=63)
    row_id = models.UUIDField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "exception_id", "row_id"], name="excepted_row_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.row_id)
