"""RuntimeDriftFinding: a difference between what should run and what was seen, while it lasts.

DriftCheck is the record of one look, DriftCoverage what the last one said of a service, IgnoreRule
what hides findings without losing them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.models import EnvironmentModel
from apps.core.states import Stateful, transition
from apps.drift_findings.shown import Marked, marked
from apps.search.models import Kind as Searched
from apps.search.words import terms


class Kind(models.TextChoices):
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    IMAGE = "image"
    VERSION = "version"
    REPLICAS = "replicas"
    CONFIGURATION = "configuration"
    SCALING = "scaling"


class Severity(models.TextChoices):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class FindingStatus(models.TextChoices):
    OPEN = "Open"
    ACKNOWLEDGED = "Acknowledged"
    RESOLVED = "Resolved"


class Resolution(models.TextChoices):
    """How a finding came to its end. `by-itself`: a check found no difference any more."""

    BY_ITSELF = "by-itself", "by itself"
    BY_HAND = "by-hand", "by hand"
    ENVIRONMENT_GONE = "environment-gone", "environment gone"


class Outcome(models.TextChoices):
    IN_LINE = "InLine", "In line"
    FINDINGS = "Findings"
    FAILED = "Failed"


class DriftCheck(EnvironmentModel):
    """One look at an environment, written once: when, of what, by whom, how it ended.

    `inputs` are {file, bytes, sha256}; `not_understood` what was read and not taken over (the
    first 100); `findings` how many are not resolved after it, hidden ones included.
    """

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    checked_by = models.CharField(max_length=254, editable=False)
    inputs = models.JSONField(editable=False)
    workloads = models.IntegerField(default=0, editable=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, editable=False)
    failure = models.TextField(blank=True, editable=False)
    findings = models.IntegerField(default=0, editable=False)
    opened = models.IntegerField(default=0, editable=False)
    resolved = models.IntegerField(default=0, editable=False)
    not_understood = models.JSONField(default=list, editable=False)
    not_compared = models.JSONField(default=list, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "drift check"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="drift_check_newest"),
            models.Index(
                fields=["tenant_id", "environment_id", "-id"], name="drift_check_newest_here"
            ),
            models.Index(fields=["tenant_id", "outcome", "-id"], name="drift_check_by_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="drift_check_key"
            ),
            models.CheckConstraint(
                condition=Q(outcome="Failed", findings=0, opened=0, resolved=0) & ~Q(failure="")
                | Q(outcome="InLine", failure="", findings=0)
                | Q(outcome="Findings", failure="", findings__gt=0),
                name="drift_check_outcome",
            ),
            models.CheckConstraint(
                condition=Q(workloads__gte=0, opened__gte=0, resolved__gte=0),
                name="drift_check_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.findings})" if self.findings else self.outcome

    def as_api(self) -> dict[str, Any]:
        return {
            "driftCheckId": str(self.id),
            "environmentId": str(self.environment_id),
            "outcome": self.outcome,
            "failure": self.failure,
            "findings": self.findings,
            "opened": self.opened,
            "resolved": self.resolved,
        }


class DriftCoverage(EnvironmentModel):
    """What the last check said of one service: seen and compared, or why it could not be."""

    service_id = models.UUIDField(editable=False)
    drift_check = models.ForeignKey(
        DriftCheck,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="coverage",
    )
    failure = models.TextField(blank=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant_id", "environment_id", "drift_check"], name="drift_coverage_check"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "service_id"], name="drift_coverage_once"
            ),
        ]

    def __str__(self) -> str:
        return self.failure or "checked"


class RuntimeDriftFinding(Stateful, EnvironmentModel):
    """A difference at one path of one thing. Found again it is the same row, until Resolved.

    `service_id` is absent for what no service of ours is (unexpected, a ConfigMap), and may
    outlive the service; so may both ids of checks.
    """

    TRANSITIONS = {
        "acknowledge": transition("Acknowledged", "Open"),
        "unacknowledge": transition("Open", "Acknowledged"),
        "resolve": transition("Resolved", "Open", "Acknowledged"),
    }

    service_id = models.UUIDField(null=True, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices, editable=False)
    module_id = models.CharField(max_length=253, blank=True, db_collation="C", editable=False)
    path = models.TextField(db_collation="C", editable=False)
    identity = models.CharField(max_length=64, editable=False)
    severity = models.CharField(max_length=8, choices=Severity.choices, editable=False)
    desired = models.JSONField(null=True, editable=False)
    observed = models.JSONField(null=True, editable=False)
    status = models.CharField(
        max_length=16, choices=FindingStatus.choices, default=FindingStatus.OPEN, editable=False
    )
    first_check_id = models.UUIDField(editable=False)
    last_check_id = models.UUIDField(editable=False)
    detected_at = models.DateTimeField(db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(db_default=Now(), editable=False)
    acknowledged_by = models.CharField(max_length=254, blank=True, editable=False)
    acknowledged_reason = models.TextField(blank=True, editable=False)
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolution = models.CharField(
        max_length=16, choices=Resolution.choices, blank=True, editable=False
    )
    resolution_reason = models.TextField(blank=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "finding"
        ordering = ["-id"]
        indexes = [
            # The tabs of the list, newest first; then of one environment, one kind, one severity.
            models.Index(fields=["tenant_id", "status", "-id"], name="finding_by_status"),
            models.Index(
                fields=["tenant_id", "environment_id", "status", "-id"], name="finding_here"
            ),
            models.Index(fields=["tenant_id", "status", "kind", "-id"], name="finding_by_kind"),
            models.Index(
                fields=["tenant_id", "status", "severity", "-id"], name="finding_by_severity"
            ),
            # What a rule for one module hides.
            models.Index(
                fields=["tenant_id", "status", "module_id", "-id"], name="finding_by_module"
            ),
            models.Index(
                fields=["tenant_id", "environment_id", "service_id", "-id"],
                condition=~Q(status="Resolved"),
                name="finding_of_service",
            ),
            # What one check has found last: its own page.
            models.Index(
                fields=["tenant_id", "environment_id", "last_check_id"], name="finding_last_check"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="finding_key"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "identity"],
                condition=~Q(status="Resolved"),
                name="finding_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FindingStatus.values)
                & Q(kind__in=Kind.values)
                & Q(severity__in=Severity.values)
                & Q(resolution__in=["", *Resolution.values]),
                name="finding_choices",
            ),
            models.CheckConstraint(
                condition=~Q(desired=F("observed"))
                & ~Q(desired__isnull=True, observed__isnull=True),
                name="finding_differs",
            ),
            models.CheckConstraint(
                condition=Q(status="Resolved", resolved_at__isnull=False) & ~Q(resolution="")
                | ~Q(status="Resolved") & Q(resolved_at=None, resolution=""),
                name="finding_resolved",
            ),
            models.CheckConstraint(
                condition=Q(status="Acknowledged", acknowledged_at__isnull=False)
                & ~Q(acknowledged_by="")
                | Q(status="Open", acknowledged_at=None, acknowledged_by="")
                | Q(status="Resolved"),
                name="finding_acknowledged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"

    search_kind = Searched.FINDING

    def search_terms(self) -> Iterator[str]:
        """What never changes of it; no value, which may be anything."""
        yield from terms(self.module_id)
        yield from terms(self.kind)
        yield from terms(self.path)

    @property
    def marked(self) -> Marked:
        return marked(self.desired, self.observed)

    def as_api(self) -> dict[str, Any]:
        return {
            "driftFindingId": str(self.id),
            "environmentId": str(self.environment_id),
            "serviceId": str(self.service_id) if self.service_id else None,
            "moduleId": self.module_id,
            "kind": self.kind,
            "path": self.path,
            "severity": self.severity,
            "desired": self.desired,
            "observed": self.observed,
            "status": self.status,
            "detectedAt": _iso(self.detected_at),
            "lastSeenAt": _iso(self.last_seen_at),
            "resolvedAt": _iso(self.resolved_at),
            "resolution": self.resolution or None,
        }


class RuleStatus(models.TextChoices):
    ACTIVE = "Active"
    ENDED = "Ended"


class IgnoreRule(Stateful, EnvironmentModel):
    """What hides findings: where all that it names agrees. It is ended, never deleted.

    It belongs to the environment that it was made in; `everywhere` lets it reach all of the
    tenant's in that partition, while that one is bound.
    """

    TRANSITIONS = {"end": transition("Ended", "Active")}

    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True, editable=False)
    module_id = models.CharField(max_length=253, blank=True, db_collation="C", editable=False)
    path_prefix = models.TextField(blank=True, db_collation="C", editable=False)
    everywhere = models.BooleanField(default=False, editable=False)
    reason = models.TextField(editable=False)
    owner = models.CharField(max_length=254, editable=False)
    expires_at = models.DateTimeField(editable=False)
    status = models.CharField(
        max_length=8, choices=RuleStatus.choices, default=RuleStatus.ACTIVE, editable=False
    )
    created_by = models.CharField(max_length=254, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    end_reason = models.TextField(blank=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "ignore rule"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="ignore_rule_newest"),
            # What the lists of findings ask of each row.
            models.Index(
                fields=["tenant_id", "expires_at"],
                condition=Q(status="Active"),
                name="ignore_rule_active",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="ignore_rule_key"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RuleStatus.values) & Q(kind__in=["", *Kind.values]),
                name="ignore_rule_choices",
            ),
            models.CheckConstraint(
                condition=~Q(kind="", module_id="", path_prefix="") & ~Q(reason="") & ~Q(owner=""),
                name="ignore_rule_says_something",
            ),
            models.CheckConstraint(
                condition=Q(status="Ended", ended_at__isnull=False)
                | Q(status="Active", ended_at=None),
                name="ignore_rule_ended_at",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.module_id, self.path_prefix)))

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def as_api(self) -> dict[str, Any]:
        return {
            "ignoreRuleId": str(self.id),
            "environmentId": str(self.environment_id),
            "everywhere": self.everywhere,
            "kind": self.kind or None,
            "moduleId": self.module_id or None,
            "pathPrefix": self.path_prefix or None,
            "owner": self.owner,
            "expiresAt": _iso(self.expires_at),
            "status": self.status,
        }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
