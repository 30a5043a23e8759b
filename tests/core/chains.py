"""The audit trail for tests that ask, or write, in SQL."""

from collections.abc import Callable
from typing import Any

from tests.core.doors import run

ENTRY = (
    "INSERT INTO {schema}.core_auditentry (id, tenant_id, chain, number, previous_hash, hash, "
    "actor_kind, request_id, action, object_type, object_id, digests) VALUES (gen_random_uuid(), "
    "'{tenant}', '{chain}', {number}, '{previous_hash}', '{hash}', 'person', '', 'a.b', 'c', 'd', "
    "'{{}}')"
)


def told(schema: str, kind: str, entry: str = "e") -> str:
    """An expression for the text told beside an entry of that schema; `entry`: its alias."""
    return (
        f"(SELECT d.value::jsonb #>> '{{}}' FROM {schema}.core_auditdetail d "
        f"WHERE d.tenant_id = {entry}.tenant_id AND d.entry_id = {entry}.id AND d.kind = '{kind}')"
    )


def next_link(schema: str, tenant: str, ask: Callable[..., Any] = run) -> dict[str, Any]:
    """What an entry must carry to be the next of that chain, but that its hash is none of it."""
    heads = ask(
        f"SELECT last_number, last_hash FROM {schema}.core_audithead WHERE tenant_id = '{tenant}'"
    )
    number, last = heads[0]
    return {"chain": schema.strip('"'), "number": number + 1, "previous_hash": last,
            "hash": "f" * 64}  # fmt: skip


def forged(schema: str, tenant: str, ask: Callable[..., Any] = run, **other: Any) -> str:
    """An INSERT of an entry that continues its chain, but for what `other` says."""
    link = {**next_link(schema, tenant, ask), **other}
    return ENTRY.format(schema=schema, tenant=tenant, **link)
