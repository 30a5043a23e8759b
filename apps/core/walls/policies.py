"""The one helper that writes every row security policy, in a plain and a Citus form.

Promises: every table of a tenant has row security enabled and forced; runtime reads what the
tenant's live bindings in that very partition admit and writes what its Active ones admit, asked
of the bindings in every statement; the owner sees all by a policy of its own (made first:
a definer function inside the bindings' own policy would recurse without it); the steward sees
the rows of the tenant it has entered, whatever the state of its bindings.

Must never: read a setting outside a scalar sub-select in the plain form (it is parsed again for
each row), nor use a sub-select in the Citus form (it is refused there).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

from apps.core.walls.retention import is_deletable, may_be_deleted

Form = Literal["plain", "citus"]

TENANT = {"plain": "(SELECT app.tenant_id())", "citus": "app.tenant_id()"}


@dataclass(frozen=True)
class Policy:
    """One CREATE POLICY; `using` and `check` are SQL, empty where the clause is absent."""

    name: str
    role: str
    command: str = "ALL"
    using: str = ""
    check: str = ""
    restrictive: bool = False

    def sql(self, table: str) -> str:
        """The statement for `table`, a quoted qualified name."""
        parts = [f"CREATE POLICY {self.name} ON {table} AS"]
        parts.append("RESTRICTIVE" if self.restrictive else "PERMISSIVE")
        parts.append(f'FOR {self.command} TO "{self.role}"')
        return " ".join([*parts, *self._clauses()])

    def alter_sql(self, table: str) -> str:
        """The statement that gives a policy which is there these expressions."""
        return " ".join([f"ALTER POLICY {self.name} ON {table}", *self._clauses()])

    def _clauses(self) -> list[str]:
        clauses = [f"USING ({self.using})"] if self.using else []
        return [*clauses, f"WITH CHECK ({self.check})"] if self.check else clauses


def roles() -> Mapping[str, str]:
    """Names of the three logins; roles are cluster-wide, so their names are a setting."""
    names: Mapping[str, str] = settings.DATABASE_ROLES
    return names


def current_form() -> Form:
    """Which form this installation writes: a setting, since a database cannot be both."""
    return "citus" if settings.CITUS else "plain"


def owner_policy() -> Policy:
    return Policy("owner_all", roles()["owner"], using="true", check="true")


def _steward(form: Form) -> Policy:
    return Policy(
        "steward_tenant", roles()["steward"], using=f"tenant_id = {TENANT[form]}",
        check=f"tenant_id = {TENANT[form]}",
    )  # fmt: skip


def _environments(which: str, schema: str, form: Form) -> str:
    if form == "citus":
        return f"environment_id = ANY (app.setting_uuids('app.{which}'))"
    return f"environment_id = ANY ((SELECT app.{which}('{schema}'))::uuid[])"


def _bound(which: str, schema: str, form: Form) -> str:
    if form == "citus":
        return f"cardinality(app.setting_uuids('app.{which}')) > 0"
    return f"(SELECT app.{which}('{schema}') <> '{{}}')"


def retention_policy(schema: str, table: str, form: Form = "plain") -> Policy:
    """What the steward may delete of `table`: what the retention decision lets go."""
    using = may_be_deleted(schema, table, citus=form == "citus")
    return Policy("steward_delete", roles()["steward"], "DELETE", using=using, restrictive=True)


def _walled(readable: str, writable: str, form: Form) -> list[Policy]:
    """Read what is readable, write what is writable; DELETE knows USING alone, so both are said."""
    runtime = roles()["runtime"]
    tenant = f"tenant_id = {TENANT[form]}"
    return [
        owner_policy(),
        Policy(
            "runtime_tenant", runtime,
            using=f"{tenant} AND {readable}", check=f"{tenant} AND {writable}",
        ),
        Policy("runtime_update", runtime, "UPDATE", using=writable, restrictive=True),
        Policy("runtime_delete", runtime, "DELETE", using=writable, restrictive=True),
        _steward(form),
    ]  # fmt: skip


def environment_policies(schema: str, form: Form = "plain") -> list[Policy]:
    """For a partition's tables that have tenant_id and environment_id."""
    return _walled(
        _environments("readable", schema, form), _environments("writable", schema, form), form
    )


def partition_policies(schema: str, form: Form = "plain") -> list[Policy]:
    """For a partition's tables without an environment: has the tenant a binding here at all?"""
    return _walled(_bound("readable", schema, form), _bound("writable", schema, form), form)


def owner_only(schema: str, form: Form = "plain") -> list[Policy]:
    """For tables that no web process and no steward may see."""
    return [owner_policy()]


# Control plane. A tenant's people read what is theirs, platform people what their role shows;
# what a platform admin writes is checked against the person in every statement.
_ADMIN = "(SELECT 'platform-admin' = ANY (app.platform_roles()))"
_PLATFORM = "(SELECT app.platform_roles() <> '{}')"
_MINE = f"tenant_id = {TENANT['plain']}"
_SHOWN = "status IN ('Active', 'Suspended')"
# The platform's own rows, for whoever has entered as a tenant that there is.
_PLATFORMS = (
    "tenant_id = 'platform' AND (SELECT EXISTS (SELECT FROM public.tenants_tenant t "
    "WHERE t.tenant_id = app.tenant_id()))"
)
# People: asked of the memberships in every statement, never of a setting alone.
_OFFICER = "(SELECT 'governance-officer' = ANY (app.platform_roles()))"
_TENANT_ADMIN = f"({_MINE} AND (SELECT 'tenant-admin' = ANY (app.tenant_roles())))"
_ME = "(SELECT app.person_id())"
_GIVEN_BY_ADMINS = (
    f"(tenant_id = 'platform' AND role IN ('platform-viewer', 'platform-admin') AND {_ADMIN})"
)
# Somebody must be the first: a platform admin invites an admin where a tenant has none.
_FIRST_ADMIN = f"(role = 'tenant-admin' AND {_ADMIN} AND NOT app.has_admin(tenant_id))"
# Matter and reason of a hold are for officers and the tenant's auditors.
_AUDITED = (
    f"{_MINE} AND EXISTS (SELECT FROM public.people_membership m WHERE m.person_id = {_ME} "
    f"AND m.tenant_id = {TENANT['plain']} AND m.role = 'tenant-auditor' AND m.ended_at IS NULL)"
)
_SIGNED_HOLD = (
    f"CASE status WHEN 'LiftProposed' THEN lift_proposed_by_id = {_ME} "
    f"WHEN 'Lifted' THEN lifted_by_id = {_ME} ELSE placed_by_id IS NOT NULL END"
)


def control_policies(
    mine: str = _MINE,
    write: str = _ADMIN,
    also: str = "",
    insert: str = "",
    leave: str = "",
    steward: str = "",
    platform: str = _PLATFORM,
    signed: str = "",
) -> list[Policy]:
    """Read: `mine`, or who `platform` says, or `also`. Write: `write`; the steward: `steward`.

    Where they differ from it: `insert` for new rows, `leave` for what an update may make of one.
    `signed`: what a row must say besides of who writes it.
    """
    runtime = roles()["runtime"]
    using = f"({mine}) OR {platform}" + (f" OR ({also})" if also else "")
    check = f"{write} AND ({signed})" if signed else write
    return [
        owner_policy(),
        Policy("runtime_select", runtime, "SELECT", using=using),
        Policy("runtime_insert", runtime, "INSERT", check=insert or check),
        Policy("runtime_update", runtime, "UPDATE", using=write, check=leave or check),
        Policy("steward_select", roles()["steward"], "SELECT", using="true"),
        *([Policy("steward_write", roles()["steward"], using=steward, check=steward)]
          if steward else []),
    ]  # fmt: skip


# The audit: written by whoever acts, in the chain of where they stand, officers in the chain of
# whom they sign for; read there or by the platform.
_TRAIL = {
    "write": f"{_MINE} OR (tenant_id = 'platform' AND {_PLATFORM}) OR {_ADMIN} OR {_OFFICER}",
    "steward": f"{_MINE} OR tenant_id = 'platform'",
}

CONTROL_PLANE: dict[str, list[dict[str, str]]] = {
    "tenants_tenant": [{"also": "tenant_id = ANY ((SELECT app.person_tenants())::text[])"}],
    "tenants_datapartition": [{}],
    "tenants_vault": [{}],
    # Nobody grants themself anything, and an officer is seated by what officers confirmed.
    "people_membership": [
        {
            "also": f"person_id = {_ME}",
            "write": f"{_TENANT_ADMIN} OR {_GIVEN_BY_ADMINS} "
            f"OR (role = 'governance-officer' AND {_OFFICER})",
            "insert": f"person_id IS DISTINCT FROM {_ME} AND ({_TENANT_ADMIN} "
            f"OR {_GIVEN_BY_ADMINS} OR (role = 'governance-officer' AND app.is_seated(person_id)))",
        }
    ],
    "people_apiclient": [{"write": _TENANT_ADMIN}],
    "people_invitation": [
        {
            "write": f"{_TENANT_ADMIN} OR {_GIVEN_BY_ADMINS} OR {_FIRST_ADMIN}",
            "insert": f"invited_by = {_ME} "
            f"AND ({_TENANT_ADMIN} OR {_GIVEN_BY_ADMINS} OR {_FIRST_ADMIN})",
        }
    ],
    "people_officerproposal": [
        {
            "mine": "false",
            "insert": f"{_ADMIN} AND proposed_by = {_ME} AND person_id <> {_ME}",
            "write": f"{_ADMIN} OR {_OFFICER}",
            "leave": f"decided_by = {_ME} AND ((status = 'Withdrawn' AND {_ADMIN}) "
            f"OR (status IN ('Confirmed', 'Declined') AND {_OFFICER}))",
        }
    ],
    # A visitor makes their own and can but end it; what it may do a tenant admin says.
    "people_visit": [
        {
            "insert": f"{_ADMIN} AND person_id = {_ME} AND elevated_at IS NULL",
            "write": f"{_TENANT_ADMIN} OR {_ADMIN}",
            "leave": f"({_TENANT_ADMIN} AND (elevated_by IS NULL OR ended_at IS NOT NULL "
            f"OR elevated_by = {_ME})) OR ({_ADMIN} AND ended_at IS NOT NULL)",
        }
    ],
    # A bound tenant reads no environment row: its binding carries what it may know.
    "environments_runtimeenvironment": [{"mine": "false"}],
    "tenant_bindings_runtimetenantbinding": [{"mine": f"{_MINE} AND {_SHOWN}"}],
    # A tenant reads its own and the platform's, and writes its own alone; so does the platform.
    "freezes_freeze": [
        {
            "also": _PLATFORMS,
            "write": f"({_MINE} AND tenant_id <> 'platform') "
            f"OR (tenant_id = 'platform' AND {_ADMIN})",
        }
    ],
    # Answers of a tenant's own clients: nobody of the platform reads them.
    "api_keptanswer": [{"platform": "false", "write": _MINE}],
    # The worker writes them, as owner; what there is of all tenants is the platform's to see.
    "upkeep_jobrecord": [{"mine": "false", "write": "false"}],
    "overview_fleetcount": [{"mine": "false", "write": "false"}],
    "upkeep_backlog": [
        {"mine": "false", "write": "false", "steward": "tenant_id = 'platform'"}
    ],
    "upkeep_alert": [{"mine": "false", "write": "false", "steward": "tenant_id = 'platform'"}],
    "core_auditentry": [_TRAIL],
    "core_auditdetail": [_TRAIL],
    "core_audithead": [_TRAIL],
    # Of partitions: nobody of the platform reads them, and nobody but the owner writes.
    "tenants_sealedentry": [{"platform": "false", "write": "false"}],
    "tenants_sealeddetail": [{"platform": "false", "write": "false", "steward": _MINE}],
    "tenants_sealedhead": [{"platform": "false", "write": "false"}],
    "retention_retentionpolicy": [
        {"platform": _OFFICER, "write": _OFFICER, "signed": f"set_by_id = {_ME}"}
    ],
    "retention_legalhold": [
        {"mine": _AUDITED, "platform": _OFFICER, "write": _OFFICER, "signed": _SIGNED_HOLD}
    ],
    "retention_governanceexception": [
        {
            "platform": _OFFICER,
            "write": f"({_MINE} OR {_OFFICER})",
            # A person asks in their own name, so that another one decides.
            "signed": f"CASE WHEN status = 'Asked' THEN {_ME} IS NULL "
            f"OR asked_by_id IS NOT DISTINCT FROM {_ME} WHEN status IN ('Approved', 'Refused') "
            f"THEN {_OFFICER} AND decided_by_id = {_ME} ELSE true END",
        }
    ],
    "retention_windowreturn": [
        {
            "platform": _OFFICER,
            "write": _OFFICER,
            "signed": f"CASE status WHEN 'Asked' THEN asked_by_id ELSE decided_by_id END = {_ME}",
        }
    ],
    "retention_exceptedrow": [{"platform": _OFFICER, "write": "false"}],
    "retention_retentionrun": [
        {"mine": "false", "platform": _OFFICER, "write": "false",
         "steward": "tenant_id = 'platform'"}
    ],
    "retention_retentionentry": [{"platform": _OFFICER, "write": "false", "steward": _MINE}],
    "retention_disposedrow": [{"platform": _OFFICER, "write": "false", "steward": _MINE}],
    # Whole days, written by the owner as they go.
    "retention_disposedday": [{"platform": _OFFICER, "write": "false"}],
    "retention_certificate": [{"platform": _OFFICER, "write": "false", "steward": _MINE}],
    # Paths of blobs whose rows have gone: the steward's alone.
    "retention_removedlog": [
        {"mine": "false", "platform": "false", "write": "false", "steward": _MINE}
    ],
    # Counts of every tenant, for officers: the steward makes them, each behind its tenant's door.
    "retention_retentionrollup": [
        {"mine": "false", "platform": _OFFICER, "write": "false", "steward": _MINE}
    ],
}  # fmt: skip


def _ended(table: str, form: Form) -> list[Policy]:
    """Of what ends in the control plane: the steward may delete what the decision lets go."""
    if not is_deletable(table):
        return []
    steward = roles()["steward"]
    found = [
        Policy("steward_ended", steward, "DELETE", using=_MINE),
        retention_policy("public", table, form),
    ]
    if table == "environments_runtimeenvironment":
        found.append(Policy("steward_empties", steward, "UPDATE", using=_MINE, check=_MINE))
    return found


def table_policies(schema: str, table: str, form: Form = "plain") -> list[Policy] | None:
    """What must stand on a table, or None where it has no walls (see grants.UNWALLED)."""
    from apps.core.walls.grants import ENVIRONMENT_TABLES, PARTITION_TABLES

    if schema == "public":
        arguments = CONTROL_PLANE.get(table)
        if not arguments:
            return None
        return [*control_policies(**arguments[0]), *_ended(table, form)]
    if table in ENVIRONMENT_TABLES:
        return [*environment_policies(schema, form), retention_policy(schema, table, form)]
    if table in PARTITION_TABLES:
        return partition_policies(schema, form)
    return None
