"""Purging ten million health results that are due, by dropping their day."""

import os
import statistics
import sys
import threading
import time
from datetime import date, timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from benchmarks.result import Budget, Result, milliseconds

if TYPE_CHECKING:
    from benchmarks.filling import Filled

ROWS = 10_000_000
SERVICES = 200
BUDGET = Budget("≤", 1, "s")
LOCKED = Budget("≤", 200, "ms")


def measure() -> list[Result]:
    """A whole run of that class: proof, counts, records, quota, drop, certificates.

    Against one bare count of the same rows.
    """
    from apps.core import door
    from apps.retention.runs import Wanted, run_retention
    from benchmarks.filling import OPERATOR, make_tenant

    filled = make_tenant("days-tenant", SERVICES)
    part = _fill(filled)
    counted = statistics.median(milliseconds(lambda: _count(part)) for _ in range(3)) / 1000
    with _Writer(filled) as writer, door.using("steward"):
        begun = time.perf_counter()
        ran = run_retention(Wanted(data_class="health-result"), actor=OPERATOR)
        taken = time.perf_counter() - begun
    (gone,) = [entry for entry in ran.entries if entry.tenant_id == filled.slug]
    if (gone.due, gone.purged, gone.failed) != (ROWS, ROWS, ""):
        raise RuntimeError(f"{gone.purged} of {gone.due} have gone: {gone.failed}")
    return [
        Result(
            f"purging {ROWS:,} health results, by their day",
            taken,
            "s",
            counted,
            taken / counted,
            BUDGET,
        ),
        Result("purging a day: a writer's longest wait", max(writer.waits), "ms", budget=LOCKED),
    ]


def _fill(filled: "Filled") -> str:
    """One day of long ago, of five environments: made beside the table, so that no trigger asks.

    Vacuumed and on the disk, as thirty days leave it.
    """
    from django.db import connections

    from apps.core.walls.days import day_statements, part_of
    from apps.health_results.tables import TABLE

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        day: date = cursor.fetchone()[0] - timedelta(days=40)
        table = f'"{filled.schema}".{TABLE}'
        part = f'"{filled.schema}".{part_of(TABLE, day)}'
        cursor.execute(
            f"CREATE TABLE {part} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        cursor.execute(
            f"""
            INSERT INTO {part} (id, tenant_id, environment_id, service_id, status, probe,
              latency_ms, detail, checked_at)
            SELECT gen_random_uuid(), %(tenant)s, s.environment_id, s.id, 'Healthy', 'http', 12,
              '200 OK', %(day)s::timestamp AT TIME ZONE 'UTC' + n * interval '1 day' / %(rows)s
            FROM generate_series(0, %(rows)s - 1) n
            JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, environment_id
                  FROM "{filled.schema}".services_runtimeservice) s ON s.place = n %% {SERVICES}
            """,
            {"tenant": filled.slug, "day": day, "rows": ROWS},
        )
        for statement in day_statements(filled.schema, TABLE, day)[1:]:
            cursor.execute(statement)
        cursor.execute(f"VACUUM (ANALYZE) {part}")
    os.sync()
    return part


def _count(part: str) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {part}")
        cursor.fetchone()


class _Writer:
    """Records a result of now, again and again, and notes how long each took."""

    def __init__(self, filled: "Filled") -> None:
        self.filled, self.waits = filled, [0.0]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "_Writer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        from django.db import connections

        try:
            while not self._over.wait(0.005):
                self.waits.append(milliseconds(self._record))
        finally:
            connections.close_all()

    def _record(self) -> None:
        from django.utils import timezone

        from apps.health_results.operations import record_results
        from apps.health_results.results import Result as HealthResult
        from apps.tenant_bindings.context import enter_tenant
        from benchmarks.filling import OPERATOR

        with enter_tenant(
            self.filled.slug, actor=OPERATOR, environment_id=self.filled.environments[0],
            writing=True,
        ):  # fmt: skip
            record_results([HealthResult(
                status="Healthy", probe="http", checked_at=timezone.now(), module_id="first",
                latency_ms=12, detail="",
            )])  # fmt: skip


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
