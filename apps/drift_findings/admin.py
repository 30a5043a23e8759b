from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.drift_findings.models import DriftCheck, IgnoreRule, RuntimeDriftFinding
from apps.drift_findings.operations import (
    acknowledge_finding,
    end_ignore_rule,
    resolve_finding,
    unacknowledge_finding,
)
from apps.tenant_bindings.admin_rows import TenantRowAdmin


class RuntimeDriftFindingAdmin(TenantRowAdmin):
    read = "runtime.drift.read"
    write = "runtime.drift.write"
    list_display = (
        "path",
        "kind",
        "severity",
        "status",
        "environment",
        "module_id",
        "detected_at",
        "last_seen_at",
    )
    list_filter = ("status", "severity", "kind")
    search_fields = ("module_id__prefix",)
    readonly_fields = ("desired", "observed")
    ordering = ("-id",)
    actions = ("acknowledge", "unacknowledge", "resolve")

    @admin.action(description="Acknowledge", permissions=["write"])
    def acknowledge(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Acknowledge",
            lambda row, why: acknowledge_finding(row.id, reason=why), "acknowledged",
        )  # fmt: skip

    @admin.action(description="Take an acknowledgement back", permissions=["write"])
    def unacknowledge(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Take the acknowledgement back",
            lambda row, why: unacknowledge_finding(row.id, reason=why), "open again",
        )  # fmt: skip

    @admin.action(description="Resolve, for good", permissions=["write"])
    def resolve(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Resolve",
            lambda row, why: resolve_finding(row.id, reason=why), "resolved",
        )  # fmt: skip


class DriftCheckAdmin(PortalAdmin):
    read = "runtime.drift.read"
    list_display = ("created_at", "outcome", "findings", "opened", "resolved", "checked_by")
    list_filter = ("outcome",)
    search_fields = ("checked_by__prefix",)
    ordering = ("-id",)


class IgnoreRuleAdmin(TenantRowAdmin):
    read = "runtime.drift.read"
    write = "runtime.drift.write"
    list_display = (
        "__str__", "status", "everywhere", "environment", "owner", "expires_at", "created_by",
    )  # fmt: skip
    list_filter = ("status", "everywhere", "kind")
    search_fields = ("module_id__prefix", "path_prefix__prefix")
    readonly_fields = ("kind", "module_id", "path_prefix", "reason")
    ordering = ("-id",)
    actions = ("end",)

    @admin.action(description="End: what it hides is shown again", permissions=["write"])
    def end(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "End", lambda row, why: end_ignore_rule(row.id, reason=why), "ended"
        )


def register(site: Any) -> None:
    site.register(RuntimeDriftFinding, RuntimeDriftFindingAdmin)
    site.register(DriftCheck, DriftCheckAdmin)
    site.register(IgnoreRule, IgnoreRuleAdmin)
