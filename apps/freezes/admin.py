from typing import Any

from django.contrib import admin

from apps.core.access import PLATFORM
from apps.core.admin import PortalAdmin
from apps.freezes.models import Freeze
from apps.freezes.operations import end_freeze
from apps.freezes.queries import shown


class FreezeAdmin(PortalAdmin):
    """Of the tenant entered with the platform's; on the platform's pages the platform's alone."""

    read = "runtime.freezes.read"
    write = "runtime.freezes.write"
    list_display = ("reason", "tenant", "scope", "window", "override_role", "status", "created_by")
    list_filter = ("status", "scope")
    search_fields = ("reason__prefix",)
    ordering = ("-id",)
    actions = ("end",)

    def get_queryset(self, request: Any) -> Any:
        return shown(request.door.tenant_id or PLATFORM).order_by("-id")

    def is_prod(self, request: Any, rows: Any) -> bool:
        """Ending a freeze lets deployments into production again, wherever it held."""
        return True

    @admin.action(description="End: deployments may start again", permissions=["write"])
    def end(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "End", lambda f, why: end_freeze(f.id, reason=why), "ended"
        )


def register(site: Any) -> None:
    site.register(Freeze, FreezeAdmin)
