"""Reading chains whole, as owner or steward: to verify them, to export them.

Streams in batches, so that a chain of any length takes the same memory. The caller's transaction
should be REPEATABLE READ: entries and heads are then of one moment. A chain whose partition was
dropped lies sealed in the control plane; where the partition was made anew, it goes on there.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.chain import GENESIS, Check, Fault, Head, moment
from apps.core.walls import SPARE, trail

BATCH = 1000
Heads = Mapping[tuple[str, str], tuple[int, str]]  # {(tenant, chain): (number, hash)}
_SCHEMAS = """
SELECT n.nspname::text FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'core_audithead' AND NOT starts_with(n.nspname, %s)
ORDER BY n.nspname = 'public', 1
"""
_CHAINS = """
SELECT tenant_id, chain FROM {head}
WHERE (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
UNION SELECT tenant_id, chain FROM {entry}
WHERE (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
ORDER BY 1, 2
"""
_HEAD = """
SELECT last_number, last_hash FROM {head} WHERE tenant_id = %s AND chain = %s
"""
_ENTRIES = """
SELECT e.id, e.tenant_id, e.chain, e.number, e.previous_hash, e.at, e.claimed_at, e.actor_kind,
  e.actor_id, e.request_id, e.action, e.object_type, e.object_id, e.environment_id, e.digests,
  e.hash,
  (SELECT jsonb_object_agg(d.kind,
                           jsonb_build_object('salt', encode(d.salt, 'hex'), 'value', d.value))
   FROM {detail} d WHERE d.tenant_id = e.tenant_id AND d.entry_id = e.id)
FROM {entry} e WHERE e.tenant_id = %s AND e.chain = %s AND e.number > %s
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


@dataclass(frozen=True)
class Place:
    """Three tables that hold chains, as SQL names them."""

    entry: str
    detail: str
    head: str

    def told(self, sql: str) -> str:
        return sql.format(entry=self.entry, detail=self.detail, head=self.head)


def in_schema(schema: str) -> Place:
    """Where the chains of a partition, or of the control plane, are written."""
    return Place(*(f'"{schema}".{table}' for table in (trail.ENTRY, trail.DETAIL, trail.HEAD)))


SEALED = Place(
    *(f"public.{t}" for t in (trail.SEALED_ENTRY, trail.SEALED_DETAIL, trail.SEALED_HEAD))
)


def verify(
    cursor: Any, tenant_id: str | None = None, earlier: Heads | None = None
) -> Iterator[Check]:
    """Every chain, or those of one tenant, followed from its first entry to its head.

    `earlier`: where chains ended some time ago; each must still go through there.
    """
    for places, owner, chain in _chains(cursor, tenant_id):
        check = Check(owner, chain, through=(earlier or {}).get((owner, chain)))
        for place in places:
            for entry in entries(cursor, place, owner, chain):
                check.entry(entry)
        check.end(_head(cursor, places[-1], owner, chain))
        yield check
    cursor.execute(_WITHOUT, {"tenant": tenant_id})
    for (owner,) in cursor.fetchall():
        yield Check(owner, "public", fault=Fault(1, "the chain is not there"))


def export(cursor: Any, tenant_id: str) -> Iterator[dict[str, Any]]:
    """The lines of an export: each chain's head, then its entries with what they still tell."""
    for places, owner, chain in _chains(cursor, tenant_id):
        head = _head(cursor, places[-1], owner, chain) or Head(owner, chain, 0, GENESIS)
        yield {"head": head.as_json()}
        for place in places:
            yield from entries(cursor, place, owner, chain)


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


def entries(cursor: Any, place: Place, tenant_id: str, chain: str) -> Iterator[dict[str, Any]]:
    """The entries of one chain there in the order of their numbers, in the hashed shape."""
    last: int | None = -(2**62)
    while last is not None:
        cursor.execute(place.told(_ENTRIES), [tenant_id, chain, last, BATCH])
        rows = cursor.fetchall()
        yield from map(_entry, rows)
        last = rows[-1][3] if len(rows) == BATCH else None


def chains_in(cursor: Any, schema: str, tenant_id: str) -> list[tuple[str, Sequence[Place]]]:
    """A tenant's chains that lie in one schema, and where their entries lie; in the control plane
    what is sealed, too, whether it goes on elsewhere or not.
    """
    live, sealed = in_schema(schema), [c for _, c in _listed(cursor, SEALED, tenant_id)]
    found: list[tuple[str, Sequence[Place]]] = [
        (chain, [SEALED, live] if chain == schema and chain in sealed else [live])
        for _, chain in _listed(cursor, live, tenant_id)
    ]
    return found + [(chain, [SEALED]) for chain in sealed if schema == "public"]


def head_of(cursor: Any, place: Place, tenant_id: str, chain: str) -> Head:
    """Where a chain ends now; its beginning where it has no head."""
    return _head(cursor, place, tenant_id, chain) or Head(tenant_id, chain, 0, GENESIS)


def part(
    cursor: Any, place: Place, tenant_id: str, chain: str, after: int | None, until: int
) -> list[dict[str, Any]]:
    """The next entries of a chain there after a number (None: from the first), up to another."""
    first = -(2**62) if after is None else after
    cursor.execute(place.told(_ENTRIES), [tenant_id, chain, first, BATCH])
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


def _chains(cursor: Any, tenant_id: str | None) -> list[tuple[Sequence[Place], str, str]]:
    """(where its entries lie, in their order; tenant; chain), those of the control plane last."""
    sealed = set(_listed(cursor, SEALED, tenant_id))
    cursor.execute(_SCHEMAS, [SPARE])
    found: list[tuple[Sequence[Place], str, str]] = []
    for (schema,) in cursor.fetchall():
        live = in_schema(schema)
        if schema == "public":
            found += [([SEALED], *chain) for chain in sorted(sealed)]
        for owner, chain in _listed(cursor, live, tenant_id):
            goes_on = chain == schema and (owner, chain) in sealed
            sealed -= {(owner, chain)} if goes_on else set()
            found.append(([SEALED, live] if goes_on else [live], owner, chain))
    return found


def _listed(cursor: Any, place: Place, tenant_id: str | None) -> list[tuple[str, str]]:
    cursor.execute(place.told(_CHAINS), {"tenant": tenant_id})
    return list(cursor.fetchall())


def _head(cursor: Any, place: Place, tenant_id: str, chain: str) -> Head | None:
    cursor.execute(place.told(_HEAD), [tenant_id, chain])
    found = cursor.fetchone()
    return Head(tenant_id, chain, *found) if found else None
