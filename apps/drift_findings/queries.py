"""What the pages read: what is hidden by which rule, and the state of a service or environment."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, JSONObject, Now
from django.db.models.lookups import Exact
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
from apps.services.models import RuntimeService

UNRESOLVED = (FindingStatus.OPEN, FindingStatus.ACKNOWLEDGED)


def status_counts() -> dict[str, int]:
    """How many findings of the partition entered are in which state; an index answers alone."""
    counted = RuntimeDriftFinding.objects.values_list("status").annotate(Count("id"))
    return dict(counted.order_by("status"))


class StartsWith(Func):
    """`starts_with(text, beginning)`, leakproof, with either side from a column."""

    function = "starts_with"
    arity = 2
    output_field = BooleanField()


def _fits(rule: Callable[[str], Any], finding: Callable[[str], Any]) -> Q:
    """Whether a rule covers a finding: each of its words that says anything fits.

    Both sides are given by how a column of theirs is named, so that one condition serves from
    the rule to its findings and from a finding to its rules.
    """
    here = Exact(rule("everywhere"), Value(True)) | Exact(
        finding("environment_id"), rule("environment_id")
    )
    kind = Exact(rule("kind"), Value("")) | Exact(finding("kind"), rule("kind"))
    module = Exact(rule("module_id"), Value("")) | Exact(finding("module_id"), rule("module_id"))
    return Q(here) & Q(kind) & Q(module) & Q(StartsWith(finding("path"), rule("path_prefix")))


def active_rules() -> Any:
    return IgnoreRule.objects.filter(status="Active", expires_at__gt=Now())


def _rules_of_row() -> Any:
    """The rules that hide the finding of the outer query, the oldest first."""
    return active_rules().filter(_fits(F, OuterRef)).order_by("id")


def with_rules(findings: Any) -> Any:
    """Each with `hidden_by`: {id, environment, reason, owner, expires} of a rule, or None."""
    rule = JSONObject(
        id="id", environment="environment_id", reason="reason", owner="owner", expires="expires_at"
    )
    return findings.annotate(hidden_by=Subquery(_rules_of_row().values(found=rule)[:1]))


def hidden() -> Exists:
    return Exists(_rules_of_row())


def covered_by(rule: IgnoreRule) -> Any:
    """What such a rule hides, or would, of what is not resolved; other rules notwithstanding."""
    found = RuntimeDriftFinding.objects.filter(status__in=UNRESOLVED)
    return found.filter(_fits(lambda name: Value(getattr(rule, name), _field(name)), F))


def with_hides(rules: Any) -> Any:
    """Each with `hides`: how many it covers of what is not resolved."""
    found = (
        RuntimeDriftFinding.objects.filter(_fits(OuterRef, F), status__in=UNRESOLVED)
        .order_by()
        .values(one=Value(1))
        .annotate(n=Count("id"))
    )
    return rules.annotate(hides=Coalesce(Subquery(found.values("n")), 0))


def _field(name: str) -> Any:
    return IgnoreRule._meta.get_field(name)


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

    @property
    def count(self) -> str:
        return f"{self.findings} finding{'' if self.findings == 1 else 's'}"


def service_drift(service_id: UUID) -> DriftState:
    """Of one service of the environment entered. One query."""
    row = (
        DriftCoverage.objects.filter(environment_id=door.environment(), service_id=service_id)
        .select_related("drift_check")
        .annotate(counts=_counts(Q(service_id=OuterRef("service_id"))))
        .first()
    )
    return _state(row.drift_check, row.failure, row.counts) if row else DriftState("never checked")


def services_drift(
    environment_ids: Collection[UUID], service_ids: Collection[UUID]
) -> dict[UUID, DriftState]:
    """{service id: its state} of those of the partition entered that were ever checked. One query.

    For what stands on one page: the counts are asked of each service by its index.
    """
    rows = (
        DriftCoverage.objects.filter(environment_id__in=environment_ids, service_id__in=service_ids)
        .select_related("drift_check")
        .annotate(counts=_counts(Q(service_id=OuterRef("service_id"))))
    )
    return {row.service_id: _state(row.drift_check, row.failure, row.counts) for row in rows}


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


def coverage_of(check: DriftCheck, limit: int = 200) -> list[DriftCoverage]:
    """The services of which this check has the last word, each with its `module`. One query."""
    module = RuntimeService.objects.filter(
        environment_id=OuterRef("environment_id"), id=OuterRef("service_id")
    )
    return list(
        DriftCoverage.objects.filter(environment_id=check.environment_id, drift_check=check)
        .annotate(module=Subquery(module.values("module_id")))
        .order_by("-failure", "module")[:limit]
    )
