"""Appending to chains: the last thing that a transaction does before COMMIT.

Locks each chain's head once, in one order for everybody (partitions, tenants, the platform), and
only here: with a head locked through the work of a request, the writers of a tenant would queue
for the whole of it. Between the first lock and the COMMIT are two statements a chain.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from apps.core.access import PLATFORM
from apps.core.chain import GENESIS, canonical, digest, hash_of, moment, new_salt
from apps.core.ids import uuid7
from apps.core.models import AuditEntry, Link

_ENTRY = (
    "id", "tenant_id", "chain", "number", "previous_hash", "hash", "claimed_at", "actor_kind",
    "actor_id", "request_id", "action", "object_type", "object_id", "environment_id", "digests",
)  # fmt: skip


def write_entries(connection: Any, entries: Iterable[AuditEntry]) -> None:
    """Appends all of them. Holds the heads' locks until the transaction ends."""
    ordered = sorted(entries, key=_place)  # a stable sort: of one chain in the order recorded
    for _, of_one_chain in groupby(ordered, key=_place):
        _append(connection, list(of_one_chain))


def _place(entry: AuditEntry) -> tuple[bool, bool, str, str]:
    in_control_plane = entry.chain == "public"
    is_platform = in_control_plane and entry.tenant_id == PLATFORM
    return in_control_plane, is_platform, entry.chain, entry.tenant_id


def _append(connection: Any, entries: list[AuditEntry]) -> None:
    chain, tenant_id = entries[0].chain, entries[0].tenant_id
    if not chain:
        raise RuntimeError("an audit entry of a partition, and no partition is entered")
    schema = connection.ops.quote_name(chain)
    with connection.cursor() as cursor:
        number, previous, at, claimed = _lock_head(cursor, schema, tenant_id, chain)
        rows: list[Any] = []
        details: list[Any] = []
        for entry in entries:
            number += 1
            told = _details(entry)
            details += told
            entry.digests = {kind: digest(kind, salt, text) for *_, kind, salt, text in told}
            entry.number, entry.previous_hash = number, previous
            entry.at, entry.claimed_at = at, claimed
            entry.hash = previous = hash_of(body(entry))
            rows.append([getattr(entry, name) for name in _ENTRY[:-1]])
            rows[-1].append(canonical(entry.digests))
        _insert(cursor, schema, rows, details)


def body(entry: Link) -> dict[str, Any]:
    """What is hashed of an entry; see apps.core.chain.BODY."""
    return {
        "id": str(entry.id),
        "tenantId": entry.tenant_id,
        "chain": entry.chain,
        "number": entry.number,
        "previousHash": entry.previous_hash,
        "at": moment(entry.at),
        "claimedAt": moment(entry.claimed_at) if entry.claimed_at else None,
        "actorKind": entry.actor_kind,
        "actorId": str(entry.actor_id) if entry.actor_id else None,
        "requestId": entry.request_id,
        "action": entry.action,
        "objectType": entry.object_type,
        "objectId": entry.object_id,
        "environmentId": str(entry.environment_id) if entry.environment_id else None,
        "digests": entry.digests,
    }


def _details(entry: AuditEntry) -> list[tuple[Any, ...]]:
    return [
        (uuid7(), entry.tenant_id, entry.id, kind, new_salt(), canonical(value))
        for kind, value in (entry.told or {}).items()
    ]


def _lock_head(cursor: Any, schema: str, tenant_id: str, chain: str) -> tuple[Any, ...]:
    """(last number, last hash, the transaction's time, the claimed one), the head locked."""
    lock = (
        f"SELECT last_number, last_hash, now(), app.claimed_clock() FROM {schema}.core_audithead "  # noqa: S608
        "WHERE tenant_id = %s AND chain = %s FOR UPDATE"
    )
    cursor.execute(lock, [tenant_id, chain])
    found = cursor.fetchone()
    if found is None:
        # The first entry of a chain. Who else begins it just now is waited for here.
        cursor.execute(
            f"INSERT INTO {schema}.core_audithead (id, tenant_id, chain, last_number, last_hash) "  # noqa: S608
            "VALUES (%s, %s, %s, 0, %s) ON CONFLICT (tenant_id, chain) DO NOTHING",
            [uuid7(), tenant_id, chain, GENESIS],
        )
        cursor.execute(lock, [tenant_id, chain])
        found = cursor.fetchone()
    return tuple(found)


def _insert(cursor: Any, schema: str, rows: list[Any], details: list[Any]) -> None:
    """Entries and what they tell in one statement; the guard moves the head by each entry."""
    entries = (
        f"INSERT INTO {schema}.core_auditentry ({', '.join(_ENTRY)}) VALUES "  # noqa: S608
        + _values(rows, len(_ENTRY))
    )
    if details:
        entries = (
            f"WITH written AS ({entries}) INSERT INTO {schema}.core_auditdetail "  # noqa: S608
            "(id, tenant_id, entry_id, kind, salt, value) VALUES " + _values(details, 6)
        )
    cursor.execute(entries, [value for row in (*rows, *details) for value in row])


def _values(rows: list[Any], width: int) -> str:
    return ", ".join(["(" + ", ".join(["%s"] * width) + ")"] * len(rows))
