from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.deployments.models import DeploymentStep, RuntimeDeployment


class StepInline(admin.TabularInline):  # type: ignore[type-arg]
    model = DeploymentStep
    fields = ("position", "name", "status", "started_at", "finished_at", "log_bytes")
    readonly_fields = fields
    ordering = ("position",)
    extra = 0
    can_delete = False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.door.may("runtime.deployments.read"))

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class RuntimeDeploymentAdmin(PortalAdmin):
    read = "runtime.deployments.read"
    list_display = ("release_ref", "status", "gate", "strategy", "requested_by", "created_at")
    list_filter = ("status", "strategy", "gate")
    search_fields = ("release_ref__prefix",)
    ordering = ("-id",)
    inlines = (StepInline,)


def register(site: Any) -> None:
    site.register(RuntimeDeployment, RuntimeDeploymentAdmin)
