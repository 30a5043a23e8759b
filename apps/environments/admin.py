from collections.abc import Callable
from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.environments.models import RuntimeEnvironment
from apps.environments.operations import (
    abandon_environment,
    complete_environment,
    fail_environment,
    provision_environment,
)
from apps.environments.tasks import ask_decommissioning


class RuntimeEnvironmentAdmin(PortalAdmin):
    read = "runtime.environments.read"
    write = "runtime.environments.write"
    list_display = ("name", "project_id", "stage", "region", "isolation_model", "status", "tenant")
    list_filter = ("status", "stage", "isolation_model")
    search_fields = ("name__prefix", "project_id__prefix")
    ordering = ("-id",)
    actions = ("provision", "complete", "fail", "abandon", "decommission")

    @admin.action(description="Provision", permissions=["write"])
    def provision(self, request: Any, queryset: Any) -> Any:
        return self.ask(request, queryset, "Provision", _on(provision_environment), "provisioning")

    @admin.action(description="Complete: it is provisioned", permissions=["write"])
    def complete(self, request: Any, queryset: Any) -> Any:
        return self.ask(request, queryset, "Complete", _on(complete_environment), "provisioned")

    @admin.action(description="Fail: it could not be provisioned", permissions=["write"])
    def fail(self, request: Any, queryset: Any) -> Any:
        return self.ask(request, queryset, "Fail", _on(fail_environment), "failed")

    @admin.action(description="Abandon: final", permissions=["write"])
    def abandon(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Abandon", _on(abandon_environment), "abandoned", final=True
        )

    @admin.action(description="Decommission: final, releases its bindings", permissions=["write"])
    def decommission(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Decommission", _on(ask_decommissioning), "decommissioning",
            final=True,
        )  # fmt: skip


def _on(operation: Callable[..., Any]) -> Callable[[RuntimeEnvironment, str], Any]:
    return lambda environment, why: operation(environment.id, reason=why)


def register(site: Any) -> None:
    site.register(RuntimeEnvironment, RuntimeEnvironmentAdmin)
