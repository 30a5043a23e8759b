from typing import Any

from apps.core.admin import PortalAdmin
from apps.environments.models import RuntimeEnvironment


class RuntimeEnvironmentAdmin(PortalAdmin):
    read = "runtime.environments.read"
    write = "runtime.environments.write"
    list_display = ("name", "project_id", "stage", "region", "isolation_model", "status", "tenant")
    list_filter = ("status", "stage", "isolation_model")
    search_fields = ("name__prefix", "project_id__prefix")
    ordering = ("-id",)


def register(site: Any) -> None:
    site.register(RuntimeEnvironment, RuntimeEnvironmentAdmin)
