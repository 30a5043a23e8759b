"""Reading chains whole, as owner or steward: to verify them, to export them.

Streams in batches, so that a chain of any length takes the same memory. The caller's transaction
should be REPEATABLE READ: entries and heads are then of one moment.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.core.chain import GENESIS, Check, Fault, Head, moment
from apps.core.walls import SPARE

BATCH = 1000
Heads = Mapping[tuple[str, str], tuple[int, str]]  # {(tenant, chain): (number, hash)}
_SCHEMAS = """
SELECT n.nspname::text FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'core_audithead' AND NOT starts_with(n.nspname, %s)
ORDER BY n.nspname = 'public', 1
"""
_CHAINS = """
SELECT tenant_id, chain FROM "{0}".core_audithead
WHERE (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
UNION SELECT tenant_id, chain FROM "{0}".core_auditentry
WHERE (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
ORDER BY 1, 2
"""
_HEAD = """
SELECT last_number, last_hash FROM "{0}".core_audithead WHERE tenant_id = %s AND chain = %s
"""
_ENTRIES = """
SELECT e.id, e.tenant_id, e.chain, e.number, e.previous_hash, e.at, e.claimed_at, e.actor_kind,
  e.actor_id, e.request_id, e.action, e.object_type, e.object_id, e.environment_id, e.digests,
  e.hash,
  (SELECT jsonb_object_agg(d.kind,
                           jsonb_build_object('salt', encode(d.salt, 'hex'), 'value', d.value))
   FROM "{0}".core_auditdetail d WHERE d.tenant_id = e.tenant_id AND d.entry_id = e.id)
FROM "{0}".core_auditentry e WHERE e.tenant_id = %s AND e.chain = %s AND e.number > %s
ORDER BY e.number LIMIT %s
"""
# Every tenant was onboarded, and its chain in the control plane begins with that.
_WITHOUT = """
SELECT t.tenant_id FROM public.tenants_tenant t
WHERE t.tenant_id <> 'platform' AND (%(tenant)s::text IS NULL OR t.tenant_id = %(tenant)s)
  AND NOT EXISTS (SELECT FROM public.core_audithead h WHERE h.tenant_id = t.tenant_id)
  AND NOT EXISTS (SELECT FROM public.core_auditentry e WHERE e.tenant_id = t.tenant_id)
ORDER BY 1
"""


def verify(
    cursor: Any, tenant_id: str | None = None, earlier: Heads | None = None
) -> Iterator[Check]:
    """Every chain, or those of one tenant, followed from its first entry to its head.

    `earlier`: where chains ended some time ago; each must still go through there.
    """
    for schema, owner, chain in _chains(cursor, tenant_id):
        check = Check(owner, chain, through=(earlier or {}).get((owner, chain)))
        for entry in entries(cursor, schema, owner, chain):
            check.entry(entry)
        check.end(_head(cursor, schema, owner, chain))
        yield check
    cursor.execute(_WITHOUT, {"tenant": tenant_id})
    for (owner,) in cursor.fetchall():
        yield Check(owner, "public", fault=Fault(1, "the chain is not there"))


def export(cursor: Any, tenant_id: str) -> Iterator[dict[str, Any]]:
    """The lines of an export: each chain's head, then its entries with what they still tell."""
    for schema, owner, chain in _chains(cursor, tenant_id):
        head = _head(cursor, schema, owner, chain) or Head(owner, chain, 0, GENESIS)
        yield {"head": head.as_json()}
        yield from entries(cursor, schema, owner, chain)


def verify_lines(lines: Iterable[str], earlier: Heads | None = None) -> Iterator[Check]:
    """The same of an export: what a line is not, or what is no line, is a fault of its chain."""
    check, head = None, None
    for line in lines:
        given = _read(line)
        if "head" in given:
            if check is not None:
                check.end(head)
                yield check
            head = _read_head(given["head"])
            where = (head.tenant_id, head.chain)
            check = Check(*where, through=(earlier or {}).get(where))
        elif check is None:
            break
        else:
            _take(check, given)
    if check is None:
        raise ValueError("it does not begin with the head of a chain")
    check.end(head)
    yield check


def _read_head(given: Any) -> Head:
    try:
        return Head(*(given[name] for name in ("tenantId", "chain", "number", "hash")))
    except (TypeError, LookupError) as error:
        raise ValueError("a head has tenantId, chain, number and hash") from error


def _take(check: Check, given: dict[str, Any]) -> None:
    try:
        check.entry(given)
    except (KeyError, TypeError, ValueError, AttributeError):
        check.fault = check.fault or Fault(check.number + 1, "cannot be read")


def _read(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def entries(cursor: Any, schema: str, tenant_id: str, chain: str) -> Iterator[dict[str, Any]]:
    """The entries of one chain in the order of their numbers, in the hashed shape."""
    last: int | None = -(2**62)
    while last is not None:
        cursor.execute(_ENTRIES.format(schema), [tenant_id, chain, last, BATCH])
        rows = cursor.fetchall()
        yield from map(_entry, rows)
        last = rows[-1][3] if len(rows) == BATCH else None


def chains_in(cursor: Any, schema: str, tenant_id: str) -> list[str]:
    """The names of a tenant's chains that lie in one schema."""
    cursor.execute(_CHAINS.format(schema), {"tenant": tenant_id})
    return [chain for _, chain in cursor.fetchall()]


def head_of(cursor: Any, schema: str, tenant_id: str, chain: str) -> Head:
    """Where a chain ends now; its beginning where it has no head."""
    return _head(cursor, schema, tenant_id, chain) or Head(tenant_id, chain, 0, GENESIS)


def part(
    cursor: Any, schema: str, tenant_id: str, chain: str, after: int | None, until: int
) -> list[dict[str, Any]]:
    """The next entries of a chain after a number (None: from the first), up to another."""
    first = -(2**62) if after is None else after
    cursor.execute(_ENTRIES.format(schema), [tenant_id, chain, first, BATCH])
    return [_entry(row) for row in cursor.fetchall() if row[3] <= until]


def _entry(row: Any) -> dict[str, Any]:
    (identifier, tenant_id, chain, number, previous, at, claimed_at, actor_kind, actor_id,
     request_id, action, object_type, object_id, environment_id, digests, own,
     details) = row  # fmt: skip
    return {
        "id": str(identifier),
        "tenantId": tenant_id,
        "chain": chain,
        "number": number,
        "previousHash": previous,
        "at": moment(at),
        "claimedAt": moment(claimed_at) if claimed_at else None,
        "actorKind": actor_kind,
        "actorId": str(actor_id) if actor_id else None,
        "requestId": request_id,
        "action": action,
        "objectType": object_type,
        "objectId": object_id,
        "environmentId": str(environment_id) if environment_id else None,
        "digests": _json(digests),
        "hash": own,
        "details": _json(details) or {},
    }


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _chains(cursor: Any, tenant_id: str | None) -> list[tuple[str, str, str]]:
    cursor.execute(_SCHEMAS, [SPARE])
    found = []
    for (schema,) in cursor.fetchall():
        cursor.execute(_CHAINS.format(schema), {"tenant": tenant_id})
        found += [(schema, owner, chain) for owner, chain in cursor.fetchall()]
    return found


def _head(cursor: Any, schema: str, tenant_id: str, chain: str) -> Head | None:
    cursor.execute(_HEAD.format(schema), [tenant_id, chain])
    found = cursor.fetchone()
    return Head(tenant_id, chain, *found) if found else None
