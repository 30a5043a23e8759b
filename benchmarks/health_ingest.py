"""Recording a thousand health results against the same multi-row INSERT as raw SQL."""

import itertools
import json
import statistics
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.result import Budget, Result, milliseconds

if TYPE_CHECKING:
    from uuid import UUID

    from benchmarks.filling import Filled

BATCH = 1000
PROBES = 5
# A result of each probe every 30 seconds: what stands in the quarter of an hour that decides.
BEFORE = 30
ROUNDS = 40
BUDGET = Budget("≥", 0.5, "x")
Row = tuple[Any, ...]

_COLUMNS = (
    "id, tenant_id, environment_id, service_id, status, probe, latency_ms, detail, checked_at"
)


def measure() -> list[Result]:
    """Both by the same door, under the same policies, guard and indexes.

    COPY is refused under forced row security, the owner's too: it fills a copy of a day's part.
    """
    from benchmarks.calling import Caller
    from benchmarks.filling import make_tenant

    filled = make_tenant("health-tenant", BATCH)
    _make_copy(filled)
    batches = _batches(filled)
    for _ in range(BEFORE):
        _record(filled, next(batches))
    caller = Caller(filled)

    def _post(filled: "Filled", rows: bytes) -> None:
        caller.post(f"health-results?environmentId={filled.environments[0]}", rows, 200)

    times: dict[Callable[..., None], list[float]] = {
        _record: [], _insert: [], _copy: [], _post: [],
    }  # fmt: skip
    ways = itertools.cycle(itertools.permutations(times))
    for _ in range(ROUNDS):
        for way in next(ways):
            rows: Any = next(batches)
            if way is _post:
                rows = _body(rows)
            times[way].append(milliseconds(lambda way=way, rows=rows: way(filled, rows)))  # type: ignore[misc]
    value, raw, copied, asked = (statistics.median(taken) for taken in times.values())
    return [
        Result(f"recording {BATCH} health results", value, "ms", raw, raw / value, BUDGET),
        Result(
            "recording: against COPY, as owner and without row security",
            value,
            "ms",
            copied,
            copied / value,
        ),
        Result(
            f"recording {BATCH} health results by the API", asked, "ms", raw, raw / asked, BUDGET
        ),
        Result("recording: results a second", BATCH / value * 1000, "results/s"),
    ]


def _batches(filled: "Filled") -> "itertools.chain[list[Row]]":
    """Ever newer results of the services of one environment, and no two the same."""
    from django.db import connections
    from django.utils import timezone

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{filled.schema}".services_runtimeservice '
            "WHERE environment_id = %s AND status <> 'Retired' ORDER BY id LIMIT %s",
            [filled.environments[0], BATCH // PROBES],
        )
        services = [row[0] for row in cursor.fetchall()]
    # Too few services that are not Retired: then more probes of each.
    probes = -(-BATCH // len(services))
    begun = timezone.now() - timedelta(minutes=14)
    return itertools.chain.from_iterable(
        [[_batch(filled, services, probes, begun + timedelta(seconds=n))]
         for n in range(BEFORE + 4 * ROUNDS)]
    )  # fmt: skip


def _batch(filled: "Filled", services: "list[UUID]", probes: int, at: datetime) -> list[Row]:
    from apps.core.ids import uuid7

    pairs = itertools.product(services, range(probes))
    return [
        (uuid7(), filled.slug, filled.environments[0], service, "Healthy", f"probe-{probe}",
         12, "200 OK", at)
        for service, probe in itertools.islice(pairs, BATCH)
    ]  # fmt: skip


def _body(rows: list[Row]) -> bytes:
    """The request that says the same."""
    told = [
        {
            "serviceId": str(row[3]), "status": row[4], "probe": row[5], "latencyMs": row[6],
            "detail": row[7], "checkedAt": row[8].isoformat(),
        }
        for row in rows
    ]  # fmt: skip
    return json.dumps(told).encode()


def _door(filled: "Filled") -> Any:
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import OPERATOR

    return enter_tenant(
        filled.slug, actor=OPERATOR, environment_id=filled.environments[0], writing=True
    )


def _record(filled: "Filled", rows: list[Row]) -> None:
    from apps.health_results import results
    from apps.health_results.operations import record_results

    with _door(filled):
        record_results(
            results.Result(
                status=row[4], probe=row[5], checked_at=row[8], service_id=row[3],
                latency_ms=row[6], detail=row[7],
            )
            for row in rows
        )  # fmt: skip


def _insert(filled: "Filled", rows: list[Row]) -> None:
    from django.db import connections

    with _door(filled), connections["default"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO health_results_healthcheckresult ({_COLUMNS}) VALUES "
            + ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows)),
            [value for row in rows for value in row],
        )


def _make_copy(filled: "Filled") -> None:
    """The same columns, keys, indexes and guard, without row security."""
    from django.db import connections

    table = f'"{filled.schema}".health_results_healthcheckresult'
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE public.bench_copy (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            "CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON public.bench_copy FOR EACH ROW "
            f'EXECUTE FUNCTION "{filled.schema}".health_results_healthcheckresult_guard()'
        )


def _copy(filled: "Filled", rows: list[Row]) -> None:
    from django.db import connections, transaction

    statement = f"COPY public.bench_copy ({_COLUMNS}) FROM STDIN"
    with (
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
