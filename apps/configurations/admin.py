from typing import Any

from django.contrib import admin

from apps.configurations import operations
from apps.configurations.models import RuntimeConfiguration
from apps.core.admin_export import ExportingAdmin
from apps.tenant_bindings.admin_rows import EnvironmentFilter, TenantRowAdmin


class RuntimeConfigurationAdmin(ExportingAdmin, TenantRowAdmin):
    read = "runtime.configurations.read"
    write = "runtime.configurations.write"
    list_display = (
        "version", "environment", "status", "checksum", "created_by", "created_at",
        "published_by", "published_at",
    )  # fmt: skip
    list_filter = ("status", EnvironmentFilter)
    search_fields = ("checksum__prefix",)
    ordering = ("-id",)
    actions = ("publish", "discard", *ExportingAdmin.actions)
    exported = {
        "configurationId": "id", "environmentId": "environment_id", "version": "version",
        "status": "status", "checksum": "checksum", "createdBy": "created_by",
        "publishedBy": "published_by",
    }  # fmt: skip

    @admin.action(description="Publish", permissions=["write"])
    def publish(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Publish",
            lambda c, why: operations.publish_configuration(c.id, reason=why), "published",
        )  # fmt: skip

    @admin.action(description="Discard", permissions=["write"])
    def discard(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Discard",
            lambda c, why: operations.discard_configuration(c.id, reason=why), "discarded",
        )  # fmt: skip


def register(site: Any) -> None:
    site.register(RuntimeConfiguration, RuntimeConfigurationAdmin)
