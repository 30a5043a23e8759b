"""From a release, as the Kubernetes reader has it, to the observed side of a comparison. Pure."""

from apps.integrations.kubernetes.kinds import WORKLOADS
from apps.integrations.kubernetes.records import Release, Service

from .compare_records import Scale, State, Workload


def observed_state(release: Release) -> State:
    read = {service.module_id: _workload(service) for service in release.services}
    odd = [one for one in release.not_understood if one.name]
    return State(
        workloads=read,
        configuration=release.configuration,
        unread={
            one.name: one.reason
            for one in odd
            if one.kind in (*WORKLOADS, "Pod") and one.name not in read
        },
        partly_read=frozenset(one.name for one in odd),
        autoscalers_unread=any(one.kind == "HorizontalPodAutoscaler" for one in odd),
    )


def _workload(service: Service) -> Workload:
    scaling = service.scaling
    scale = Scale(
        scaling.metric,
        scaling.min_replicas,
        scaling.max_replicas,
        scaling.target_utilization_percent,
    )
    return Workload(
        module_id=service.module_id,
        image=service.image,
        version=service.version,
        replicas=service.replicas,
        scale=None if is_fixed(scale, service.replicas) else scale,
        counted=service.kind != "DaemonSet",
    )


def is_fixed(scale: Scale, replicas: int) -> bool:
    """Whether a policy is the one of a workload without an autoscaler: min = max = replicas."""
    return scale.min_replicas == scale.max_replicas == replicas
