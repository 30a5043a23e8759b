from typing import Any

from apps.core.admin_export import ExportingAdmin
from apps.scaling_policies.models import ScalingPolicy
from apps.services.imports import COLUMNS, POLICY
from apps.services.imports import SERVICE as _SERVICE
from apps.tenant_bindings.admin_rows import EnvironmentFilter, TenantRowAdmin


class ScalingPolicyAdmin(ExportingAdmin, TenantRowAdmin):
    """Exported with its service: what the console imports, column for column."""

    read = "runtime.scaling.read"
    list_display = (
        "service", "metric", "min_replicas", "max_replicas", "target_utilization_percent",
    )  # fmt: skip
    list_filter = ("metric", "service__status", EnvironmentFilter)
    search_fields = ("service__module_id__prefix",)
    list_select_related = ("service",)
    ordering = ("-id",)
    exported = {
        "environmentId": "environment_id",
        **{name: f"service__{_SERVICE[name]}" for name in COLUMNS if name in _SERVICE},
        **POLICY,
    }


def register(site: Any) -> None:
    site.register(ScalingPolicy, ScalingPolicyAdmin)
