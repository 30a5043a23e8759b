"""Who may do what: role x table x SELECT / INSERT / UPDATE(columns) / DELETE.

This table makes the grants (in the migration that makes the table) and `check_isolation`
compares it with the database. What is not in it is not granted. No role but the owner may
TRUNCATE, REFERENCES, TRIGGER or DROP anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from apps.core.walls.retention import is_deletable

Verb = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True)
class Grant:
    """What one role may do with one table; `update` names columns, "*" is all of them."""

    select: bool | tuple[str, ...] = False
    insert: bool = False
    update: tuple[str, ...] = ()
    delete: bool = False

    def privileges(self) -> list[str]:
        """As GRANT spells them: `SELECT`, `UPDATE ("status")`."""
        found = []
        if self.select is True:
            found.append("SELECT")
        elif self.select:
            found.append(f"SELECT ({_columns(self.select)})")
        if self.insert:
            found.append("INSERT")
        if self.update == ("*",):
            found.append("UPDATE")
        elif self.update:
            found.append(f"UPDATE ({_columns(self.update)})")
        if self.delete:
            found.append("DELETE")
        return found


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


READ = Grant(select=True)
APPEND = Grant(select=True, insert=True)


def _write(*columns: str) -> Grant:
    return Grant(select=True, insert=True, update=columns)


# Tables of a data partition with tenant_id and environment_id.
ENVIRONMENT_TABLES: Mapping[str, Grant] = {
    "services_runtimeservice": _write(
        "component_type", "image", "version", "compute_target", "replicas", "endpoint_url",
        "status", "deployment_id", "last_observed_at",
    ),
    "deployments_runtimedeployment": _write(
        "status", "deadline_at", "bad_reason", "marked_bad_by", "hold_released_by",
    ),
    "deployments_deploymentstep": _write(
        "status", "log_path", "log_bytes", "log_sha256"
    ),
    "deployments_deploymentproduct": APPEND,
    "configurations_runtimeconfiguration": _write(
        "status", "payload", "checksum", "published_by"
    ),
    "configurations_versioncounter": _write("last_version"),
    "scaling_policies_scalingpolicy": _write(
        "metric", "min_replicas", "max_replicas", "target_utilization_percent"
    ),
    "health_results_healthcheckresult": APPEND,
    "health_results_healthslot": _write(
        "total", "degraded", "unhealthy", "latency_total", "latency_results"
    ),
    "drift_findings_driftcheck": APPEND,
    "drift_findings_driftcoverage": _write("drift_check_id", "failure"),
    "drift_findings_runtimedriftfinding": _write(
        "status", "severity", "desired", "observed", "service_id", "last_check_id",
        "acknowledged_by", "acknowledged_reason", "resolution", "resolution_reason",
    ),
    "drift_findings_ignorerule": _write("status", "end_reason"),
    # Copies: they change by being replaced, and go with their source.
    "search_searchterm": Grant(select=True, insert=True, delete=True),
    "quotas_usage": _write("storage_bytes"),
}  # fmt: skip

# Tables of a data partition without an environment.
_HEAD = _write("last_number", "last_hash")
PARTITION_TABLES: Mapping[str, Grant] = {
    "core_auditentry": APPEND,
    "core_auditdetail": APPEND,
    "core_audithead": _HEAD,
}

# The control plane as runtime has it. Tables with a tenant_id have policies (walls.policies).
CONTROL_TABLES: Mapping[str, Grant] = {
    "tenants_tenant": Grant(select=True, insert=True, update=("name",)),
    "tenants_datapartition": Grant(select=True, insert=True),
    "tenants_vault": Grant(select=True, insert=True),
    "people_membership": _write("ended_at"),
    # The hash of a token goes in and never comes back.
    "people_apiclient": Grant(
        select=(
            "id", "tenant_id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at",
            "last_used_at",
        ),
        insert=True, update=("revoked_at",),
    ),
    "people_invitation": Grant(
        select=(
            "id", "tenant_id", "email", "role", "status", "created_at", "expires_at",
            "invited_by", "decided_at",
        ),
        insert=True, update=("status",),
    ),
    "people_officerproposal": _write("status", "decided_by"),
    "people_visit": _write("ended_at", "ended_by", "elevated_at", "elevated_by"),
    "environments_runtimeenvironment": _write(
        "name", "stage", "region", "isolation_model", "pulumi_stack_ref", "status"
    ),
    "tenant_bindings_runtimetenantbinding": _write(
        "environment_name", "environment_status", "status",
        "quota_compute_replicas", "quota_storage_gib", "quota_throughput_rps",
    ),
    "freezes_freeze": _write("status"),
    "api_keptanswer": _write("fingerprint", "request_id", "status", "headers", "body"),
    # Written by the worker alone, as owner.
    "upkeep_jobrecord": READ,
    "overview_fleetcount": READ,
    # Counted and raised by the steward alone.
    "upkeep_backlog": READ,
    "upkeep_alert": READ,
    "core_auditentry": APPEND,
    "core_auditdetail": APPEND,
    "core_audithead": _HEAD,
    # Written by app.drop_partition, as owner.
    "tenants_sealedentry": READ,
    "tenants_sealeddetail": READ,
    "tenants_sealedhead": READ,
    "retention_retentionpolicy": APPEND,
    "retention_legalhold": _write(
        "status", "lift_proposed_by_id", "lift_proposed_by_label", "lift_reason", "lifted_by_id",
        "lifted_by_label",
    ),
    "retention_governanceexception": _write(
        "status", "decided_by_id", "decided_by_label", "decision_reason"
    ),
    "retention_windowreturn": _write("status", "decided_by_id", "decided_by_label"),
    "retention_exceptedrow": READ,  # frozen by app.freeze_exception alone
    "retention_retentionrun": READ,
    "retention_retentionentry": READ,
    "retention_disposedrow": READ,
    "retention_disposedday": READ,
    "retention_certificate": READ,
    "retention_removedlog": Grant(),
    "retention_retentionrollup": READ,
}  # fmt: skip

# What the steward may do beyond reading: it writes the trail, takes away what an entry told of
# somebody or something that has gone, keeps its runs, gives back what was stored, and writes down
# what it saw of blobs; what else it may delete stands in walls.classes.
STEWARD: Mapping[str, Grant] = {
    "core_auditentry": APPEND,
    "core_auditdetail": Grant(select=True, insert=True, delete=True),
    "core_audithead": _HEAD,
    "tenants_sealeddetail": Grant(select=True, delete=True),
    "retention_retentionrun": _write("status", "note"),
    "retention_retentionentry": _write("due", "purged", "tiered", "bytes", "held_back", "failed"),
    "retention_disposedrow": APPEND,
    "retention_certificate": APPEND,
    "retention_retentionrollup": _write(
        "there",
        "in_use",
        "held",
        "held_by",
        "more",
        "due_7",
        "due_30",
        "due_90",
        "due_365",
        "more_7",
        "more_30",
        "more_90",
        "more_365",
    ),
    "retention_removedlog": _write("gone_at", "problem"),
    "upkeep_backlog": _write("due", "kept", "oldest_due_at", "overdue_since", "counted_at"),
    "upkeep_alert": _write("cleared_at"),
    "quotas_usage": Grant(select=True, delete=True, update=("storage_bytes",)),
    # When it has seen that nothing is left below it.
    "environments_runtimeenvironment": Grant(select=True, delete=True, update=("emptied_at",)),
    "deployments_deploymentstep": Grant(
        select=True,
        delete=True,
        update=("log_tier", "log_observed_bytes", "log_observed_at", "log_problem"),
    ),
}
_PURGES = Grant(select=True, delete=True)


@dataclass(frozen=True)
class Unwalled:
    """A table without policies, and why that is right."""

    reason: str
    runtime: Grant = Grant()


_QUEUE = "the queue: jobs carry ids only; runtime may insert, the worker (as owner) reads"
_LIBRARY = "made by a library that the portal does not use so: nobody but the owner has a grant"

UNWALLED: Mapping[str, Unwalled] = {
    "people_person": Unwalled(
        "sign-in finds a person by address before anybody is known; holds nothing of a tenant",
        Grant(select=True, update=("last_login", "password", "time_zone", "hidden_columns")),
    ),
    "django_session": Unwalled(
        "found by an unguessable key before anybody is known",
        Grant(select=True, insert=True, update=("*",), delete=True),
    ),
    "account_emailaddress": Unwalled(
        "allauth's own addresses of people, needed to sign in", _write("*")
    ),
    "account_emailconfirmation": Unwalled(
        "allauth's keys for confirming an address, found by the key", _write("*")
    ),
    "django_migrations": Unwalled("names of migrations; /readyz compares them", READ),
    "django_content_type": Unwalled("names of models, the same for everybody", READ),
    "auth_permission": Unwalled(_LIBRARY),
    "auth_group": Unwalled(_LIBRARY),
    "auth_group_permissions": Unwalled(_LIBRARY),
    "django_admin_log": Unwalled("has no tenant: admins write the audit trail instead"),
    "procrastinate_jobs": Unwalled(_QUEUE, Grant(select=("id",), insert=True)),
    "procrastinate_events": Unwalled(_QUEUE, Grant(insert=True)),
    "procrastinate_periodic_defers": Unwalled(_QUEUE),
    "procrastinate_workers": Unwalled(_QUEUE),
}

# Sequences that runtime needs for what it may insert.
SEQUENCES: tuple[str, ...] = (
    "procrastinate_jobs_id_seq", "procrastinate_events_id_seq",
    "account_emailaddress_id_seq", "account_emailconfirmation_id_seq",
)  # fmt: skip


def expected(schema: str, table: str) -> dict[str, Grant]:
    """{role: Grant} for `runtime` and `steward`; the owner owns and needs no grant."""
    if schema == "public":
        runtime = CONTROL_TABLES.get(table) or (
            UNWALLED[table].runtime if table in UNWALLED else Grant()
        )
        known = table in CONTROL_TABLES
    else:
        runtime = {**ENVIRONMENT_TABLES, **PARTITION_TABLES}.get(table, Grant())
        known = table in ENVIRONMENT_TABLES or table in PARTITION_TABLES
    here = CONTROL_TABLES if schema == "public" else ENVIRONMENT_TABLES
    purges = table in here and is_deletable(table)
    steward = STEWARD.get(table, _PURGES if purges else READ) if known else Grant()
    return {"runtime": runtime, "steward": steward}


def grant_statements(
    schema: str, table: str, role_names: Mapping[str, str], later: Sequence[str] = ()
) -> list[str]:
    """REVOKE all, then exactly what the table above says, without the columns that come `later`."""
    target = f'"{schema}"."{table}"'
    statements = [f"REVOKE ALL ON {target} FROM PUBLIC"]
    for role, grant in expected(schema, table).items():
        name = role_names[role]
        statements.append(f'REVOKE ALL ON {target} FROM "{name}"')
        kept = replace(grant, update=tuple(c for c in grant.update if c not in later))
        if isinstance(grant.select, tuple):
            kept = replace(kept, select=tuple(c for c in grant.select if c not in later))
        if privileges := kept.privileges():
            statements.append(f'GRANT {", ".join(privileges)} ON {target} TO "{name}"')
    return statements
