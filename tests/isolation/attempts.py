"""The statements that each stance tries on each table, and what another tenant's row looks like."""

import json
from collections.abc import Iterator
from typing import Any

from apps.core.ids import uuid7
from apps.core.walls.days import DAILY
from apps.core.walls.grants import ENVIRONMENT_TABLES, PARTITION_TABLES
from apps.core.walls.inspect_functions import guards
from tests.isolation.logins import Connection, rows

GRANTS = {**ENVIRONMENT_TABLES, **PARTITION_TABLES}
TABLES = sorted(GRANTS)
Row = dict[str, Any]


def row_of(owner: Connection, schema: str, table: str, tenant: str) -> Row:
    """One row of that tenant, as the owner sees it. There must be one, or nothing is tried."""
    found = rows(
        owner,
        f'SELECT to_jsonb(t) FROM "{schema}"."{table}" t WHERE tenant_id = %s LIMIT 1',
        [tenant],
    )
    assert found, f"{schema}.{table} has no row of {tenant}: the attempt would prove nothing"
    row: Row = found[0][0]
    return row


def updatable(table: str) -> str | None:
    columns = GRANTS[table].update
    return columns[0] if columns else None


def row_key(table: str) -> str:
    """Its primary key; a table split by a column has that in it. `table` may be qualified."""
    daily = DAILY.get(table.rpartition(".")[2].strip('"'))
    return f"id, {daily.column}" if daily else "id"


def newborn(table: str, row: Row, **values: Any) -> str:
    """The row as JSON, in the state that a row begins in: so it is the policy that refuses it."""
    guard = guards().get(table)
    begins: Row = {"status": guard.initial[0]} if guard and guard.initial else {}
    if table == "core_audithead":
        begins = {"last_number": 0, "last_hash": "0" * 64}
    if table == "deployments_deploymentstep":
        # A log lies at the path of its own step.
        begins |= {"log_path": "", "log_bytes": None, "log_sha256": ""}
    return json.dumps({**row, **begins, **values})


def inserting(target: str) -> str:
    """INSERT of one row given as JSON. A service comes with its policy: neither can be without."""
    made = f"INSERT INTO {target} SELECT * FROM jsonb_populate_record(NULL::{target}, %s)"
    if "services_runtimeservice" not in target:
        return f"WITH made AS ({made} RETURNING *)"
    policies = target.replace("services_runtimeservice", "scaling_policies_scalingpolicy")
    return (
        f"WITH made AS ({made} RETURNING *), policy AS (INSERT INTO {policies} (id, tenant_id, "
        "environment_id, service_id, metric, min_replicas, max_replicas, "
        "target_utilization_percent) "
        "SELECT gen_random_uuid(), tenant_id, environment_id, id, 'cpu', 1, 1, 80 FROM made)"
    )


def reads(table: str, row: Row) -> Iterator[tuple[str, list[Any]]]:
    """Every way to ask for that row, each answering with tenant_id first."""
    everything = f"SELECT tenant_id, * FROM {table}"
    yield everything, []
    yield f"{everything} WHERE id = %s", [row["id"]]
    yield f"{everything} WHERE tenant_id = %s", [row["tenant_id"]]
    yield f"{everything} WHERE tenant_id = %s AND id = %s", [row["tenant_id"], row["id"]]
    if row_key(table) == "id":  # else every row is in a part, which nobody may ask
        yield f"SELECT t.tenant_id, t FROM ONLY {table} t", []
    yield f"SELECT tenant_id FROM {table} TABLESAMPLE SYSTEM (100)", []
    yield f"SELECT tenant_id, count(*) FROM {table} GROUP BY tenant_id", []
    yield f"SELECT max(tenant_id) FROM {table} HAVING count(*) > 0", []
    yield f"SELECT tenant_id FROM {table} FOR KEY SHARE", []
    yield f"WITH found AS MATERIALIZED (SELECT * FROM {table}) SELECT tenant_id FROM found", []
    yield f"SELECT t.tenant_id FROM generate_series(1, 1) JOIN {table} t ON true", []
    if row.get("environment_id"):
        yield f"{everything} WHERE environment_id = %s", [row["environment_id"]]


def writes(schema: str, table: str, row: Row, me: str) -> Iterator[tuple[str, list[Any]]]:
    """Every way to write that row, or one of mine beside it; each returns tenant_id.

    `schema` empty: the table is found by the search path.
    """
    name, table = table, f'"{schema}"."{table}"' if schema else table
    whose = {"theirs": row["tenant_id"], "mine": me}
    insert = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)"
    for tenant in whose.values():
        made = newborn(name, row, id=str(uuid7()), tenant_id=tenant)
        yield f"{insert} RETURNING tenant_id", [made]
        yield f"{insert} ON CONFLICT DO NOTHING RETURNING tenant_id", [made]
    same = newborn(name, row)
    key = row_key(name)
    yield f"{insert} ON CONFLICT ({key}) DO NOTHING RETURNING tenant_id", [same]
    if column := updatable(name):
        change = f'UPDATE {table} SET "{column}" = "{column}"'
        yield f"{change} RETURNING tenant_id", []
        yield f"{change} WHERE id = %s RETURNING tenant_id", [row["id"]]
        yield f"{change} WHERE tenant_id = %s RETURNING tenant_id", [row["tenant_id"]]
        yield (
            (
                f'{insert} ON CONFLICT ({key}) DO UPDATE SET "{column}" = excluded."{column}" '
                "RETURNING tenant_id"
            ),
            [same],
        )
        yield (
            (
                f"MERGE INTO {table} t USING (SELECT %s::uuid AS id) s ON t.id = s.id "
                f'WHEN MATCHED THEN UPDATE SET "{column}" = t."{column}"'
            ),
            [row["id"]],
        )
        yield f"SELECT tenant_id FROM {table} FOR UPDATE", []
        yield f"SELECT tenant_id FROM {table} WHERE id = %s FOR NO KEY UPDATE", [row["id"]]
    yield f"DELETE FROM {table} WHERE id = %s RETURNING tenant_id", [row["id"]]
    yield f"TRUNCATE {table}", []
