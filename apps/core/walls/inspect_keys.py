"""Keys: constraints are checked without row security, so each must start with the tenant.

A unique key without it tells a tenant that another's row exists; so does a foreign key, and one
that cascades writes another's rows.
"""

from apps.core.walls.inspect_catalog import Catalog, Relation
from apps.core.walls.inspect_exceptions import FOREIGN_KEYS, UNIQUE_KEYS

# Key columns only, in order; '' stands for an expression.
_UNIQUE = """
SELECT i.indrelid::bigint, c.relname::text, i.indisprimary,
       array(SELECT coalesce(a.attname::text, '') FROM generate_series(0, i.indnkeyatts - 1) k
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]
             ORDER BY k)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique OR i.indisexclusion
"""
_FOREIGN = """
SELECT k.conrelid::bigint, k.confrelid::bigint, k.conname::text, k.confdeltype::text,
       k.confupdtype::text,
       array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
       array(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
FROM pg_constraint k WHERE k.contype = 'f'
"""
_PARTITION_KEYS = """
SELECT p.partrelid::bigint, a.attname::text FROM pg_partitioned_table p
JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::int2[])
"""


def inspect(catalog: Catalog) -> None:
    by_oid = {relation.oid: relation for relation in catalog.tables()}
    split_by: dict[tuple[str, str], set[str]] = {}
    for oid, column in catalog.rows(_PARTITION_KEYS):
        if oid in by_oid:
            split_by.setdefault((by_oid[oid].schema, by_oid[oid].root), set()).add(column)
    for oid, name, primary, columns in catalog.rows(_UNIQUE):
        table = by_oid.get(oid)
        if table and catalog.is_walled(table):
            more = split_by.get((table.schema, table.root), set())
            _unique(catalog, table, name, primary, tuple(columns), more)
    for oid, target, name, on_delete, on_update, columns, keys in catalog.rows(_FOREIGN):
        table, other = by_oid.get(oid), by_oid.get(target)
        if table and other and (catalog.is_walled(table) or catalog.is_walled(other)):
            _foreign(catalog, table, other, name, tuple(columns), tuple(keys))
            if on_delete not in "ar" or on_update not in "ar":
                catalog.find("foreign key", table, f"{name} cascades: past row security")


def _unique(
    catalog: Catalog, table: Relation, name: str, primary: bool, columns: tuple[str, ...],
    split_by: set[str],
) -> None:  # fmt: skip
    if columns[0] == "tenant_id":
        return
    # The id itself aside; a partitioned table adds what it is split by.
    if primary and columns[0] == "id" and set(columns[1:]) <= split_by:
        return
    if not catalog.excepted(UNIQUE_KEYS, (table.root, columns)):
        shown = ", ".join(column or "an expression" for column in columns)
        catalog.find("unique key", table, f"{name} ({shown}) does not start with the tenant")


def _foreign(
    catalog: Catalog, table: Relation, target: Relation, name: str,
    columns: tuple[str, ...], keys: tuple[str, ...],
) -> None:  # fmt: skip
    if columns[0] == keys[0] == "tenant_id" and table.schema == target.schema:
        return
    if not catalog.excepted(FOREIGN_KEYS, (table.root, columns)):
        catalog.find(
            "foreign key", table, f"{name} to {target} does not pair the tenant with the tenant"
        )
