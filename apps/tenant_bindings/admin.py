from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import resume_binding, suspend_binding
from apps.tenant_bindings.release import release_binding


class RuntimeTenantBindingAdmin(PortalAdmin):
    read = "runtime.bindings.read"
    write = "runtime.bindings.write"
    list_display = (
        "tenant", "environment_name", "isolation_model", "stage", "status", "data_partition",
    )  # fmt: skip
    list_filter = ("status", "isolation_model", "stage", "region")
    search_fields = (
        "tenant__tenant_id__prefix", "environment_name__prefix", "environment_project__prefix",
    )  # fmt: skip
    ordering = ("-id",)
    actions = ("suspend", "resume", "release")

    @admin.action(description="Suspend: reads only", permissions=["write"])
    def suspend(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Suspend", lambda b, why: suspend_binding(b.id, reason=why),
            "suspended",
        )  # fmt: skip

    @admin.action(description="Resume", permissions=["write"])
    def resume(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Resume", lambda b, why: resume_binding(b.id, reason=why), "resumed"
        )

    @admin.action(description="Release: final", permissions=["write"])
    def release(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Release", lambda b, why: release_binding(b.id, reason=why),
            "released", final=True,
        )  # fmt: skip


def register(site: Any) -> None:
    site.register(RuntimeTenantBinding, RuntimeTenantBindingAdmin)
