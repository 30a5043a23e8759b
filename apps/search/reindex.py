"""Terms for rows that were written before there were terms: a loop of single tenants.

Each batch is a transaction of its own, behind the door of the environment, with its rows locked, so
that a writer and this one leave the terms of what the row says at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.configurations.models import RuntimeConfiguration
from apps.core.access import Actor
from apps.core.errors import PortalError
from apps.deployments.models import RuntimeDeployment
from apps.drift_findings.models import RuntimeDriftFinding
from apps.search.operations import index
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

BATCH = 500
MODELS: tuple[Any, ...] = (
    RuntimeService,
    RuntimeDeployment,
    RuntimeConfiguration,
    RuntimeDriftFinding,
)


@dataclass(frozen=True)
class Reindexed:
    """One environment of a tenant: how many rows have their terms, or why they were passed over."""

    tenant_id: str
    environment_id: UUID
    rows: int = 0
    passed_over: str = ""

    def as_api(self) -> dict[str, Any]:
        return {
            "tenantId": self.tenant_id,
            "environmentId": str(self.environment_id),
            "rows": self.rows,
            **({"passedOver": self.passed_over} if self.passed_over else {}),
        }


def reindex(*, actor: Actor, tenant_id: str = "") -> Iterator[Reindexed]:
    """Every live environment of one tenant or of all; outside any transaction.

    A Suspended binding admits no write: it is passed over, with the reason.
    """
    with enter_platform(actor=actor):
        bindings = RuntimeTenantBinding.objects.filter(status__in=LIVE)
        if tenant_id:
            bindings = bindings.filter(tenant_id=tenant_id)
        places = list(bindings.order_by("tenant_id", "id").values_list("tenant_id", "environment"))
    for tenant, environment in places:
        try:
            rows = sum(_index_all(model, tenant, environment, actor) for model in MODELS)
        except PortalError as error:
            yield Reindexed(tenant, environment, passed_over=error.message)
        else:
            yield Reindexed(tenant, environment, rows)


def _index_all(model: Any, tenant: str, environment: UUID, actor: Actor) -> int:
    last, count = UUID(int=0), 0
    while True:
        with enter_tenant(tenant, actor=actor, environment_id=environment, writing=True):
            rows = list(
                model.objects.select_for_update()
                .filter(environment_id=environment, id__gt=last)
                .order_by("id")[:BATCH]
            )
            index(rows)
        if not rows:
            return count
        last, count = rows[-1].id, count + len(rows)
