"""Partitions of which nothing is left but the audit, or but the rows of one table."""

import json
from typing import Any

from tests.core.shell import manage
from tests.isolation.changes import release
from tests.isolation.logins import Connection, connect, rows
from tests.retention.ages import Aged, aged

AUDIT = ("core_auditentry", "core_auditdetail", "core_audithead")
DROP = "SELECT app.drop_partition(%s)"


def tables(owner: Connection, schema: str) -> list[str]:
    """Those that rows are written to, without the audit's."""
    found = rows(
        owner,
        "SELECT relname::text FROM pg_class WHERE relnamespace = %s::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1",
        [schema],
    )
    return [name for (name,) in found if name not in (*AUDIT, "django_migrations")]


def released(model: str = "pool") -> Aged:
    """A tenant with rows in every table, in the Released state."""
    found = aged(model, "ends")
    found.release_anew(1)
    release(found.tenant.bindings[model])
    return found


def empty(owner: Connection, found: Aged, *but: str) -> None:
    """As owner, past every wall: what a purge and a year would have left."""
    every = [name for name in tables(owner, found.schema) if name not in but]
    if but:  # keys that lead to what goes
        keys = rows(
            owner,
            "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
            "WHERE connamespace = %s::regnamespace AND contype = 'f' AND conparentid = 0",
            [found.schema],
        )
        for table, name in keys:
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    owner.execute(f"TRUNCATE {', '.join(found.table(name) for name in every)}".encode())


def emptied(model: str = "pool") -> Aged:
    """The same with nothing left but the audit, no blob waiting."""
    found = released(model)
    with connect("owner") as owner:
        empty(owner, found)
    return found


def stands(schema: str) -> bool:
    with connect("owner") as owner:
        return bool(
            rows(owner, "SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [schema])[0][0]
        )


def asked(schema: str, login: str = "owner") -> str | None:
    """What the function says, in a transaction that commits."""
    with connect(login) as connection:
        answer: str | None = rows(connection, DROP, [schema])[0][0]
    return answer


def chains(slug: str) -> dict[str, dict[str, Any]]:
    """What verify_audit says of that tenant's chains, each of them whole."""
    ended = manage("verify_audit", "--tenant", slug, "--format", "json")
    assert ended.code == 0, ended.out
    return {chain["chain"]: chain for chain in ended.json["chains"]}


def exported(slug: str, chain: str) -> list[dict[str, Any]]:
    """The entries of a chain with all that they tell, as an auditor gets them."""
    lines = [json.loads(line) for line in manage("export_audit", "--tenant", slug).out.splitlines()]
    return [line for line in lines if line.get("chain") == chain]
