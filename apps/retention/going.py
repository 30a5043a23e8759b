"""The rows of one batch: taken away in one statement with their leaves, given back to the quota.

Within the batch's transaction (see apps.retention.purge), which has named them. It decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.core.walls.governance import ROW_DIGEST
from apps.quotas.queries import ROW_BYTES, STORED

USAGE = "quotas_usage"


@dataclass(frozen=True)
class Going:
    """What `app.purging` names: how many rows, where, and the digest of their ids."""

    tenant_id: str
    schema: str
    count: int
    environments: Sequence[UUID]
    digest: str

    def where(self, column: str) -> tuple[str, list[Any]]:
        """By their ids; with their environments, so that every index is used whole."""
        return (
            "t.tenant_id = %s AND t.environment_id = ANY (%s) "
            f"AND t.{column} = ANY ((SELECT app.setting_uuids('app.purging'))::uuid[])",
            [self.tenant_id, list(self.environments)],
        )

    def table(self, name: str) -> str:
        return table(self.schema, name)


@dataclass
class Gone:
    """What one statement took: rows of each table, bytes, and what each environment gets back."""

    counts: dict[str, int] = field(default_factory=dict)
    size: int = 0
    stored: dict[UUID, int] = field(default_factory=dict)


def take(going: Going, tables: Sequence[tuple[str, str]], *, data_class: str, run: UUID) -> Gone:
    """Deletes from each (table, column of the ids) at once: keys that lead both ways are asked at
    the statement's end.

    The last table is that of the rows themselves: each leaves its digest to the run's certificate.
    """
    parts, counts, parameters = [], [], []
    for number, (name, column) in enumerate(tables):
        where, values = going.where(column)
        stored = f"{ROW_BYTES} + {STORED[name]}" if name in STORED else "0"
        leaf = f", t.id, {ROW_DIGEST} AS digest" if number == len(tables) - 1 else ""
        parts.append(
            f"gone{number} AS (DELETE FROM {going.table(name)} t WHERE {where} "  # noqa: S608
            f"RETURNING t.environment_id, pg_column_size(t) AS size, {stored} AS stored{leaf})"
        )
        counts.append(
            f"SELECT {number}, environment_id, count(*), sum(size), sum(stored) "  # noqa: S608
            f"FROM gone{number} GROUP BY environment_id"
        )
        parameters += values
    parts.append(
        "leaves AS (INSERT INTO public.retention_disposedrow "  # noqa: S608
        "(tenant_id, data_class, row_id, run_id, digest) "
        f"SELECT %s, %s, g.id, %s, g.digest FROM gone{len(tables) - 1} g)"
    )
    parameters += [going.tenant_id, data_class, run]
    found = Gone()
    for number, environment, count, size, stored in rows(
        f"WITH {', '.join(parts)} {' UNION ALL '.join(counts)}", parameters
    ):
        name = tables[number][0]
        found.counts[name] = found.counts.get(name, 0) + int(count)
        found.size += int(size)
        if stored:
            found.stored[environment] = found.stored.get(environment, 0) + int(stored)
    return found


def lock_usage(going: Going) -> None:
    """In the order of environments; where nobody has spent yet there is none, and none is due."""
    rows(_lock(going), [going.tenant_id, list(going.environments)])


def give_back(going: Going, stored: Mapping[UUID, int]) -> None:
    """Never below nothing. Locks as `lock_usage` does, and waits as long as that."""
    rows(
        f"WITH locked AS MATERIALIZED ({_lock(going)}) "  # noqa: S608
        f"UPDATE {going.table(USAGE)} t "
        "SET storage_bytes = greatest(t.storage_bytes - b.bytes, 0) "
        "FROM locked l JOIN unnest(%s::uuid[], %s::bigint[]) AS b (environment_id, bytes) "
        "USING (environment_id) WHERE t.tenant_id = %s AND t.environment_id = l.environment_id",
        [going.tenant_id, list(going.environments),
         list(stored), list(stored.values()), going.tenant_id],
    )  # fmt: skip


def _lock(going: Going) -> str:
    return (
        f"SELECT environment_id FROM {going.table(USAGE)} WHERE tenant_id = %s "  # noqa: S608
        "AND environment_id = ANY (%s) ORDER BY environment_id FOR UPDATE"
    )


def table(schema: str, name: str) -> str:
    """Quoted and qualified: for work in more partitions than the one entered."""
    return f"{_quoted(schema)}.{_quoted(name)}"


def rows(statement: str, parameters: Sequence[Any]) -> list[Any]:
    """What the statement answers, on the connection entered."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _quoted(name: str) -> str:
    quoted: str = connections[door.current_alias()].ops.quote_name(name)
    return quoted
