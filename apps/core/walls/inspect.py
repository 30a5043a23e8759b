"""Compares the database with what the code says of walls: every schema, table, policy, grant, role.

Promises: reads catalogs and writes nothing that stays (the expected policies are written to
scratch tables behind a savepoint, because PostgreSQL rewrites expressions, and rolled back).
Whatever is in no list of the code is a finding: an unknown table is worse than a known one.
Objects of extensions are the superuser's and stand outside.
"""

from collections.abc import Callable, Hashable
from typing import Any

from apps.core.walls import (
    inspect_functions,
    inspect_grants,
    inspect_keys,
    inspect_objects,
    inspect_policies,
    inspect_roles,
    inspect_tables,
)
from apps.core.walls.inspect_catalog import Catalog, Finding

PARTS: tuple[Callable[[Catalog], None], ...] = (
    inspect_tables.inspect,
    inspect_policies.inspect,
    inspect_keys.inspect,
    inspect_functions.inspect,
    inspect_grants.inspect,
    inspect_objects.inspect,
    inspect_roles.inspect,
)


def inspect(connection: Any) -> list[Finding]:
    """Every finding, sorted. `connection`: the owner's, inside a transaction."""
    return examine(connection)[0]


def examine(connection: Any) -> tuple[list[Finding], set[Hashable]]:
    """The findings, and which exceptions were used."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT check_isolation")
        try:
            # Names print whole, whatever path the connection has.
            cursor.execute("SET LOCAL search_path = pg_catalog")
            catalog = Catalog(cursor)
            for part in PARTS:
                part(catalog)
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT check_isolation")
            cursor.execute("RELEASE SAVEPOINT check_isolation")
    return sorted(set(catalog.findings)), catalog.used
