"""What is used of the quota: for pages, for refusals, and for who lowers one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.quotas.models import Usage
from apps.tenant_bindings.models import RuntimeTenantBinding

GIB = 1024**3
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

_REPLICAS = """
SELECT coalesce(sum(s.replicas), 0), coalesce(sum(p.max_replicas), 0)
FROM services_runtimeservice s JOIN scaling_policies_scalingpolicy p
  ON (p.tenant_id, p.environment_id, p.service_id) = (s.tenant_id, s.environment_id, s.id)
WHERE s.tenant_id = %s AND s.environment_id = %s AND s.status <> 'Retired'
"""


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
    stored = (row.storage_bytes if row else 0) / GIB
    return [
        Use("computeReplicas", "replicas", used, promised, limit.replicas),
        Use("storageGiB", "GiB", stored, stored, limit.storage_gib),
    ]


def over(environment_id: UUID) -> Iterator[Use]:
    """The quotas that more is used or promised of than they allow: after a quota was lowered."""
    return (use for use in usage(environment_id) if use.is_over)
