"""One entry a change, written in the transaction of the change, append-only for every role.

Operations call `record`; the door writes what was recorded immediately before COMMIT. A
write that changes nothing records nothing.
"""

from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.models import AuditEntry


def record(
    action: str,
    *,
    object_type: str,
    object_id: UUID | str,
    environment_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    tenant_id: str | None = None,
) -> None:
    """Hands an entry to the door. `action` is `<noun>.<past verb>`: `service.retired`.

    With `tenant_id` it goes to the control plane, in the chain of that tenant; without, to the
    partition entered, in the chain of the tenant entered.
    """
    entered = door.entered()
    actor = entered.actor
    entry = AuditEntry(
        tenant_id=tenant_id or door.tenant(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        address=actor.address,
        request_id=actor.request_id,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        environment_id=environment_id,
        before=before,
        after=after,
        reason=reason,
    )
    entry.in_control_plane = tenant_id is not None
    entered.entries.append(entry)


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the keys whose values differ, on both sides."""
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


def history(object_id: UUID | str, *, limit: int = 20) -> list[AuditEntry]:
    """The newest entries about one thing in the partition entered, newest first."""
    return list(
        AuditEntry.objects.filter(tenant_id=door.tenant(), object_id=str(object_id)).order_by(
            "-id"
        )[:limit]
    )
