"""Health results for reading: very many, so nothing here counts or sorts them all."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.core.admin import PortalAdmin
from apps.health_results.models import HealthCheckResult
from apps.services.models import RuntimeService

MOST = 10_000
PROBES = 50


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST; what is older is found by a filter."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())


class ProbeFilter(admin.SimpleListFilter):
    """The probes of the last hour; Django's own filter would ask every row there is."""

    title = parameter_name = "probe"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        lately = HealthCheckResult.objects.filter(
            checked_at__gte=timezone.now() - timedelta(hours=1)
        )
        names = lately.order_by("probe").values_list("probe", flat=True).distinct()[:PROBES]
        return [(name, name) for name in names]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(probe=self.value()) if self.value() else queryset

    def has_output(self) -> bool:
        """Also where nothing came in the last hour: a link to one probe still says so."""
        return True


class HealthCheckResultAdmin(PortalAdmin):
    read = "runtime.health.read"
    list_display = ("checked_at", "status", "probe", "latency_ms", "service", "received_at")
    list_filter = ("status", ProbeFilter)
    # Ids are in the order of arrival, and the primary key begins with them.
    ordering = ("-id",)
    sortable_by = ()
    paginator = CappedPaginator

    def get_queryset(self, request: Any) -> Any:
        probed = RuntimeService.objects.filter(
            tenant_id=OuterRef("tenant_id"),
            environment_id=OuterRef("environment_id"),
            id=OuterRef("service_id"),
        )
        name = Subquery(probed.values("module_id")[:1])
        return super().get_queryset(request).annotate(module_id=name)

    @admin.display(description="service", empty_value="gone")
    def service(self, row: Any) -> Any:
        return row.module_id


def register(site: Any) -> None:
    site.register(HealthCheckResult, HealthCheckResultAdmin)
