"""What the home of the platform shows: the control plane's rows, and numbers of what is below.

It reads no tenant's rows and cannot: the numbers are the worker's (apps.overview.counting).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum

from apps.overview.models import COUNTS, NEAR, FleetCount
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding
from apps.tenants.models import DataPartition
from apps.tenants.partitions import fingerprint

# {what is wrong: (label, condition on the numbers of one environment)}
AILS: Mapping[str, tuple[str, Q]] = {
    "health": ("Degraded or stale", Q(degraded__gt=0) | Q(stale__gt=0)),
    "drift": ("With drift", Q(findings__gt=0)),
    "quota": (f"Quota at {NEAR} % or more", Q(quota_percent__gte=NEAR)),
    "overdue": ("Deployments past their deadline", Q(overdue__gt=0)),
}


@dataclass(frozen=True)
class Part:
    """A part of a bar: `x` and `width` in thousandths of its length."""

    name: str
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class Numbers:
    """The sums of some environments. `counted_at` is that of the oldest of them, None of none."""

    sums: Mapping[str, int]
    quota_percent: int | None = None
    counted_at: datetime | None = None

    @property
    def pending(self) -> int:
        return self.sums["services"] - sum(
            self.sums[name] for name in ("running", "degraded", "stale", "stopped")
        )

    @property
    def parts(self) -> Sequence[Part]:
        """The services by their live state, side by side; what there is none of has no part."""
        states = {"Running": self.sums["running"], "Degraded": self.sums["degraded"],
                  "Stale": self.sums["stale"], "Pending": self.pending,
                  "Stopped": self.sums["stopped"]}  # fmt: skip
        made, x, total = [], 0.0, max(self.sums["services"], 1)
        for name, count in states.items():
            if count > 0:
                width = 1000 * count / total
                made.append(Part(name, count, round(x, 2), round(width, 2)))
                x += width
        return made

    @property
    def is_near(self) -> bool:
        return self.quota_percent is not None and self.quota_percent >= NEAR


_SUMS: dict[str, Any] = {name: Sum(name, default=0) for name in COUNTS}
_SUMS |= {"percent": Max("quota_percent"), "since": Min("counted_at")}


def _numbers(row: Mapping[str, Any]) -> Numbers:
    return Numbers({name: row[name] for name in COUNTS}, row["percent"], row["since"])


def fleet() -> Numbers:
    """Of everybody. One query."""
    return _numbers(FleetCount.objects.aggregate(**_SUMS))


def by_tenant(tenants: Iterable[str]) -> dict[str, Numbers]:
    """{tenant: its numbers} of those that were counted. One query."""
    rows = FleetCount.objects.filter(tenant_id__in=list(tenants)).order_by()
    return {row["tenant_id"]: _numbers(row) for row in rows.values("tenant_id").annotate(**_SUMS)}


def models_of(tenants: Iterable[str]) -> dict[str, dict[str, int]]:
    """{tenant: {isolation model: how many live bindings}}. One query."""
    rows = (
        RuntimeTenantBinding.objects.filter(tenant_id__in=list(tenants), status__in=LIVE)
        .order_by("tenant_id", "isolation_model")
        .values_list("tenant_id", "isolation_model")
        .annotate(n=Count("id"))
    )
    found: dict[str, dict[str, int]] = {}
    for tenant, model, count in rows:
        found.setdefault(tenant, {})[model] = count
    return found


def ails(what: str) -> Q:
    """Tenants with an environment of which that is so."""
    return Q(Exists(FleetCount.objects.filter(AILS[what][1], tenant=OuterRef("tenant_id"))))


def partitions() -> Mapping[str, int]:
    """How many there are, and how many are behind in migrations. One query."""
    made = DataPartition.objects.exclude(migrated_to="")
    behind = Count("id", filter=~Q(migrated_to=fingerprint()))
    found: Mapping[str, int] = made.aggregate(made=Count("id"), behind=behind)
    return found
