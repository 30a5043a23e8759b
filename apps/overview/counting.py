"""Counting the fleet: a loop of single tenants, each by its own door, as owner.

The rows of a tenant are read in one transaction and their numbers written in another, so that what
fails of one tenant (a partition that is behind in migrations, say) leaves the others' numbers new.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, Now

from apps.core import door
from apps.core.access import Actor
from apps.core.errors import PortalError
from apps.deployments.models import UNFINISHED, RuntimeDeployment
from apps.drift_findings.models import RuntimeDriftFinding
from apps.drift_findings.queries import UNRESOLVED, hidden
from apps.overview.models import COUNTS, MOST_PERCENT, FleetCount
from apps.quotas.models import Usage
from apps.quotas.queries import GIB
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService, live_state
from apps.tenant_bindings.context import each_partition, enter_platform, enter_tenant
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

Numbers = dict[UUID, dict[str, int]]
_LIVE = {"running": "Running", "degraded": "Degraded", "stale": "Stale", "stopped": "Stopped"}


@dataclass
class Counted:
    """How a run ended: how many tenants were counted, and whose numbers stay old."""

    tenants: int = 0
    failed: list[str] = field(default_factory=list)


def count_fleet(*, actor: Actor) -> Counted:
    """Counts every tenant that has a live binding; numbers of what is not live any more go.

    As owner, outside of any door. Done twice it writes the same.
    """
    with enter_platform(actor=actor):
        live = RuntimeTenantBinding.objects.filter(status__in=LIVE)
        tenants = list(live.order_by("tenant_id").values_list("tenant_id", flat=True).distinct())
        FleetCount.objects.exclude(tenant_id__in=tenants).delete()
    counted = Counted()
    for tenant in tenants:
        try:
            count_tenant(tenant, actor=actor)
        except (DatabaseError, PortalError):  # the others are counted; its numbers show their age
            counted.failed.append(tenant)
        else:
            counted.tenants += 1
    return counted


def count_tenant(tenant: str, *, actor: Actor) -> None:
    """Its numbers by environment, in place of those before."""
    numbers: Numbers = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    with enter_tenant(tenant, actor=actor) as entered:
        for _ in each_partition(entered):
            for rows in _rows():
                for row in rows:
                    numbers[row.pop("environment_id")].update(row)
    with enter_platform(actor=actor), door.atomic():
        bindings = list(RuntimeTenantBinding.objects.filter(tenant_id=tenant, status__in=LIVE))
        made = [_count_of(binding, numbers[binding.environment_id]) for binding in bindings]
        FleetCount.objects.filter(tenant_id=tenant).exclude(
            environment_id__in=[count.environment_id for count in made]
        ).delete()
        FleetCount.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["tenant", "environment_id"],
            update_fields=[*COUNTS, "quota_percent", "counted_at"],
        )


def _rows() -> Iterable[Iterable[dict[str, Any]]]:
    """Of the partition entered, by environment: one query each."""
    services = RuntimeService.objects.exclude(status="Retired").annotate(live=live_state())
    yield _by_environment(
        services,
        services=Count("id"),
        replicas=Coalesce(Sum("replicas"), 0),
        **{name: Count("id", filter=Q(live=state)) for name, state in _LIVE.items()},
    )
    yield _by_environment(
        ScalingPolicy.objects.exclude(service__status="Retired"),
        promised=Coalesce(Sum("max_replicas"), 0),
    )
    yield Usage.objects.values("environment_id", "storage_bytes")
    yield _by_environment(
        RuntimeDriftFinding.objects.filter(~hidden(), status__in=UNRESOLVED),
        findings=Count("id"),
        critical=Count("id", filter=Q(severity="critical")),
    )
    yield _by_environment(
        RuntimeDeployment.objects.filter(status__in=UNFINISHED),
        deploying=Count("id"),
        overdue=Count("id", filter=Q(deadline_at__lt=Now())),
    )


def _by_environment(rows: Any, **counts: Any) -> Any:
    return rows.order_by().values("environment_id").annotate(**counts)


def _count_of(binding: RuntimeTenantBinding, numbers: dict[str, int]) -> FleetCount:
    return FleetCount(
        tenant_id=binding.tenant_id,
        environment_id=binding.environment_id,
        quota_percent=quota_percent(binding, numbers),
        counted_at=Now(),
        **numbers,
    )


def quota_percent(binding: RuntimeTenantBinding, numbers: dict[str, int]) -> int | None:
    """Of the quota that is nearest its end; what is spent of none is the most there is."""
    shares = [
        _percent(spent, limit)
        for spent, limit in (
            (max(numbers["replicas"], numbers["promised"]), binding.quota_compute_replicas),
            (numbers["storage_bytes"], _bytes(binding.quota_storage_gib)),
        )
        if limit is not None
    ]
    return max(shares, default=None)


def _bytes(gib: int | None) -> int | None:
    return None if gib is None else gib * GIB


def _percent(spent: int, limit: int) -> int:
    if not limit:
        return MOST_PERCENT if spent else 0
    return min(spent * 100 // limit, MOST_PERCENT)
