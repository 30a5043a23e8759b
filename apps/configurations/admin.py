from typing import Any

from apps.configurations.models import RuntimeConfiguration
from apps.core.admin import PortalAdmin


class RuntimeConfigurationAdmin(PortalAdmin):
    read = "runtime.configurations.read"
    list_display = ("version", "environment_id", "status", "checksum", "created_by", "created_at")
    list_filter = ("status",)
    search_fields = ("checksum__prefix",)
    ordering = ("-id",)


def register(site: Any) -> None:
    site.register(RuntimeConfiguration, RuntimeConfigurationAdmin)
