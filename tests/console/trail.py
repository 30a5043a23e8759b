"""The audit trail of the control plane, as the platform's people see it."""

from apps.core.models import AuditEntry
from tests.core.doors import on_platform
from tests.world import World


def entries(world: World, action: str, tenant: str) -> list[AuditEntry]:
    """Oldest first."""
    with on_platform(world):
        return list(AuditEntry.objects.filter(action=action, tenant_id=tenant).order_by("id"))


def refusals(world: World, tenant: str) -> list[tuple[str, str]]:
    """[(who, what they asked for)] in the chain of the tenant where they stood."""
    return [(e.actor_label, e.object_id) for e in entries(world, "access.refused", tenant)]
