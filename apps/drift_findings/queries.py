"""What the pages read: what is hidden by which rule, and the state of a service or environment.

One condition says what a rule hides, written twice: from a finding to its rules (in SQL, beside
the row) and from a rule to its findings. tests/drift_findings/test_ignore_rules.py holds them
together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject, Now
from django.utils import timezone

from apps.core import door
from apps.drift_findings.models import (
    DriftCheck,
    DriftCoverage,
    FindingStatus,
    IgnoreRule,
    Outcome,
    RuntimeDriftFinding,
)

UNRESOLVED = (FindingStatus.OPEN, FindingStatus.ACKNOWLEDGED)


class StartsWith(Func):
    """`starts_with(text, beginning)`, leakproof, with either side from a column."""

    function = "starts_with"
    arity = 2


def active_rules() -> Any:
    return IgnoreRule.objects.filter(status="Active", expires_at__gt=Now())


def _rules_of_row() -> Any:
    """The rules that hide the finding of the outer query, the oldest first."""
    from django.db.models import BooleanField

    begins = StartsWith(OuterRef("path"), F("path_prefix"), output_field=BooleanField())
    return (
        active_rules()
        .alias(begins=begins)
        .filter(
            Q(everywhere=True) | Q(environment_id=OuterRef("environment_id")),
            Q(kind="") | Q(kind=OuterRef("kind")),
            Q(module_id="") | Q(module_id=OuterRef("module_id")),
            begins=True,
        )
        .order_by("id")
    )


def with_rules(findings: Any) -> Any:
    """Each with `hidden_by`: {id, environment, reason, owner, expires} of a rule, or None."""
    rule = JSONObject(
        id="id", environment="environment_id", reason="reason", owner="owner", expires="expires_at"
    )
    return findings.annotate(hidden_by=Subquery(_rules_of_row().values(found=rule)[:1]))


def hidden() -> Exists:
    return Exists(_rules_of_row())


def covered_by(
    *, kind: str, module_id: str, path_prefix: str, everywhere: bool, environment_id: UUID
) -> Any:
    """What a rule of these words would hide, of what is not resolved."""
    found = RuntimeDriftFinding.objects.filter(status__in=UNRESOLVED)
    if not everywhere:
        found = found.filter(environment_id=environment_id)
    if kind:
        found = found.filter(kind=kind)
    if module_id:
        found = found.filter(module_id=module_id)
    return found.filter(path__prefix=path_prefix) if path_prefix else found


def findings_here() -> Any:
    return RuntimeDriftFinding.objects.filter(environment_id=door.environment())


@dataclass(frozen=True)
class DriftState:
    """`state`: in line, findings, never checked, check failed, stale since. Counts leave out what
    is hidden; `checked_at` is when it was looked at last.
    """

    state: str
    findings: int = 0
    acknowledged: int = 0
    hidden: int = 0
    checked_at: datetime | None = None
    check_id: UUID | None = None
    failure: str = ""


def service_drift(service_id: UUID) -> DriftState:
    """Of one service of the environment entered. One query."""
    row = (
        DriftCoverage.objects.filter(environment_id=door.environment(), service_id=service_id)
        .select_related("drift_check")
        .annotate(counts=_counts(Q(service_id=OuterRef("service_id"))))
        .first()
    )
    return _state(row.drift_check, row.failure, row.counts) if row else DriftState("never checked")


def environment_drift() -> DriftState:
    """Of the environment entered. One query."""
    last = (
        DriftCheck.objects.filter(environment_id=door.environment())
        .annotate(counts=_counts(Q()))
        .order_by("-id")
        .first()
    )
    return _state(last, last.failure, last.counts) if last else DriftState("never checked")


def _counts(more: Q) -> Subquery:
    """{findings, acknowledged, hidden} of what is not resolved, as one sub-select."""
    is_hidden = Q(hides=True)
    rows = (
        RuntimeDriftFinding.objects.filter(
            more, environment_id=OuterRef("environment_id"), status__in=UNRESOLVED
        )
        .annotate(hides=hidden())
        .order_by()
        .values(one=Value(1))
    )
    counted = rows.annotate(
        found=JSONObject(
            findings=Count("id", filter=~is_hidden),
            acknowledged=Count("id", filter=~is_hidden & Q(status=FindingStatus.ACKNOWLEDGED)),
            hidden=Count("id", filter=is_hidden),
        )
    )
    return Subquery(counted.values("found"))


def _state(check: DriftCheck, failure: str, counts: dict[str, int] | None) -> DriftState:
    counts = counts or {"findings": 0, "acknowledged": 0, "hidden": 0}
    stale_after = timedelta(hours=settings.DRIFT_STALE_AFTER_HOURS)
    if failure or check.outcome == Outcome.FAILED:
        state = "check failed"
    elif timezone.now() - check.created_at > stale_after:
        state = "stale since"
    else:
        state = "findings" if counts["findings"] else "in line"
    return DriftState(
        state,
        **counts,
        checked_at=check.created_at,
        check_id=check.id,
        failure=failure or check.failure,
    )
