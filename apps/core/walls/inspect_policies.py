"""Policies: those of the code and no others, compared as PostgreSQL stores them.

The expected ones are written to a scratch table with the same columns, once for each table name
and not for each partition: what differs between partitions is one literal, their name.
"""

from dataclasses import dataclass

from apps.core.walls import policies
from apps.core.walls.inspect_catalog import Catalog, Relation

_SCRATCH = "check_isolation_scratch"
_PLACEHOLDER = "__partition__"  # no slug can be so

_POLICIES = """
SELECT p.polrelid::bigint, p.polname::text, p.polcmd::text, p.polpermissive,
       coalesce((SELECT array_agg(r.rolname::text ORDER BY r.rolname) FROM pg_roles r
                 WHERE r.oid = ANY (p.polroles)), '{PUBLIC}'),
       coalesce(pg_get_expr(p.polqual, p.polrelid), ''),
       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p
"""


@dataclass(frozen=True)
class Stored:
    """A policy as the catalog has it."""

    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str
    check: str

    def of(self, schema: str) -> "Stored":
        """The same for a partition of that name."""
        before, after = f"'{_PLACEHOLDER}'", f"'{schema}'"
        return Stored(
            self.name, self.command, self.permissive, self.roles,
            self.using.replace(before, after), self.check.replace(before, after),
        )  # fmt: skip


def inspect(catalog: Catalog) -> None:
    found = _read(catalog)
    walled = [table for table in catalog.tables() if catalog.is_walled(table)]
    catalog.cursor.execute("SAVEPOINT scratch")
    try:
        expected = _expected(catalog, walled)
    finally:
        catalog.cursor.execute("ROLLBACK TO SAVEPOINT scratch")
    owner = policies.owner_policy().name
    for table in walled:
        wanted = expected.get((table.schema == "public", table.root))
        if wanted is not None:
            here = {
                name: policy.of(table.schema)
                for name, policy in wanted.items()
                # A part has the owner's alone: see walls.days.
                if name == owner or not table.is_part
            }
            _compare(catalog, table, here, found.get(table.oid, {}))


def _read(catalog: Catalog) -> dict[int, dict[str, Stored]]:
    found: dict[int, dict[str, Stored]] = {}
    for oid, name, command, permissive, roles, using, check in catalog.rows(_POLICIES):
        stored = Stored(name, command, permissive, tuple(roles), using, check)
        found.setdefault(oid, {})[name] = stored
    return found


def _expected(
    catalog: Catalog, walled: list[Relation]
) -> dict[tuple[bool, str], dict[str, Stored]]:
    """{(in the control plane, table): {name: policy}}, with PLACEHOLDER for the partition."""
    models: dict[tuple[bool, str], Relation] = {}
    for table in walled:
        models.setdefault((table.schema == "public", table.root), table)
    catalog.cursor.execute(f'CREATE SCHEMA "{_SCRATCH}"')
    names: dict[tuple[bool, str], str] = {}
    for number, (key, model) in enumerate(models.items()):
        names[key] = f"t{number}"
        if not _write(catalog, names[key], model):
            del names[key]
    sql = "SELECT relname::text, oid::bigint FROM pg_class WHERE relnamespace = %s::regnamespace"
    oids = dict(catalog.rows(sql, [_SCRATCH]))
    found = _read(catalog)
    return {key: found.get(oids[name], {}) for key, name in names.items()}


def _write(catalog: Catalog, name: str, model: Relation) -> bool:
    """False, with a finding, where a table lacks the columns that its policies ask for."""
    schema = "public" if model.schema == "public" else _PLACEHOLDER
    target = f'"{_SCRATCH}"."{name}"'
    wanted = policies.table_policies(schema, model.root, policies.current_form()) or []
    statements = [policy.sql(target) for policy in wanted]
    catalog.cursor.execute(f'CREATE TABLE {target} (LIKE "{model.schema}"."{model.name}")')
    catalog.cursor.execute("SAVEPOINT policies_of_one_table")
    try:
        for statement in statements:
            catalog.cursor.execute(statement)
    except Exception as error:  # psycopg's or Django's, as the connection is
        catalog.cursor.execute("ROLLBACK TO SAVEPOINT policies_of_one_table")
        catalog.find("policy", model, f"cannot carry its policies: {str(error).splitlines()[0]}")
        return False
    return True


def _compare(
    catalog: Catalog, table: Relation, wanted: dict[str, Stored], found: dict[str, Stored]
) -> None:
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            catalog.find("policy", table, f"lacks the policy {name}")
        elif name not in wanted:
            catalog.find("policy", table, f"has the policy {name}, which the code does not know")
        elif wanted[name] != found[name]:
            parts = ("command", "permissive", "roles", "using", "check")
            changed = [p for p in parts if getattr(wanted[name], p) != getattr(found[name], p)]
            catalog.find("policy", table, f"has another {', '.join(changed)} in policy {name}")
