"""Functions: definers on the short list, bodies as the code has them, guards in place."""

import functools
import re
from collections.abc import Iterator

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from apps.core.walls.functions import DEFINERS, FUNCTIONS
from apps.core.walls.guards import Guard
from apps.core.walls.inspect_catalog import Catalog, Relation
from apps.core.walls.operations import Guarded

_FUNCTIONS = """
SELECT n.nspname::text, p.proname::text,
       format('%s.%s(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
       pg_get_userbyid(p.proowner)::text, p.prosecdef, p.prosrc,
       coalesce(p.proconfig, '{}')::text[], p.oid::bigint
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
"""
# A trigger as it must be: always, whatever the columns.
_TRIGGERS = """
SELECT tgrelid::bigint, tgname::text, tgfoid::bigint,
       CASE WHEN tgqual IS NULL AND tgenabled IN ('O', 'A') AND tgattr::text = ''
            THEN tgtype::int ELSE 0 END
FROM pg_trigger WHERE tgname IN ('guard', 'afterwards') AND NOT tgisinternal
"""
# BEFORE INSERT OR UPDATE of each row, the same OR DELETE, and AFTER INSERT once a statement, as
# bits of tgtype.
_TYPES = {"INSERT OR UPDATE": 23, "INSERT OR UPDATE OR DELETE": 31, "afterwards": 4}
_PINNED = ["search_path=pg_catalog, pg_temp"]
_BODY = re.compile(r"FUNCTION\s+(\S+?)\(.*?\bAS\s*(\$\w*\$)(.*?)\2", re.DOTALL)


def inspect(catalog: Catalog) -> None:
    doors = dict(_expected_bodies(catalog))
    bodies: dict[int, str] = {}
    seen: set[str] = set()
    for schema, name, signature, owner, definer, body, config, oid in catalog.rows(_FUNCTIONS):
        bodies[oid] = body
        seen.add(f"{schema}.{name}")
        if owner != catalog.roles["owner"]:
            catalog.find("owner", signature, f"is owned by {owner}")
        if definer and signature not in DEFINERS:
            catalog.find("definer", signature, "is SECURITY DEFINER and not on the short list")
        elif definer and config != _PINNED:
            catalog.find("definer", signature, "does not pin its search_path")
        elif signature in DEFINERS and not definer:
            catalog.find("definer", signature, "is not SECURITY DEFINER any more")
        elif not definer and schema == "app" and config:
            catalog.find("function", signature, f"is made with {', '.join(config)}")
        if schema == "app" and doors.get(f"{schema}.{name}") != body:
            catalog.find("function", signature, "is not what the code says")
    for missing in sorted(doors.keys() - seen):
        catalog.find("function", missing, "is missing")
    _guards(catalog, bodies)


def _expected_bodies(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for template in FUNCTIONS:
        sql = template.format(owner=catalog.roles["owner"], citus=str(settings.CITUS).lower())
        yield _parse(sql)


def _parse(sql: str) -> tuple[str, str]:
    found = _BODY.search(sql)
    if found is None:
        raise ValueError(f"no name and body in {sql[:60]!r}")
    return found[1], found[3]


@functools.cache
def guards() -> dict[str, Guard]:
    """{table: guard} as the migrations say, the last word for each."""
    loader = MigrationLoader(None)
    found: dict[str, Guard] = {}
    for key in sorted(loader.disk_migrations):
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, Guarded):
                found[operation.table] = operation.guard
    return found


Trigger = tuple[int, str]


def _guards(catalog: Catalog, bodies: dict[int, str]) -> None:
    expected = guards()
    standing = {(oid, name): (function, kind) for oid, name, function, kind in
                catalog.rows(_TRIGGERS)}  # fmt: skip
    for table in catalog.tables():
        guard = expected.get(table.root)
        if guard and catalog.plane(table.schema):
            made = guard.sql(table.schema, table.root)
            for name, kind, function in _triggers(guard, made):
                found = standing.get((table.oid, name))
                _guard(catalog, table, name, (kind, _parse(function)[1]), found, bodies)


def _triggers(guard: Guard, made: list[str]) -> Iterator[tuple[str, int, str]]:
    """(name, type, CREATE FUNCTION) of each trigger that the guard makes."""
    yield "guard", _TYPES[guard.events], made[0]
    if guard.afterwards:
        yield "afterwards", _TYPES["afterwards"], made[3]


def _guard(
    catalog: Catalog, table: Relation, name: str, wanted: Trigger,
    standing: tuple[int, int] | None, bodies: dict[int, str],
) -> None:  # fmt: skip
    if standing is None:
        catalog.find("guard", table, f"has no {name} trigger")
        return
    function, kind = standing
    if kind != wanted[0]:
        catalog.find("guard", table, f"has a {name} trigger that is disabled or altered")
    if bodies.get(function) != wanted[1]:
        catalog.find("guard", table, f"has a {name} that is not what the code says")
