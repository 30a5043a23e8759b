"""What has changed in the last day, and what waits for somebody: the newest few of each kind."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from django.utils import timezone

from apps.configurations.models import RuntimeConfiguration
from apps.core.door import Door
from apps.deployments.models import UNFINISHED, DeploymentStatus, RuntimeDeployment
from apps.drift_findings.models import FindingStatus, RuntimeDriftFinding
from apps.drift_findings.queries import hidden
from apps.tenant_bindings.context import each_partition

EACH = 6
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass
class Waiting:
    """Newest first, at most EACH and one more of a kind: a longer list is a page of its own."""

    unfinished: list[RuntimeDeployment] = field(default_factory=list)
    failed: list[RuntimeDeployment] = field(default_factory=list)
    findings: list[RuntimeDriftFinding] = field(default_factory=list)

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
    """Three queries a partition, each the head of an index."""
    found, since = Waiting(), timezone.now() - WEEK
    for _ in each_partition(entered):
        newest = RuntimeDeployment.objects.order_by("-id")
        found.unfinished += newest.filter(status__in=UNFINISHED)[: EACH + 1]
        failed = newest.filter(status=DeploymentStatus.FAILED)[: EACH + 1]
        found.failed += [row for row in failed if row.created_at >= since]
        found.findings += (
            RuntimeDriftFinding.objects.filter(~hidden(), status=FindingStatus.OPEN)
            .order_by("-id")[: EACH + 1]
        )  # fmt: skip
    return Waiting(*[_newest(rows) for rows in (found.unfinished, found.failed, found.findings)])


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
