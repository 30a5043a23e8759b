"""What the audit's chain costs: commits a second of eight writers of a tenant, with and without."""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from benchmarks.result import Result

if TYPE_CHECKING:
    from apps.core.models import AuditEntry
    from benchmarks.filling import Filled

Write = Callable[[Any, Iterable["AuditEntry"]], None]

WRITERS = 8
COMMITS = 50  # of each writer in a round
ROUNDS = 6
PLAIN = "audit_without_chain"


def measure() -> list[Result]:
    """Each commit enters the tenant to write and records one entry, on a connection of its own."""
    from apps.core.chain_writing import write_entries
    from benchmarks.filling import make_tenant

    filled = make_tenant("audit-tenant", 10)
    _make_plain_table(filled.schema)
    ways: list[Callable[[], float]] = [
        lambda: _round(filled, write_entries, WRITERS),
        lambda: _round(filled, _write_plainly, WRITERS),
        lambda: _round(filled, _write_plainly, 1),
    ]
    rates: list[list[float]] = [[] for _ in ways]
    for number in range(ROUNDS):
        for which in range(len(ways)) if number % 2 == 0 else reversed(range(len(ways))):
            rates[which].append(ways[which]())
    # A neighbour's load only ever takes away: the best round says what the code can do.
    chained, plain, alone = (max(of_one) for of_one in rates)
    return [
        Result("audited commits of 8 writers", chained, "1/s", plain, chained / plain),
        Result("the same, to 1 writer without a chain", chained, "1/s", alone, chained / alone),
    ]


def _round(filled: "Filled", write: Write, writers: int) -> float:
    """Commits a second, all writers together."""
    from apps.tenant_bindings import context

    door: Any = context
    usual, door.write_entries = door.write_entries, write
    ready = threading.Barrier(writers + 1)
    threads = [threading.Thread(target=_work, args=(filled, ready)) for _ in range(writers)]
    try:
        for thread in threads:
            thread.start()
        ready.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        return writers * COMMITS / (time.perf_counter() - begun)
    finally:
        door.write_entries = usual


def _work(filled: "Filled", ready: threading.Barrier) -> None:
    from django.db import connections

    from apps.core import audit
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import OPERATOR

    environment = filled.environments[0]
    try:
        ready.wait()
        for number in range(COMMITS):
            with enter_tenant(
                filled.slug, actor=OPERATOR, environment_id=environment, writing=True
            ):
                audit.record(
                    "service.changed", object_type="service", object_id=str(number),
                    environment_id=environment, before={"replicas": 1}, after={"replicas": 2},
                    reason="benchmark",
                )  # fmt: skip
    finally:
        connections.close_all()


def _make_plain_table(schema: str) -> None:
    """The same row with its values in it, under the same policies; no head, no number, no hash."""
    from django.db import connections

    from apps.core.walls import policies

    target = f'"{schema}".{PLAIN}'
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {target} (id uuid PRIMARY KEY, tenant_id text NOT NULL, "
            "at timestamptz NOT NULL DEFAULT now(), actor_kind text, actor_id uuid, "
            "request_id text, action text, object_type text, object_id text, environment_id uuid, "
            "told jsonb)"
        )
        cursor.execute(f"CREATE INDEX ON {target} (tenant_id, object_id, id)")
        cursor.execute(f"CREATE INDEX ON {target} (tenant_id, at, id)")
        cursor.execute(f"ALTER TABLE {target} ENABLE ROW LEVEL SECURITY")
        cursor.execute(f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY")
        for policy in policies.partition_policies(schema):
            cursor.execute(policy.sql(target))
        cursor.execute(f'GRANT SELECT, INSERT ON {target} TO "{policies.roles()["runtime"]}"')


def _write_plainly(connection: Any, entries: Iterable["AuditEntry"]) -> None:
    import json

    with connection.cursor() as cursor:
        for entry in entries:
            cursor.execute(
                f"INSERT INTO {connection.ops.quote_name(entry.chain)}.{PLAIN} (id, tenant_id, "
                "actor_kind, actor_id, request_id, action, object_type, object_id, "
                "environment_id, told) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    entry.id, entry.tenant_id, entry.actor_kind, entry.actor_id, entry.request_id,
                    entry.action, entry.object_type, entry.object_id, entry.environment_id,
                    json.dumps(entry.told),
                ],
            )  # fmt: skip


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
