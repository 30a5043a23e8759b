"""A scaling policy as a HorizontalPodAutoscaler that import_kubernetes reads as the same policy."""

from typing import Any

from .names import object_name
from .placement import PREFIX, Manifest, manifest
from .records import Placement, Scaled

# What a policy calls a percentage and Kubernetes has no resource of: a metric of that name, in
# percent, is what the cluster's adapter has to offer. The importer knows these names.
PERCENT_METRICS = {
    "requests": ("Pods", "requests_utilization_percent"),
    "queue-length": ("External", "queue_length_utilization_percent"),
}


def autoscaler(placement: Placement, service: Scaled) -> Manifest:
    """Its target is a Deployment: what else a workload is, the portal does not keep."""
    name = object_name(service.module_id)
    annotations = {} if name == service.module_id else {f"{PREFIX}/module-id": service.module_id}
    if service.min_replicas == 0:  # no autoscaler goes to 0 without a feature gate
        annotations[f"{PREFIX}/min-replicas"] = "0"
    return manifest(
        placement, "autoscaling/v2", "HorizontalPodAutoscaler", name,
        annotations=annotations,
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": max(service.min_replicas, 1),
            "maxReplicas": service.max_replicas,
            "metrics": [_metric(service, name)],
        },
    )  # fmt: skip


def _metric(service: Scaled, name: str) -> dict[str, Any]:
    percent = service.target_utilization_percent
    if service.metric not in PERCENT_METRICS:
        target = {"type": "Utilization", "averageUtilization": percent}
        return {"type": "Resource", "resource": {"name": service.metric, "target": target}}
    kind, metric = PERCENT_METRICS[service.metric]
    measured = {"metric": {"name": metric}, "target": {"type": "AverageValue"}}
    if kind == "External":
        labels = {f"{PREFIX}/module": name[:63].rstrip("-.")}
        measured["metric"] |= {"selector": {"matchLabels": labels}}  # type: ignore[dict-item]
    measured["target"]["averageValue"] = str(percent)
    return {"type": kind, kind.lower(): measured}
