"""What has changed in the last day, and what waits for somebody: the newest few of each kind."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from django.db.models import Q
from django.utils import timezone

from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.core.door import Door
from apps.deployments.models import UNFINISHED, DeploymentStatus, RuntimeDeployment
from apps.drift_findings.models import FindingStatus, RuntimeDriftFinding
from apps.drift_findings.queries import hidden
from apps.quotas.queries import Use, near_their_end
from apps.retention.models import GovernanceException
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

EACH = 6
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass
class Waiting:
    """Newest first, at most EACH and one more of a kind: a longer list is a page of its own."""

    unfinished: list[RuntimeDeployment] = field(default_factory=list)
    failed: list[RuntimeDeployment] = field(default_factory=list)
    findings: list[RuntimeDriftFinding] = field(default_factory=list)
    # The fullest first: the binding, and how much of which quota is used.
    quotas: list[tuple[RuntimeTenantBinding, Use]] = field(default_factory=list)
    exceptions: list[GovernanceException] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.quotas or self.exceptions)

    @property
    def rows(self) -> list[Any]:
        return [*self.unfinished, *self.failed, *self.findings]


@dataclass
class Changes:
    """Of the last 24 hours."""

    deployments: list[RuntimeDeployment] = field(default_factory=list)
    configurations: list[RuntimeConfiguration] = field(default_factory=list)
    findings: list[RuntimeDriftFinding] = field(default_factory=list)

    @property
    def rows(self) -> list[Any]:
        return list(chain(self.deployments, self.configurations, self.findings))


def waiting(entered: Door) -> Waiting:
    """Three queries a partition, each the head of an index, and two where a quota is limited.

    Before them the limited bindings, and what was asked of the officers, for who may see that.
    """
    found, since = Waiting(), timezone.now() - WEEK
    limited = list(_limited())
    if entered.may("runtime.retention.read"):
        asked = GovernanceException.objects.filter(tenant_id=door.tenant(), status="Asked")
        found.exceptions = list(asked.order_by("-id")[: EACH + 1])
    for schema in each_partition(entered):
        newest = RuntimeDeployment.objects.order_by("-id")
        found.unfinished += newest.filter(status__in=UNFINISHED)[: EACH + 1]
        failed = newest.filter(status=DeploymentStatus.FAILED)[: EACH + 1]
        found.failed += [row for row in failed if row.created_at >= since]
        found.findings += (
            RuntimeDriftFinding.objects.filter(~hidden(), status=FindingStatus.OPEN)
            .order_by("-id")[: EACH + 1]
        )  # fmt: skip
        found.quotas += near_their_end(b for b in limited if b.data_partition == schema)
    found.quotas.sort(key=lambda near: -(near[1].percent or 0))
    for name in ("unfinished", "failed", "findings"):
        setattr(found, name, _newest(getattr(found, name)))
    return found


def _limited() -> Any:
    has_limit = Q(quota_compute_replicas__isnull=False) | Q(quota_storage_gib__isnull=False)
    return RuntimeTenantBinding.objects.filter(has_limit, tenant_id=door.tenant(), status__in=LIVE)


def changes(entered: Door) -> Changes:
    """Three queries a partition. Ids are made in the order of time, so that theirs is the index."""
    found, since = Changes(), timezone.now() - DAY
    for _ in each_partition(entered):
        made = RuntimeDeployment.objects.order_by("-id")[: EACH + 1]
        found.deployments += [row for row in made if row.created_at >= since]
        versions = RuntimeConfiguration.objects.defer("payload").order_by("-id")[: EACH + 1]
        found.configurations += [row for row in versions if row.created_at >= since]
        still_open = RuntimeDriftFinding.objects.filter(status=FindingStatus.OPEN)
        detected = still_open.order_by("-id")[: EACH + 1]
        found.findings += [row for row in detected if row.detected_at >= since]
    return Changes(
        *[_newest(rows) for rows in (found.deployments, found.configurations, found.findings)]
    )


def _newest(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.id, reverse=True)[: EACH + 1]
