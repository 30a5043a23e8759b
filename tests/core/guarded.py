"""What the migrations say the triggers hold, so that the tests forget no column."""

import importlib
from collections.abc import Iterator

from apps.core.walls.grants import CONTROL_TABLES, ENVIRONMENT_TABLES, PARTITION_TABLES, UNWALLED
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded

_MIGRATIONS = (
    "core", "tenants", "people", "environments", "tenant_bindings", "configurations",
    "deployments", "services", "scaling_policies", "retention",
)  # fmt: skip


def guards() -> dict[str, Guard]:
    """{table: its guard}."""
    found = {}
    for app in _MIGRATIONS:
        module = importlib.import_module(f"apps.{app}.migrations.0001_initial")
        for operation in module.Migration.operations:
            if isinstance(operation, Guarded):
                found[operation.table] = operation.guard
    return found


GUARDS = guards()


def places(table: str) -> list[str]:
    """The schemas to try a table in: one partition of several tenants, or the control plane."""
    found = ["shared"] if table in ENVIRONMENT_TABLES or table in PARTITION_TABLES else []
    return found + (["public"] if table in CONTROL_TABLES or table in UNWALLED else [])


def columns(*kinds: str) -> list[tuple[str, str, str]]:
    """(schema, table, column) of every column that the guards hold in one of these ways."""
    return [
        (schema, table, column)
        for table, guard in sorted(GUARDS.items())
        for kind in kinds
        for column in getattr(guard, kind)
        for schema in places(table)
    ]


def grants(table: str) -> Iterator[str]:
    """Columns of the table that the runtime login may update."""
    for of in (ENVIRONMENT_TABLES, CONTROL_TABLES):
        if table in of:
            yield from of[table].update
    if table in UNWALLED:
        yield from UNWALLED[table].runtime.update
