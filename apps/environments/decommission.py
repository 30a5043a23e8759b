"""Decommissioning: binding by binding, one transaction each, Decommissioned when the last is done.

Promises: no new work there from its first transaction on; killed between two bindings, the next run
goes on with those that are left; a binding whose tenant is being written to does not stop the
others.
Stands apart from `operations` because it sets off what stands above that module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from apps.core import door
from apps.core.access import Actor
from apps.core.errors import Refused
from apps.environments.models import EnvironmentStatus, RuntimeEnvironment
from apps.environments.operations import (
    decommission_environment,
    describe,
    finish_decommissioning_environment,
    locked,
)
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.release import release_binding

REASON = "environment decommissioned"
DECOMMISSION = (EnvironmentStatus.DECOMMISSIONING, EnvironmentStatus.DECOMMISSIONED)


@dataclass(frozen=True)
class Ended:
    """How a run ended: the environment, how many it released, and what held the others up."""

    environment: RuntimeEnvironment
    released: int
    blocked: Mapping[UUID, str]

    def as_api(self) -> dict[str, Any]:
        return {
            **describe(self.environment),
            "released": self.released,
            "blocked": [
                {"tenantBindingId": str(binding), "reason": reason}
                for binding, reason in self.blocked.items()
            ],
        }


def begin_decommissioning(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """Provisioned → Decommissioning; one that is Decommissioning already stays as it is."""
    door.require("runtime.environments.write")
    door.require("runtime.bindings.write")
    with door.atomic():
        environment = locked(environment_id)
        if environment.status == EnvironmentStatus.DECOMMISSIONING:
            return environment
        return decommission_environment(environment_id, reason=reason)


def release_all(environment_id: UUID, *, actor: Actor) -> Ended:
    """Releases what is bound, then finishes; outside any transaction, since each has its own.

    Asks the actor's rights again at each. Raises Forbidden, NotFound, and Refused where the
    environment is not Decommissioning (once it is Decommissioned, a repeat changes nothing).
    """
    with enter_platform(actor=actor):
        door.require("runtime.bindings.write")
        environment = locked(environment_id)
        if environment.status == EnvironmentStatus.DECOMMISSIONED:
            return Ended(environment, 0, {})
        environment.must("finish_decommissioning")
        bound = list(unreleased(environment_id).order_by("id").values_list("id", flat=True))
    blocked: dict[UUID, str] = {}
    for binding_id in bound:
        try:
            with enter_platform(actor=actor):
                release_binding(binding_id, reason=REASON)
        except Refused as refusal:
            blocked[binding_id] = refusal.message
    with enter_platform(actor=actor):
        left = set(unreleased(environment_id).values_list("id", flat=True))
        blocked = {binding: why for binding, why in blocked.items() if binding in left}
        if not left:
            finish_decommissioning_environment(environment_id)
        environment = RuntimeEnvironment.objects.get(id=environment_id)
    return Ended(environment, len(bound) - len(blocked), blocked)


@dataclass(frozen=True)
class Progress:
    """Of the bindings that stood when it began, how many are released."""

    bound: int
    released: int

    @property
    def runs(self) -> bool:
        return self.released < self.bound


def progress(environment: RuntimeEnvironment) -> Progress | None:
    """None where it is not being decommissioned and never was.

    Decommissioning marks the copies that unreleased bindings carry, so that those which were
    released before it do not count.
    """
    if environment.status not in DECOMMISSION:
        return None
    marked = RuntimeTenantBinding.objects.filter(
        environment_id=environment.id, environment_status__in=DECOMMISSION
    )
    released = Count("id", filter=Q(status=BindingStatus.RELEASED))
    return Progress(**marked.aggregate(bound=Count("id"), released=released))


def unreleased(environment_id: UUID) -> Any:
    return RuntimeTenantBinding.objects.filter(environment_id=environment_id).exclude(
        status=BindingStatus.RELEASED
    )
