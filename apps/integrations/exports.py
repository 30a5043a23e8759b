"""What goes out to Kubernetes: the manifests of one binding, derived and never typed."""

import json
from dataclasses import dataclass
from typing import Any

from apps.core import door
from apps.core.errors import NotFound
from apps.integrations.manifests.autoscalers import autoscaler
from apps.integrations.manifests.placement import Manifest, placement_manifests
from apps.integrations.manifests.records import Placement, Scaled
from apps.integrations.manifests.yaml_writer import write_yaml
from apps.scaling_policies.models import ScalingPolicy
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding


@dataclass(frozen=True)
class Exported:
    """The objects in the order in which they can be applied; (moduleId, why) of what has none."""

    manifests: list[Manifest]
    left_out: list[tuple[str, str]]

    def as_yaml(self) -> str:
        """Names of people are quoted, so that none of them ends its comment."""
        remarks = [f"# No autoscaler of {json.dumps(name)}: {why}." for name, why in self.left_out]
        return "\n".join([*remarks, write_yaml(self.manifests)])

    def as_api(self) -> dict[str, Any]:
        left_out = [{"moduleId": name, "reason": why} for name, why in self.left_out]
        return {"manifests": self.manifests, "leftOut": left_out}


def export_manifests() -> Exported:
    """Of the environment entered. Two queries; the same rows give the same bytes."""
    door.require("runtime.bindings.read")
    door.require("runtime.scaling.read")
    placement = _placement()
    services = _services()
    fit = [one for one in services if not one.left_out]
    return Exported(
        [*placement_manifests(placement), *(autoscaler(placement, one) for one in fit)],
        [(one.module_id, one.left_out) for one in services if one.left_out],
    )


def _placement() -> Placement:
    binding = RuntimeTenantBinding.objects.filter(
        tenant_id=door.tenant(), environment_id=door.environment(), status__in=LIVE
    ).first()
    if binding is None:
        raise NotFound
    return Placement(
        tenant_id=binding.tenant_id,
        environment_id=str(binding.environment_id),
        environment_name=binding.environment_name,
        project=binding.environment_project,
        stage=binding.stage,
        region=binding.region,
        isolation_model=binding.isolation_model,
        network_partition=binding.network_partition,
        compute_placement=binding.compute_placement,
        compute_replicas=binding.quota_compute_replicas,
        storage_gib=binding.quota_storage_gib,
        throughput_rps=binding.quota_throughput_rps,
    )


def _services() -> list[Scaled]:
    rows = (
        ScalingPolicy.objects.filter(environment_id=door.environment())
        .exclude(service__status="Retired")
        .order_by("service__module_id")
        .values_list(
            "service__module_id", "service__compute_target", "metric", "min_replicas",
            "max_replicas", "target_utilization_percent",
        )
    )  # fmt: skip
    return [Scaled(*row) for row in rows]
