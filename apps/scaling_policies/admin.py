from typing import Any

from apps.core.admin import PortalAdmin
from apps.scaling_policies.models import ScalingPolicy


class ScalingPolicyAdmin(PortalAdmin):
    read = "runtime.scaling.read"
    list_display = (
        "service", "metric", "min_replicas", "max_replicas", "target_utilization_percent",
    )  # fmt: skip
    list_filter = ("metric",)
    search_fields = ("service__module_id__prefix",)
    list_select_related = ("service",)
    ordering = ("-id",)


def register(site: Any) -> None:
    site.register(ScalingPolicy, ScalingPolicyAdmin)
