"""What stands against a start here, for pages to show first. The operations ask again."""

from collections.abc import Sequence
from typing import Any

from apps.core.door import Door
from apps.core.errors import Refused
from apps.deployments.comparison import Snapshot
from apps.deployments.models import UNFINISHED, RuntimeDeployment
from apps.deployments.rollback import why_not
from apps.deployments.state import snapshot
from apps.freezes.operations import refusal
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding


def of_the_start(entered: Door, frozen: Sequence[Any]) -> list[str]:
    """Freezes, an environment that takes none, another deployment under way."""
    found = [f"Frozen: {refusal(rule)}." for rule in frozen]
    status = (entered.binding or {}).get("environmentStatus")
    if status != "Provisioned":
        found.append(f"The environment is {status}: it takes deployments only while Provisioned.")
    here = RuntimeDeployment.objects.filter(environment_id=entered.environment_id)
    if other := here.filter(status__in=UNFINISHED).first():
        found.append(f"{other.release_ref} is {other.status}: one at a time.")
    return found


def of_the_target(
    entered: Door, target: RuntimeDeployment | None, undone: RuntimeDeployment
) -> tuple[list[str], Snapshot | None]:
    """What forbids returning there, and what stood there, if that can be told."""
    found = [problem] if (problem := why_not(target, undone)) else []
    if target is None:
        return found, None
    try:
        then = snapshot(target)
    except Refused as error:
        return [*found, error.message], None
    wanted = sum(facts.replicas for facts in then.services.values())
    binding = RuntimeTenantBinding.objects.get(
        tenant_id=entered.tenant_id, environment_id=entered.environment_id, status__in=LIVE
    )
    admitted = binding.quota_compute_replicas
    if admitted is not None and wanted > admitted:
        found.append(f"It ran {wanted} replicas; the quota of the binding is {admitted} now.")
    return found, then
