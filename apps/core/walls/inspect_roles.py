"""The logins: without powers of their own, members of nothing, owners of nothing."""

from apps.core.walls.inspect_catalog import Catalog
from apps.core.walls.inspect_exceptions import ROLE_SETTINGS

_POWERS = """
SELECT rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
FROM pg_roles WHERE rolname = ANY (%s)
"""
_NAMES = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
_MEMBERS = """
SELECT pg_get_userbyid(member)::text, pg_get_userbyid(roleid)::text FROM pg_auth_members
WHERE pg_get_userbyid(member) = ANY (%s)
"""
# Everything that is owned here, large objects too; 'a' is a grant on whatever kind of thing.
_HELD = """
SELECT pg_get_userbyid(s.refobjid)::text, s.deptype::text, s.classid::regclass::text,
       pg_describe_object(s.classid, s.objid, s.objsubid)
FROM pg_shdepend s
WHERE s.refclassid = 'pg_authid'::regclass AND pg_get_userbyid(s.refobjid) = ANY (%s)
  AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# Compared elsewhere, one by one.
_COMPARED = {"pg_class", "pg_namespace", "pg_proc", "pg_database", "pg_default_acl"}
# For the logins, or for everybody, here or in every database.
_SETTINGS = """
SELECT coalesce(r.rolname::text, 'everybody'), setting
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) setting
WHERE (r.rolname = ANY (%s) OR s.setrole = 0)
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# A session that begins with one of these stands in somebody's place, or past the door's rules.
_TELLING = (
    "app.", "search_path", "role", "row_security", "session_replication_role",
    "default_transaction_isolation",
)  # fmt: skip


def inspect(catalog: Catalog) -> None:
    logins = [[catalog.roles["runtime"], catalog.roles["steward"]]]
    there = set()
    for role, *powers in catalog.rows(_POWERS, logins):
        there.add(role)
        for name, has in zip(_NAMES, powers, strict=True):
            if has:
                catalog.find("role", role, f"is {name}")
    for missing in sorted(set(logins[0]) - there):
        catalog.find("role", missing, "is not there")
    for member, role in catalog.rows(_MEMBERS, logins):
        catalog.find("role", member, f"is a member of {role}")
    for role, kind, classid, what in catalog.rows(_HELD, logins):
        if kind == "o":
            catalog.find("owner", role, f"owns {what}")
        elif kind == "a" and classid not in _COMPARED:
            catalog.find("grant", role, f"has a grant on {what}")
    for role, setting in catalog.rows(_SETTINGS, logins):
        parameter, _, value = setting.partition("=")
        if parameter.startswith(_TELLING) and not catalog.excepted(
            ROLE_SETTINGS, (parameter, value)
        ):
            catalog.find("setting", role, f"begins each session with {setting}")
