"""What is used of the quota: for pages, for refusals, and for who lowers one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.quotas.models import Usage
from apps.tenant_bindings.models import RuntimeTenantBinding

GIB = 1024**3
# From so many percent on a quota is near its end.
NEAR = 90
# What one stored row counts for: its columns, its keys in the indexes, its share of a page.
ROW_BYTES = 1024
# Tables whose rows count, with what counts beside ROW_BYTES. Who writes to one of them spends.
STORED = {
    "services_runtimeservice": "0",
    "scaling_policies_scalingpolicy": "0",
    "deployments_runtimedeployment": "0",
    "deployments_deploymentstep": "coalesce(log_bytes, 0)",
    "deployments_deploymentproduct": "0",
    "configurations_runtimeconfiguration": "octet_length(payload::text)",
    "health_results_healthcheckresult": "0",
    "drift_findings_driftcheck": "0",
    "drift_findings_runtimedriftfinding": "0",
    "drift_findings_ignorerule": "0",
}

_COUNTED = """
  coalesce(sum(s.replicas), 0), coalesce(sum(p.max_replicas), 0)
FROM services_runtimeservice s JOIN scaling_policies_scalingpolicy p
  ON (p.tenant_id, p.environment_id, p.service_id) = (s.tenant_id, s.environment_id, s.id)
WHERE s.tenant_id = %s AND s.status <> 'Retired' AND s.environment_id
"""
_REPLICAS = f"SELECT {_COUNTED} = %s"
_REPLICAS_OF_EACH = f"SELECT s.environment_id, {_COUNTED} = ANY (%s) GROUP BY 1"


@dataclass(frozen=True)
class Limits:
    """Of one binding; None is unlimited, zero is none."""

    replicas: int | None = None
    storage_gib: int | None = None
    throughput_rps: int | None = None


@dataclass(frozen=True)
class Use:
    """One quota of one environment. `promised`: what scaling may come to; `unit` is for people."""

    name: str
    unit: str
    used: float
    promised: float
    limit: int | None

    @property
    def free(self) -> float | None:
        """What may still be promised; None where there is no limit."""
        return None if self.limit is None else max(self.limit - max(self.used, self.promised), 0)

    @property
    def percent(self) -> int | None:
        """Of the limit, what is used or promised; None where there is none."""
        spent = max(self.used, self.promised)
        if self.limit is None:
            return None
        return int(spent * 100 / self.limit) if self.limit else 100 if spent else 0

    @property
    def is_near(self) -> bool:
        """Whether little is left to promise, or nothing."""
        return self.percent is not None and self.percent >= NEAR

    @property
    def drawn(self) -> dict[str, float] | None:
        """Thousandths of a bar: what is used, and what is promised beyond it; the rest is free."""
        if self.limit is None:
            return None
        whole = max(self.limit, self.used, self.promised) or 1
        used = round(1000 * self.used / whole, 1)
        more = round(1000 * max(self.promised - self.used, 0) / whole, 1)
        return {"used": used, "promised": more}

    @property
    def is_over(self) -> bool:
        return self.limit is not None and max(self.used, self.promised) > self.limit

    @property
    def in_words(self) -> dict[str, str]:
        """Used, promised and free as people read them."""
        amounts = {"used": self.used, "promised": self.promised, "free": self.free}
        return {name: _words(amount) for name, amount in amounts.items() if amount is not None}

    def as_api(self) -> dict[str, Any]:
        return {
            "used": round(self.used, 6),
            "promised": round(self.promised, 6),
            "limit": self.limit,
        }


def _words(amount: float) -> str:
    """To two places, and never nothing where there is something."""
    return "under 0.01" if 0 < amount < 0.01 else f"{amount:.2f}".rstrip("0").rstrip(".")


def limits(environment_id: UUID) -> Limits:
    """As the binding says now."""
    row = (
        RuntimeTenantBinding.objects.filter(tenant_id=door.tenant(), environment_id=environment_id)
        .exclude(status="Released")
        .values_list("quota_compute_replicas", "quota_storage_gib", "quota_throughput_rps")
        .first()
    )
    return Limits(*row) if row else Limits()


def limits_of(binding: RuntimeTenantBinding) -> Limits:
    return Limits(
        binding.quota_compute_replicas, binding.quota_storage_gib, binding.quota_throughput_rps
    )


def replicas(environment_id: UUID) -> tuple[int, int]:
    """(replicas, promised) of the live services: a stopped one keeps its place, a retired none.

    Promised is the sum of the maxReplicas of their scaling policies.
    """
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(_REPLICAS, [door.tenant(), environment_id])
        used, promised = cursor.fetchone()
    return int(used), int(promised)


def stored_bytes(environment_id: UUID) -> int:
    """What is stored, counted row by row: for the first usage row of an environment."""
    tables = " UNION ALL ".join(
        f"SELECT coalesce(sum({ROW_BYTES} + {more}), 0) AS n FROM {table} "  # noqa: S608
        "WHERE tenant_id = %s AND environment_id = %s"
        for table, more in STORED.items()
    )
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(
            f"SELECT sum(n) FROM ({tables}) stored",  # noqa: S608  (names of the table above)
            [door.tenant(), environment_id] * len(STORED),
        )
        return int(cursor.fetchone()[0])


def usage(environment_id: UUID, limit: Limits | None = None) -> list[Use]:
    """computeReplicas and storageGiB of the environment entered, in two or three queries.

    Throughput is not used up: see apps.tenant_bindings.throughput.
    """
    limit = limit or limits(environment_id)
    row = Usage.objects.filter(environment_id=environment_id).first()
    used, promised = replicas(environment_id)
    return _uses(limit, used, promised, row.storage_bytes if row else 0)


def near_their_end(
    bindings: Iterable[RuntimeTenantBinding],
) -> list[tuple[RuntimeTenantBinding, Use]]:
    """Quotas of which little is left, in the partition entered, where these bindings' rows lie.

    Two queries, none where no binding is given.
    """
    limited = {b.environment_id: b for b in bindings}
    if not limited:
        return []
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(_REPLICAS_OF_EACH, [door.tenant(), list(limited)])
        counted = {of: (used, promised) for of, used, promised in cursor.fetchall()}
    rows = Usage.objects.filter(environment_id__in=limited)
    stored = dict(rows.values_list("environment_id", "storage_bytes"))
    found = []
    for environment, binding in limited.items():
        used, promised = counted.get(environment, (0, 0))
        for use in _uses(limits_of(binding), int(used), int(promised), stored.get(environment, 0)):
            if use.is_near:
                found.append((binding, use))
    return found


def _uses(limit: Limits, used: int, promised: int, stored_bytes: int) -> list[Use]:
    stored = stored_bytes / GIB
    return [
        Use("computeReplicas", "replicas", used, promised, limit.replicas),
        Use("storageGiB", "GiB", stored, stored, limit.storage_gib),
    ]


def over(environment_id: UUID) -> Iterator[Use]:
    """The quotas that more is used or promised of than they allow: after a quota was lowered."""
    return (use for use in usage(environment_id) if use.is_over)
