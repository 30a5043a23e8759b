"""A purge with its certificate against one raw DELETE of the same rows, class by class."""

import statistics
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks.result import Budget, Result, milliseconds

if TYPE_CHECKING:
    from benchmarks.old_rows import Place

ROWS = 10_000
ROUNDS = 3
BUDGET = Budget("≥", 0.4, "x")
LONGEST = Budget("≤", 200, "ms")
CLOCKS = {
    "retired-service": "retired_at", "deployment-history": "finished_at",
    "drift-finding": "resolved_at",
}  # fmt: skip


def measure() -> list[Result]:
    """Two tenants with the same rows, filled anew each round: of one they are purged by a run, of
    the other deleted by the owner, in turns of who comes first.
    """
    purged, deleted = _place("purge-tenant"), _place("raw-tenant")
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in CLOCKS}
    with _Watch(purged.tenant) as watch:
        for number in range(ROUNDS):
            for name, taken in times.items():
                _fill(name, purged, deleted)
                ways = [lambda n=name: _purge(purged, n), lambda n=name: _delete(deleted, n)]
                for which in (0, 1) if number % 2 == 0 else (1, 0):
                    taken[which].append(milliseconds(ways[which]))
    middle = {n: [statistics.median(taken) for taken in both] for n, both in times.items()}
    value, raw = (sum(both[which] for both in middle.values()) for which in (0, 1))
    whole = f"purging {ROWS} services, deployments and findings each"
    return [
        Result(whole, value, "ms", raw, raw / value, BUDGET),
        *[Result(f"purging: {name}", mine, "ms", base, base / mine)
          for name, (mine, base) in middle.items()],
        Result("purging: rows a second", len(CLOCKS) * ROWS / value * 1000, "rows/s"),
        Result("purging: the longest that a retention lock was held", watch.longest, "ms",
               budget=LONGEST),
    ]  # fmt: skip


def _place(slug: str) -> "Place":
    from benchmarks.filling import make_tenant
    from benchmarks.old_rows import Place

    filled = make_tenant(slug, 10)
    return Place(filled.schema, filled.slug, filled.environments[0])


def _fill(data_class: str, *places: "Place") -> None:
    from benchmarks.old_rows import fill, settle

    for place in places:
        fill(place, {data_class: ROWS})
        settle(place)


def _purge(place: "Place", data_class: str) -> None:
    from apps.core import door
    from apps.retention.runs import Wanted, run_retention
    from benchmarks.filling import OPERATOR

    with door.using("steward"):
        ran = run_retention(Wanted(place.tenant, data_class), actor=OPERATOR)
    # Of deployments the newest stays: what replaced it came only now.
    if ran.entries[0].purged < ROWS - 1:
        raise RuntimeError(f"{ran.entries[0].purged} of {ROWS} rows went")


def _delete(place: "Place", data_class: str) -> None:
    """With what goes with them, in one statement: as owner, whom no decision stops."""
    from django.db import connections, transaction

    from apps.core.walls.classes import followers, governed

    table = governed()[data_class][0]
    gone = "".join(
        f", gone{n} AS (DELETE FROM {place.table(name)} f USING old WHERE f.tenant_id = %(tenant)s "
        f"AND f.environment_id = %(environment)s AND f.{column} = old.id)"
        for n, (name, column) in enumerate(followers(table))
    )
    statement = (
        f"WITH old AS MATERIALIZED (SELECT id FROM {place.table(table)} WHERE "
        f"tenant_id = %(tenant)s AND {CLOCKS[data_class]} < now() - interval '366 days'){gone} "
        f"DELETE FROM {place.table(table)} t USING old WHERE t.id = old.id"
    )
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(statement, {"tenant": place.tenant, "environment": place.environment})
        if cursor.rowcount != ROWS:
            raise RuntimeError(f"{cursor.rowcount} of {ROWS} rows went")


class _Watch:
    """Looks every few milliseconds which transactions hold the retention lock of whom is purged."""

    _EVERY = 0.002
    _HOLDING = (
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND (classid::bigint << 32 | objid::bigint) = app.retention_lock(%s)"
    )

    def __init__(self, tenant: str) -> None:
        self.longest = 0.0  # milliseconds
        self._tenant = tenant
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        from django.db import connections

        since: dict[str, float] = {}
        try:
            with connections["owner"].cursor() as cursor:
                while not self._over.wait(self._EVERY):
                    asked = time.perf_counter()
                    cursor.execute(self._HOLDING, [self._tenant])
                    since = {one: since.get(one, asked) for (one,) in cursor.fetchall()}
                    held = (asked - begun for begun in since.values())
                    self.longest = max(self.longest, 1000 * max(held, default=0))
        finally:
            connections["owner"].close()


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
