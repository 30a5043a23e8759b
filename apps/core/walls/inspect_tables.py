"""Tables and views: known to the code, owned by the owner, under row security, with a tenant."""

from apps.core.walls.grants import ENVIRONMENT_TABLES
from apps.core.walls.inspect_catalog import KINDS, Catalog, Relation

_COLUMNS = """
SELECT attrelid::bigint, attname::text, attnotnull FROM pg_attribute
WHERE attnum > 0 AND NOT attisdropped AND attname IN ('tenant_id', 'environment_id')
"""
# A rule's action runs with the rights of the table's owner, past row security.
_RULES = """
SELECT ev_class::bigint, rulename::text FROM pg_rewrite WHERE rulename <> '_RETURN'
"""


def inspect(catalog: Catalog) -> None:
    not_null = {(oid, name): given for oid, name, given in catalog.rows(_COLUMNS)}
    for relation in catalog.relations:
        if relation.owner != catalog.roles["owner"]:
            catalog.find("owner", relation, f"is owned by {relation.owner}")
        if relation.kind in "rp":
            _table(catalog, relation, not_null)
        elif relation.kind == "v":
            _view(catalog, relation)
        elif relation.kind in "mf":
            catalog.find(
                "unknown table", relation, f"is a {KINDS[relation.kind]}: it has no row security"
            )
    by_oid = {relation.oid: relation for relation in catalog.relations}
    for oid, name in catalog.rows(_RULES):
        if oid in by_oid:
            catalog.find("rule", by_oid[oid], f"has the rule {name}, which runs as the owner")


def _table(catalog: Catalog, table: Relation, not_null: dict[tuple[int, str], bool]) -> None:
    if not catalog.is_walled(table):
        if not catalog.is_unwalled(table):
            catalog.find("unknown table", table, "is in neither list of walls.grants")
        return
    if not table.row_security:
        catalog.find("row security", table, "has no row security")
    if not table.forced:
        catalog.find("row security", table, "does not force row security on its owner")
    needed = ["tenant_id"]
    if catalog.plane(table.schema) == "partition" and table.root in ENVIRONMENT_TABLES:
        needed.append("environment_id")
    for column in needed:
        if not not_null.get((table.oid, column), False):
            catalog.find("tenant", table, f"has no {column} NOT NULL")


def _view(catalog: Catalog, view: Relation) -> None:
    # PostgreSQL keeps the spelling that was given.
    given = {option.lower() for option in view.options}
    if not given & {f"security_invoker={on}" for on in ("true", "on", "1", "yes")}:
        catalog.find("view", view, "is not security_invoker: it reads as its owner")
