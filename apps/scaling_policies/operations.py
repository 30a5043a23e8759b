"""Every write to a scaling policy. Each is made with its service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.many import Named
from apps.quotas.operations import lock_usage, within_replicas
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.services.models import RuntimeService

WRITE = "runtime.scaling.write"
POLICIES = Named("policies", "scalingPolicyId", "policy")


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


def new_policy(service: RuntimeService, bounds: Bounds) -> ScalingPolicy:
    """Unsaved: a policy is made in one statement with its service (see keys)."""
    return ScalingPolicy(
        tenant_id=service.tenant_id,
        environment_id=service.environment_id,
        service=service,
        **vars(bounds),
    )


def change_policy(service_id: UUID, bounds: Bounds, *, reason: str = "") -> bool:
    """Sets the bounds of one live service; whether anything changed.

    Raises Invalid, NotFound, Refused for a Retired service, OverQuota. Locks usage, then policy.
    """
    door.require(WRITE)
    if problems := bounds.problems():
        raise Invalid("The bounds cannot be so.", fields=problems)
    with within_replicas():
        changed = rescale({service_id: bounds})
        for before in changed.values():
            old, new = audit.changed(before.as_api(), bounds.as_api())
            audit.record(
                "scaling_policy.changed",
                object_type="service",
                object_id=service_id,
                environment_id=door.environment(),
                before=old,
                after=new,
                reason=reason,
            )
    return bool(changed)


def change_policies(changes: Mapping[UUID, Bounds], *, reason: str = "") -> list[UUID]:
    """Sets the bounds of many live services, all or nothing; the ids of those that changed.

    One statement and one audit entry for all. Invalid lists every refusal under
    `<serviceId>.<field>`; OverQuota looks at what all of them come to.
    """
    door.require(WRITE)
    check_changes(changes)
    with within_replicas():
        changed = rescale(changes)
        if changed:
            told = list(changed.items())[:100]
            pairs = {
                str(key): audit.changed(was.as_api(), changes[key].as_api()) for key, was in told
            }
            audit.record(
                "scaling_policies.changed",
                object_type="environment",
                object_id=door.environment(),
                environment_id=door.environment(),
                before={key: old for key, (old, _) in pairs.items()},
                after={"count": len(changed), **{key: new for key, (_, new) in pairs.items()}},
                reason=reason,
            )
    return list(changed)


def lock_policies(ids: Sequence[UUID]) -> list[ScalingPolicy]:
    """Those policies of the environment entered, in the order of `ids`, locked until the commit.

    Locks usage first. Invalid names each that is not there and each that stands there twice by its
    place.
    """
    lock_usage()
    rows = ScalingPolicy.objects.filter(environment_id=door.environment(), id__in=ids)
    return POLICIES.found(rows.select_for_update(of=("self",)).order_by("service_id"), ids)


def check_changes(changes: Mapping[UUID, Bounds]) -> None:
    """Invalid with all that cannot be: bounds out of range, services that are not live here."""
    fields = {
        f"{key}.{name}": problems
        for key, bounds in changes.items()
        for name, problems in bounds.problems().items()
    }
    live = dict(_here(changes).values_list("service_id", "service__status"))
    for key in changes:
        if live.get(key, "Retired") == "Retired":
            fields[f"{key}.service"] = ["is not a live service of this environment"]
    if fields:
        raise Invalid("Nothing was changed: some of these cannot be.", fields=fields)


def rescale(changes: Mapping[UUID, Bounds]) -> dict[UUID, Bounds]:
    """Part of a change: sets bounds by service, unaudited; {service: what they were} where changed.

    Within `within_replicas`, which holds the quota. Raises NotFound and Refused.
    """
    door.require(WRITE)
    policies = {
        policy.service_id: policy
        for policy in _here(changes)
        .select_related("service")
        .select_for_update(of=("self",))
        .order_by("service_id")
    }
    before: dict[UUID, Bounds] = {}
    for key, bounds in changes.items():
        policy = policies.get(key)
        if policy is None:
            raise NotFound(f"There is no service {key}.")
        was = bounds_of(policy)
        if was == bounds:
            continue
        if policy.service.status == "Retired":
            raise Refused(f"{policy.service} is Retired: it scales no more.")
        before[key] = was
        for name, value in vars(bounds).items():
            setattr(policy, name, value)
    if before:
        ScalingPolicy.objects.bulk_update(
            [policies[key] for key in before], list(vars(Bounds.fixed(0))), batch_size=500
        )
    return before


def _here(changes: Mapping[UUID, Bounds]) -> Any:
    return ScalingPolicy.objects.filter(
        environment_id=door.environment(), service_id__in=list(changes)
    )
