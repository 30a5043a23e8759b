from typing import Any

from django.contrib import admin

from apps.core.admin_export import ExportingAdmin
from apps.services import operations
from apps.services.imports import SERVICE
from apps.services.models import RuntimeService
from apps.tenant_bindings.admin_rows import EnvironmentFilter, TenantRowAdmin


class RuntimeServiceAdmin(ExportingAdmin, TenantRowAdmin):
    read = "runtime.services.read"
    write = "runtime.services.write"
    list_display = (
        "module_id",
        "environment",
        "version",
        "component_type",
        "replicas",
        "status",
        "created_at",
    )
    list_filter = ("status", "component_type", "compute_target", EnvironmentFilter)
    search_fields = ("module_id__prefix",)
    ordering = ("module_id", "id")
    actions = ("run", "degrade", "stop", "start", "retire", *ExportingAdmin.actions)
    exported = {"environmentId": "environment_id", **SERVICE}

    @admin.action(description="Run: seen at work", permissions=["write"])
    def run(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Run", lambda s, why: operations.run_service(s.id, reason=why),
            "running",
        )  # fmt: skip

    @admin.action(description="Degrade: seen ailing", permissions=["write"])
    def degrade(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Degrade",
            lambda s, why: operations.degrade_service(s.id, reason=why), "degraded",
        )  # fmt: skip

    @admin.action(description="Stop", permissions=["write"])
    def stop(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Stop", lambda s, why: operations.stop_service(s.id, reason=why),
            "stopped",
        )  # fmt: skip

    @admin.action(description="Start", permissions=["write"])
    def start(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Start", lambda s, why: operations.start_service(s.id, reason=why),
            "started",
        )  # fmt: skip

    @admin.action(description="Retire: final", permissions=["write"])
    def retire(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Retire", lambda s, why: operations.retire_service(s.id, reason=why),
            "retired",
        )  # fmt: skip


def register(site: Any) -> None:
    site.register(RuntimeService, RuntimeServiceAdmin)
