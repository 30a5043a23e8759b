"""Making a data partition against django-tenants' own way of making a schema."""

import statistics
import sys

from benchmarks.result import Budget, Result, milliseconds

ROUNDS = 7
BUDGET = Budget("≥", 20, "x")


def measure() -> list[Result]:
    """The same tables, walls and grants: `make_partition`, and `DataPartition.create_schema`."""
    from apps.core import door
    from apps.tenant_bindings.context import enter_platform
    from apps.tenants import partitions
    from apps.tenants.models import DataPartition
    from apps.tenants.operations import onboard_tenant, register_partition
    from benchmarks.filling import OPERATOR

    def register(slug: str) -> DataPartition:
        with enter_platform(actor=OPERATOR):
            onboard_tenant(slug=slug, name=slug)
            return register_partition(tenant_id=slug, schema=f"pool_{slug}")

    ours: list[float] = []
    scripted: list[float] = []
    theirs: list[float] = []
    with door.using(partitions.OWNER):
        # `upgrade` has made `shared` already: forget what this process learned there.
        partitions.script.cache_clear()
        partitions._loader.cache_clear()
        schema = register("cold").schema_name
        cold = milliseconds(lambda: partitions.make_partition(schema))
        for number in range(ROUNDS):
            partitions.keep_spares(1)  # as the worker does every minute; not in the time taken
            schema = register(f"ours-{number}").schema_name
            ours.append(milliseconds(lambda name=schema: partitions.make_partition(name)))  # type: ignore[misc]
            schema = register(f"script-{number}").schema_name
            scripted.append(milliseconds(lambda name=schema: partitions.make_partition(name)))  # type: ignore[misc]
            partition = register(f"theirs-{number}")
            theirs.append(
                milliseconds(lambda one=partition: one.create_schema(True, verbosity=0))  # type: ignore[misc]
            )
        _refuse_difference("pool_ours-0", "pool_theirs-0")
    value, baseline = statistics.median(ours), statistics.median(theirs)
    none_ready = statistics.median(scripted)
    return [
        Result("making a partition", value, "ms", baseline, baseline / value, BUDGET),
        Result(
            "making a partition: no spare ready", none_ready, "ms", baseline, baseline / none_ready
        ),
        Result("making a partition: first of a process", cold, "ms", baseline, baseline / cold),
    ]


def _refuse_difference(ours: str, theirs: str) -> None:
    """Two schemas that do not hold the same are not compared."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        found = []
        for schema in (ours, theirs):
            cursor.execute(
                """SELECT (SELECT array_agg(relname ORDER BY relname) FROM pg_class
                           WHERE relnamespace = n.oid AND relkind IN ('r', 'p', 'i', 'I')
                             AND NOT relispartition),
                          (SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                           WHERE c.relnamespace = n.oid AND NOT c.relispartition)
                   FROM pg_namespace n WHERE nspname = %s""",
                [schema],
            )
            found.append(cursor.fetchone())
    if found[0] is None or found[0] != found[1]:
        raise RuntimeError(f"{ours} and {theirs} differ, so their times say nothing")


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
