"""What the pages of a tenant read of its bindings: all they may know of environments."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from apps.core import door
from apps.core.htmx import Filter
from apps.environments.models import RuntimeEnvironment
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding


def live_bindings() -> list[RuntimeTenantBinding]:
    """Active and Suspended ones of the tenant entered, by stage and name."""
    return list(
        RuntimeTenantBinding.objects.filter(tenant_id=door.tenant(), status__in=LIVE).order_by(
            "environment_project", "stage", "environment_name", "id"
        )
    )


def admitted(environment_ids: Iterable[UUID]) -> dict[UUID, RuntimeTenantBinding]:
    """{environmentId: binding} for what stands on one page."""
    wanted = set(environment_ids)
    if not wanted:
        return {}
    found = RuntimeTenantBinding.objects.filter(
        tenant_id=door.tenant(), status__in=LIVE, environment_id__in=wanted
    )
    return {binding.environment_id: binding for binding in found}


def environment_filter(bindings: Sequence[RuntimeTenantBinding] | None = None) -> Filter:
    """A select of the tenant's environments: 200 at most, the rest by the environment's page.

    `bindings`: its live ones, where they are read already.
    """
    among = live_bindings() if bindings is None else bindings
    options = [(str(b.environment_id), f"{b.environment_name} · {b.stage}") for b in among[:200]]
    return Filter(
        "environment", "Environment", [("", "All environments"), *options], "environment_id"
    )


def fleet_filter(chosen: str) -> Filter:
    """A select of the fleet's environments: the newest 200, and the one that a link has chosen."""
    rows = RuntimeEnvironment.objects.order_by("-id")
    found = {str(e.id): e for e in rows[:200]}
    if chosen and chosen not in found and (identifier := _identifier(chosen)):
        found |= {str(e.id): e for e in rows.filter(id=identifier)}
    options = [(key, f"{e.name} · {e.project_id} · {e.stage}") for key, e in found.items()]
    return Filter(
        "environment", "Environment", [("", "Any environment"), *options], "environment_id"
    )


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
