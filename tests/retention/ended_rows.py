"""One row of each table whose rows end, of any age: written by the owner, whose clock is told."""

from uuid import UUID

from apps.core.ids import uuid7
from tests.isolation.logins import Connection, connect, rows
from tests.retention.ages import Aged

MEMBERSHIPS = "people_membership"
CLIENTS = "people_apiclient"
INVITATIONS = "people_invitation"
VISITS = "people_visit"
FREEZES = "freezes_freeze"
CHECKS = "drift_findings_driftcheck"
RULES = "drift_findings_ignorerule"
COUNTERS = "configurations_versioncounter"
USAGE = "quotas_usage"
BINDINGS = "tenant_bindings_runtimetenantbinding"
ENVIRONMENTS = "environments_runtimeenvironment"
MADE = (MEMBERSHIPS, CLIENTS, INVITATIONS, VISITS, FREEZES, CHECKS, RULES)
IN_PARTITION = (CHECKS, RULES)
# The column that a row's end stands in.
CLOCKS = {
    MEMBERSHIPS: "ended_at", CLIENTS: "revoked_at", INVITATIONS: "decided_at", VISITS: "ends_at",
    FREEZES: "ended_at", CHECKS: "created_at", RULES: "ended_at",
}  # fmt: skip


def place(found: Aged, table: str) -> str:
    """The table's name, whole."""
    return found.table(table) if table in IN_PARTITION else f"public.{table}"


def make_ended(found: Aged, age: str) -> dict[str, UUID]:
    """{table: row}, committed: each ended that long ago."""
    made = {table: uuid7() for table in MADE}
    with connect("owner") as owner:
        owner.execute(f"SET LOCAL app.clock = '{_ago(owner, age)}'".encode())
        person = uuid7()
        owner.execute(
            b"INSERT INTO people_person (id, email, name, password, is_active, time_zone, "
            b"session_epoch) VALUES (%s, %s, 'Ended', '', false, 'UTC', 0)",
            [person, f"{person}@example.test"],
        )
        values = {"t": found.slug, "e": found.environment, "p": person, "h": uuid7().bytes * 2}
        for table, sql in _INSERTS.items():
            owner.execute(
                f"INSERT INTO {place(found, table)} {sql}".encode(),
                {**values, "id": made[table], "h": made[table].bytes * 2},
            )
    return made


def _ago(owner: Connection, age: str) -> str:
    ((then,),) = rows(owner, "SELECT (now() - %s::interval)::text", [age])
    return str(then)


def there(found: Aged, made: dict[str, UUID]) -> set[str]:
    """The tables whose row is still there, as the owner sees."""
    with connect("owner") as owner:
        return {
            table
            for table, row in made.items()
            if rows(owner, f"SELECT FROM {place(found, table)} WHERE id = %s", [row])
        }


_INSERTS = {
    MEMBERSHIPS: "(id, tenant_id, person_id, role, ended_at) "
    "VALUES (%(id)s, %(t)s, %(p)s, 'tenant-viewer', now())",
    CLIENTS: "(id, tenant_id, name, token_hash, prefix, scopes, revoked_at) "
    "VALUES (%(id)s, %(t)s, 'ended', %(h)s, 'rp_', '{}', now())",
    INVITATIONS: "(id, tenant_id, email, role, token_hash, status, expires_at) VALUES (%(id)s, "
    "%(t)s, 'ended@example.test', 'tenant-viewer', %(h)s, 'Revoked', app.clock())",
    VISITS: "(id, tenant_id, person_id, reason, ends_at) "
    "VALUES (%(id)s, %(t)s, %(p)s, 'to look', app.clock() + interval '1 second')",
    FREEZES: "(id, tenant_id, scope, project_id, starts_at, ends_at, time_zone, reason, "
    "override_role, status, created_by) VALUES (%(id)s, %(t)s, 'tenant', '', "
    "app.clock(), app.clock() + interval '1 second', '', 'closed', '', 'Ended', 'tests')",
    CHECKS: "(id, tenant_id, environment_id, checked_by, inputs, workloads, outcome, failure, "
    "findings, opened, resolved, not_understood, not_compared) VALUES (%(id)s, %(t)s, %(e)s, "
    "'tests', '[]', 0, 'InLine', '', 0, 0, 0, '[]', '[]')",
    RULES: "(id, tenant_id, environment_id, kind, module_id, path_prefix, everywhere, reason, "
    "owner, expires_at, status, created_by, end_reason) VALUES (%(id)s, %(t)s, %(e)s, 'image', "
    "'', '', false, 'known', 'us', now() + interval '9 days', 'Ended', 'tests', '')",
}
