"""Grants on tables, columns and sequences: what walls.grants says, and nothing for anybody else.

A part of a partitioned table has no grant at all: addressed by its name it would show what its
parent hides.
"""

from apps.core.walls.grants import SEQUENCES, Grant, expected
from apps.core.walls.inspect_catalog import Catalog, Relation

Privilege = tuple[str, str, str]  # role, verb, column or ''

_GRANTS = """
SELECT c.oid::bigint, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END,
       a.privilege_type, '', a.is_grantable
FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
UNION ALL
SELECT c.oid::bigint, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END,
       a.privilege_type, t.attname::text, a.is_grantable
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped,
     aclexplode(t.attacl) a WHERE a.grantee <> c.relowner
"""


def inspect(catalog: Catalog) -> None:
    found: dict[int, set[Privilege]] = {}
    for oid, role, verb, column, grantable in catalog.rows(_GRANTS):
        shown = f"{verb} WITH GRANT OPTION" if grantable else verb
        found.setdefault(oid, set()).add((role, shown, column))
    for relation in catalog.relations:
        wanted = _wanted(catalog, relation)
        here = found.get(relation.oid, set())
        for privilege in here - wanted:
            catalog.find("grant", relation, f"gives {_show(privilege)}, one too many")
        for privilege in wanted - here:
            catalog.find("grant", relation, f"does not give {_show(privilege)}")


def _wanted(catalog: Catalog, relation: Relation) -> set[Privilege]:
    if relation.kind == "S":
        if relation.schema == "public" and relation.name in SEQUENCES:
            return {(catalog.roles["runtime"], "USAGE", "")}
        return set()
    if relation.kind not in "rp" or relation.is_part or not catalog.plane(relation.schema):
        return set()
    return {
        (catalog.roles[role], verb, column)
        for role, grant in expected(relation.schema, relation.name).items()
        for verb, column in _spell(grant)
    }


def _spell(grant: Grant) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    if grant.select is True:
        found.add(("SELECT", ""))
    elif grant.select:
        found |= {("SELECT", column) for column in grant.select}
    if grant.insert:
        found.add(("INSERT", ""))
    found |= {("UPDATE", "" if column == "*" else column) for column in grant.update}
    if grant.delete:
        found.add(("DELETE", ""))
    return found


def _show(privilege: Privilege) -> str:
    role, verb, column = privilege
    return f"{role} {verb}" + (f" ({column})" if column else "")
