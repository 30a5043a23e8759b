"""One entry a change, written in the transaction of the change, append-only for every role.

Operations call `record`; the door writes what was recorded immediately before COMMIT, as the
next links of the chains that it belongs to (apps.core.chain_writing). A write that changes nothing
records nothing.
"""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.core.chain import canonical
from apps.core.chain_reading import SEALED, Place, in_schema
from apps.core.errors import Forbidden
from apps.core.models import AuditEntry

CONTROL_PLANE = "public"  # the chain of a tenant, or of the platform, in the control plane


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
    partition entered, in the chain of the tenant entered. What names a person (an address, a
    name) belongs in `before`, `after` or `reason`, which can go, never in `object_id`.
    """
    entered = door.entered()
    actor = entered.actor
    entry = AuditEntry(
        tenant_id=tenant_id or door.tenant(),
        chain=CONTROL_PLANE if tenant_id else entered.partition or "",
        actor_kind=actor.kind,
        actor_id=actor.id,
        request_id=actor.request_id,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        environment_id=environment_id,
    )
    told = {
        "before": before, "after": after, "reason": reason or None,
        "address": actor.address or None, "label": actor.label or None,
    }  # fmt: skip
    entry.told = {kind: value for kind, value in told.items() if value is not None}
    entered.entries.append(entry)


def batch(ids: Iterable[UUID | str]) -> dict[str, Any]:
    """Count and digest of many, for the `after` of the one entry that tells of them all.

    The digest is the SHA-256 of the canonical JSON of the sorted ids, so that a list can be held
    against it.
    """
    names = sorted(str(one) for one in ids)
    digest = hashlib.sha256(canonical(names).encode()).hexdigest()
    return {"count": len(names), "digest": f"sha256:{digest}"}


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the keys whose values differ, on both sides."""
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


def history(object_id: UUID | str, *, limit: int = 20) -> list[AuditEntry]:
    """The newest entries about one thing in the partition entered, newest first. One query."""
    return list(
        AuditEntry.objects.filter(tenant_id=door.tenant(), object_id=str(object_id)).order_by(
            "-id"
        )[:limit]
    )


def forget_person(person_id: UUID) -> int:
    """Takes away what entries tell of a person; how many values went. The chains still verify.

    Their label and address where they acted, and before and after where they are the object
    (`object_type` "person"). Reaches the chains of the door: of its tenant in the partition
    entered, in the control plane and what is sealed; behind the platform's door all of the latter
    two. So whoever erases a person calls it behind the platform's door and once in each partition
    of each tenant that the person was in. As owner or steward (Forbidden for the web's login, which
    deletes nothing of the trail), in the caller's transaction.
    """
    entered = door.entered()
    if entered.alias == "default":
        raise Forbidden("The web's login deletes nothing of the audit trail: ask the worker.")
    places = [in_schema(schema) for schema in (entered.partition, CONTROL_PLANE) if schema]
    return sum(_forget(place, person_id, entered) for place in (*places, SEALED))


def forget_person_in(schema: str, person_id: UUID) -> int:
    """The same in one data partition, of whatever tenants, be their bindings what they may.

    As owner, whose policy sees every row (Forbidden for others), behind the platform's door.
    """
    entered = door.entered()
    if entered.alias != "owner":
        raise Forbidden("Only the owner forgets in a whole partition.")
    return _forget(in_schema(schema), person_id, entered)


def _forget(place: Place, person_id: UUID, entered: door.Door) -> int:
    with connections[entered.alias].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {place.detail} d USING {place.entry} e "  # noqa: S608
            "WHERE e.tenant_id = d.tenant_id AND e.id = d.entry_id "
            "AND (%(tenant)s::text IS NULL OR e.tenant_id = %(tenant)s) AND ("
            "(e.actor_id = %(person)s AND d.kind IN ('label', 'address')) OR "
            "(e.object_type = 'person' AND e.object_id = %(person)s::text "
            "AND d.kind IN ('before', 'after')))",
            {"tenant": entered.tenant_id, "person": person_id},
        )
        return int(cursor.rowcount)
