"""The admin of a tenant's rows: each verb runs behind the door of its row's own environment."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery

from apps.core.admin import PortalAdmin
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding
from apps.tenant_bindings.queries import admitted, live_bindings


class EnvironmentFilter(admin.SimpleListFilter):
    """The environments of the tenant, by name."""

    title = "environment"
    parameter_name = "environment"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(b.environment_id), f"{b.environment_name} · {b.stage}")
                for b in live_bindings()[:200]]  # fmt: skip

    def queryset(self, request: Any, queryset: Any) -> Any:
        known = {value for value, _ in self.lookup_choices}
        chosen = self.value()
        if chosen is None:
            return queryset
        return queryset.filter(environment_id=chosen) if chosen in known else queryset.none()


class TenantRowAdmin(PortalAdmin):
    """Of a table with an environment. The page stands in a partition, which has several."""

    def get_queryset(self, request: Any) -> Any:
        bound = RuntimeTenantBinding.objects.filter(
            tenant_id=OuterRef("tenant_id"),
            environment_id=OuterRef("environment_id"),
            status__in=LIVE,
        ).order_by()
        name = Subquery(bound.values("environment_name")[:1])
        return super().get_queryset(request).annotate(environment_name=name)

    @admin.display(description="environment", empty_value="not bound any more")
    def environment(self, row: Any) -> Any:
        return row.environment_name

    def entering(self, request: Any, row: Any) -> AbstractContextManager[Any]:
        door = request.door
        return enter_tenant(
            door.tenant_id, actor=door.actor, environment_id=row.environment_id, writing=True
        )

    def is_prod(self, request: Any, rows: Sequence[Any]) -> bool:
        bindings = admitted(row.environment_id for row in rows)
        return any(binding.stage == "prod" for binding in bindings.values())
