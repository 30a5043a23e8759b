from typing import Any

from apps.core.admin import PortalAdmin
from apps.services.models import RuntimeService


class RuntimeServiceAdmin(PortalAdmin):
    read = "runtime.services.read"
    list_display = ("module_id", "version", "component_type", "replicas", "status", "created_at")
    list_filter = ("status", "component_type", "compute_target")
    search_fields = ("module_id__prefix",)
    ordering = ("module_id", "id")


def register(site: Any) -> None:
    site.register(RuntimeService, RuntimeServiceAdmin)
