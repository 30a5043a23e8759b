"""The desired side: what the record says should run in the environment entered. Three queries."""

from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.drift_findings.compare_records import Scale, State, Workload
from apps.drift_findings.observed import is_fixed
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService, ServiceStatus


def desired_services() -> dict[str, RuntimeService]:
    """{moduleId: service} of those that live."""
    rows = RuntimeService.objects.filter(environment_id=door.environment())
    return {service.module_id: service for service in rows.exclude(status=ServiceStatus.RETIRED)}


def desired_state(services: dict[str, RuntimeService]) -> State:
    """Live services with their policies, and the Published configuration."""
    here = {"environment_id": door.environment()}
    published = RuntimeConfiguration.objects.filter(**here, status="Published").first()
    policies = {
        policy.service_id: Scale(
            policy.metric,
            policy.min_replicas,
            policy.max_replicas,
            policy.target_utilization_percent,
        )
        for policy in ScalingPolicy.objects.filter(**here)
    }
    return State(
        workloads={
            name: _workload(service, policies.get(service.id)) for name, service in services.items()
        },
        configuration=published.payload if published else {},
    )


def _workload(service: RuntimeService, scale: Scale | None) -> Workload:
    return Workload(
        module_id=service.module_id,
        image=service.image,
        version=service.version,
        replicas=service.replicas,
        scale=None if scale is None or is_fixed(scale, service.replicas) else scale,
        stopped=service.status == ServiceStatus.STOPPED,
    )
