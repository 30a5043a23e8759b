"""Grants on what is no table: schemas, functions, the database, and what comes by default."""

from apps.core.walls.functions import RUNTIME_FUNCTIONS
from apps.core.walls.inspect_catalog import Catalog
from apps.core.walls.inspect_exceptions import PUBLIC_FUNCTIONS, PUBLIC_USAGE

_ROLE = "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END"

_SCHEMAS = f"""
SELECT n.nspname::text, pg_get_userbyid(n.nspowner)::text, {_ROLE}, a.privilege_type
FROM pg_namespace n LEFT JOIN LATERAL aclexplode(n.nspacl) a ON a.grantee <> n.nspowner
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
_FUNCTIONS = f"""
SELECT format('%s.%s(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)), {_ROLE}
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
     aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.grantee <> p.proowner
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
"""
_DATABASE = f"""
SELECT {_ROLE}, a.privilege_type
FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE d.datname = current_database() AND a.grantee <> d.datdba
"""
_DEFAULTS = f"""
SELECT pg_get_userbyid(d.defaclrole)::text, coalesce(n.nspname::text, 'every schema'), {_ROLE},
       a.privilege_type
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,
     aclexplode(d.defaclacl) a
WHERE a.grantee <> d.defaclrole
"""


def inspect(catalog: Catalog) -> None:
    _schemas(catalog)
    _functions(catalog)
    logins = {"PUBLIC", catalog.roles["runtime"], catalog.roles["steward"]}
    for role, verb in catalog.rows(_DATABASE):
        if role in logins and verb != "CONNECT":
            # A temporary table is found before the partition's own.
            catalog.find("database grant", "database", f"gives {role} {verb}")
    for maker, schema, role, verb in catalog.rows(_DEFAULTS):
        catalog.find(
            "default privileges", schema, f"what {maker} makes there gives {role} {verb} at once"
        )


def _schemas(catalog: Catalog) -> None:
    known = catalog.partitions | {"public", "app"}
    logins = {catalog.roles["runtime"], catalog.roles["steward"]}
    given: dict[str, set[tuple[str, str]]] = {}
    for schema, owner, role, verb in catalog.rows(_SCHEMAS):
        here = given.setdefault(schema, set())
        if role is not None:
            here.add((role, verb))
        # `public` belongs to whoever the server's version says.
        if owner != catalog.roles["owner"] and (schema != "public" or owner in logins):
            catalog.find("owner", f"schema {schema}", f"is owned by {owner}")
        if schema not in known:
            catalog.find("unknown schema", f"schema {schema}", "is neither ours nor a partition")
    for schema, here in given.items():
        wanted = {(role, "USAGE") for role in logins} if schema in known else set()
        for role, verb in here - wanted:
            if (role, verb) == ("PUBLIC", "USAGE") and catalog.excepted(PUBLIC_USAGE, schema):
                continue
            catalog.find("schema grant", f"schema {schema}", f"gives {role} {verb}, one too many")
        for role, verb in wanted - here:
            catalog.find("schema grant", f"schema {schema}", f"does not give {role} {verb}")


def _functions(catalog: Catalog) -> None:
    logins = {catalog.roles["runtime"], catalog.roles["steward"]}
    wanted = {(signature, role) for signature in RUNTIME_FUNCTIONS for role in logins}
    found = {(signature, role) for signature, role in catalog.rows(_FUNCTIONS)}
    for signature, role in found - wanted:
        beginning = next((b for b in PUBLIC_FUNCTIONS if signature.startswith(b)), None)
        if role == "PUBLIC" and beginning and catalog.excepted(PUBLIC_FUNCTIONS, beginning):
            continue
        catalog.find("function grant", signature, f"may be called by {role}")
    for signature, role in wanted - found:
        catalog.find("function grant", signature, f"may not be called by {role}")
