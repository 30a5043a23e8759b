from typing import Any

from django.contrib import admin

from apps.deployments import marks, operations
from apps.deployments.models import DeploymentStep, RuntimeDeployment
from apps.tenant_bindings.admin_rows import TenantRowAdmin


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


class RuntimeDeploymentAdmin(TenantRowAdmin):
    """Rolling back takes a choice among earlier ones: it has a page in the console, no action."""

    read = "runtime.deployments.read"
    write = "runtime.deployments.write"
    list_display = (
        "release_ref", "status", "gate", "strategy", "requested_by", "created_at", "deadline_at",
        "bad_reason", "undoes_release_ref",
    )  # fmt: skip
    list_filter = ("status", "strategy", "gate")
    search_fields = ("release_ref__prefix",)
    ordering = ("-id",)
    inlines = (StepInline,)
    actions = (
        "advance", "fail", "back_out", "finish_back_out", "abandon", "mark_bad", "clear_bad",
        "release_hold",
    )  # fmt: skip

    @admin.action(description="Advance by one state", permissions=["write"])
    def advance(self, request: Any, queryset: Any) -> Any:
        def run(row: Any, why: str) -> None:
            operations.advance_deployment(row.id, seen=row.status)

        return self.ask(request, queryset, "Advance", run, "advanced", reason=False)

    @admin.action(description="Fail", permissions=["write"])
    def fail(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(request, queryset, "Fail", operations.fail_deployment, "failed")

    @admin.action(description="Back out at the health gate", permissions=["write"])
    def back_out(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(
            request, queryset, "Back out", operations.back_out_deployment, "backing out"
        )

    @admin.action(description="It is backed out", permissions=["write"])
    def finish_back_out(self, request: Any, queryset: Any) -> Any:
        def run(row: Any, why: str) -> None:
            operations.finish_back_out_deployment(row.id, seen=row.status)

        return self.ask(request, queryset, "Finish backing out", run, "rolled back", reason=False)

    @admin.action(description="Abandon: undoes nothing", permissions=["write"])
    def abandon(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(request, queryset, "Abandon", marks.abandon_deployment, "abandoned")

    @admin.action(description="Mark as bad", permissions=["write"])
    def mark_bad(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(request, queryset, "Mark as bad", marks.mark_bad, "marked bad")

    @admin.action(description="Clear the bad mark", permissions=["write"])
    def clear_bad(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(request, queryset, "Clear the mark", marks.clear_bad, "cleared")

    @admin.action(description="Release the hold", permissions=["write"])
    def release_hold(self, request: Any, queryset: Any) -> Any:
        return self._reasoned(request, queryset, "Release the hold", marks.release_hold, "released")

    def _reasoned(self, request: Any, queryset: Any, verb: str, operation: Any, done: str) -> Any:
        def run(row: Any, why: str) -> None:
            operation(row.id, reason=why)

        return self.ask(request, queryset, verb, run, done)


def register(site: Any) -> None:
    site.register(RuntimeDeployment, RuntimeDeploymentAdmin)
