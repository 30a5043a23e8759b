"""Every write to a scaling policy. Each is made with its service."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.services.models import RuntimeService


@dataclass(frozen=True)
class Bounds:
    """What a policy says: replicas from min to max, aiming at a utilization in percent."""

    metric: str
    min_replicas: int
    max_replicas: int
    target_utilization_percent: int = 80

    @classmethod
    def fixed(cls, replicas: int) -> "Bounds":
        """min = max = replicas: what a service without an autoscaler has."""
        return cls(Metric.CPU, replicas, replicas)

    def problems(self) -> dict[str, list[str]]:
        """{field: what is wrong}, empty where the bounds can be."""
        found = {}
        if self.metric not in Metric.values:
            found["metric"] = [f"must be one of {', '.join(Metric.values)}"]
        if self.min_replicas < 0:
            found["minReplicas"] = ["must be 0 or more"]
        if self.max_replicas < self.min_replicas:
            found["maxReplicas"] = ["must not be below minReplicas"]
        elif self.max_replicas >= 2**31:
            found["maxReplicas"] = [f"must be at most {2**31 - 1}"]
        if not 1 <= self.target_utilization_percent <= 100:
            found["targetUtilizationPercent"] = ["must be 1 to 100"]
        return found

    def as_api(self) -> dict[str, object]:
        return {
            "metric": str(self.metric),
            "minReplicas": self.min_replicas,
            "maxReplicas": self.max_replicas,
            "targetUtilizationPercent": self.target_utilization_percent,
        }


def bounds_of(policy: ScalingPolicy) -> Bounds:
    return Bounds(
        policy.metric,
        policy.min_replicas,
        policy.max_replicas,
        policy.target_utilization_percent,
    )


def make_policies(pairs: Sequence[tuple[RuntimeService, Bounds]]) -> None:
    """One for each new service, in one statement; part of making the services."""
    ScalingPolicy.objects.bulk_create(
        [
            ScalingPolicy(
                tenant_id=service.tenant_id,
                environment_id=service.environment_id,
                service=service,
                **vars(bounds),
            )
            for service, bounds in pairs
        ]
    )


def change_policy(service_id: UUID, bounds: Bounds) -> bool:
    """Sets the bounds of one service; whether anything changed. Raises Invalid, NotFound."""
    door.require("runtime.scaling.write")
    if problems := bounds.problems():
        raise Invalid("The bounds cannot be so.", fields=problems)
    with door.atomic():
        try:
            policy = ScalingPolicy.objects.select_for_update().get(
                service_id=service_id, environment_id=door.environment()
            )
        except ScalingPolicy.DoesNotExist as error:
            raise NotFound(f"There is no service {service_id}.") from error
        before = bounds_of(policy)
        if before == bounds:
            return False
        for name, value in vars(bounds).items():
            setattr(policy, name, value)
        policy.save(update_fields=list(vars(bounds)))
        old, new = audit.changed(before.as_api(), bounds.as_api())
        audit.record(
            "scaling_policy.changed",
            object_type="service",
            object_id=service_id,
            environment_id=policy.environment_id,
            before=old,
            after=new,
        )
    return True
