"""What is kept, how long, and why: the one table of data classes.

Every table of the portal and every prefix of blobs stands here, in one of five ways; a test
fails for one that does not. The windows are the floor below which nothing of a tenant goes
without a governance exception: a policy may lengthen them and never shorten them.
A year is 366 days, so that it is never less than a year.

Names of tables and columns only, so that the walls can be written from it: it imports no app.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

YEAR = 366


@dataclass(frozen=True)
class DataClass:
    """`days` is the floor. `read_by`: classes whose holds, and whose windows beyond their own
    floors, keep this one too, because it takes this one to read them."""

    days: int
    read_by: Sequence[str] = ()


CLASSES: Mapping[str, DataClass] = {
    "retired-service": DataClass(90, read_by=["drift-finding", "health-result"]),
    "deployment-history": DataClass(YEAR, read_by=["step-log"]),
    "configuration-version": DataClass(YEAR),
    "health-result": DataClass(30),
    "drift-finding": DataClass(YEAR),
    # Hot for so long, then in the cool tier; a log goes after its deployment's row.
    "step-log": DataClass(90),
    # Of every table that is a `Rest` with a clock.
    "ended": DataClass(YEAR),
}


@dataclass(frozen=True)
class Governed:
    """Rows that go when their window has passed.

    `clock`, `state` and what `named_by` says are SQL about the row `t`. `clock` is empty (NULL)
    while it has not started. `state` is true while the row is in use. `named_by`: (table, column)
    of rows whose key to this one must hold as long as they stand. `never` is about the row alone
    and asked again of the row as it is when it goes, whoever changed it meanwhile.
    `early`: a column that the clock is never before; what is split by it is read only where it
    may be due.
    """

    data_class: str
    clock: str
    columns: Sequence[str]
    state: str = "false"
    named_by: Sequence[tuple[str, str]] = ()
    never: str = "false"
    early: str = ""


@dataclass(frozen=True)
class Follows:
    """Rows that go with the row that `column` names, in the same transaction, before it."""

    table: str
    column: str


@dataclass(frozen=True)
class Record:
    """Kept like the audit, which outlives all that it proves."""

    reason: str


@dataclass(frozen=True)
class Rest:
    """Ended, not deleted; goes 366 days after `clock` (empty: lives as long as its tenant).

    `clock` is a column, `otherwise` another for a row in which that is empty. `with_environment`:
    lives as long as its environment, and until nothing else of its tenant lies there.

    `in_use` is SQL about the row `t`: true while something needs it. `named_by`: (table, column) of
    rows of the same partition that it takes this one to read. `held_by`: classes whose holds and
    longer windows keep it, besides those of its own class. `in_partition`: it lies in the data
    partitions, with an environment. `environment`: SQL of the row's, where a hold names one; where
    it is empty any hold keeps the row.
    """

    reason: str
    clock: str = ""
    otherwise: str = ""
    with_environment: bool = False
    in_use: str = "false"
    named_by: Sequence[tuple[str, str]] = ()
    held_by: Sequence[str] = ()
    in_partition: bool = False
    environment: str = "NULL::uuid"

    @property
    def ends(self) -> bool:
        """Whether a row of it ever goes."""
        return bool(self.clock) or self.with_environment


@dataclass(frozen=True)
class Copy:
    """Goes with its source, in the same transaction, before it.

    `sources` {what the row's `kind` says: table}; `column` names the source's row.
    """

    sources: Mapping[str, str]
    kind: str
    column: str


@dataclass(frozen=True)
class Passing:
    """Deleted by the upkeep so many hours after `clock`: nothing needs it then."""

    reason: str
    clock: str
    hours: int


Kind = Governed | Follows | Record | Rest | Copy | Passing

# The next newer Completed deployment there, by the order in which they were made.
_NEWER = (
    "FROM %1$I.deployments_runtimedeployment n WHERE n.tenant_id = t.tenant_id "
    "AND n.environment_id = t.environment_id AND n.status = 'Completed' AND n.id > t.id"
)
_BOUND = "t.environment_id = ANY ((SELECT app.bound(%1$L))::uuid[])"

_SERVICES = Governed(
    "retired-service",
    clock="t.retired_at",
    columns=["retired_at"],
    state="t.status <> 'Retired'",
    never="retired_at IS NULL",
)
_DEPLOYMENTS = Governed(
    "deployment-history",
    # The later of its end and the moment a newer Completed one replaced it.
    clock="greatest(t.finished_at, CASE WHEN t.status = 'Completed' THEN "
    f"(SELECT n.finished_at {_NEWER} ORDER BY n.id LIMIT 1) END)",
    columns=["finished_at"],
    # What runs there now and what it would go back to: the newest two.
    state="t.finished_at IS NULL OR (t.status = 'Completed' AND "
    f"{_BOUND} AND (SELECT count(*) FROM (SELECT {_NEWER} LIMIT 2) newer) < 2)",
    named_by=[("services_runtimeservice", "deployment_id")],
    never="finished_at IS NULL",
)
_CONFIGURATIONS = Governed(
    "configuration-version",
    clock="greatest(t.created_at, t.superseded_at)",
    columns=["created_at", "superseded_at"],
    state=f"t.status = 'Published' AND {_BOUND}",
    named_by=[("deployments_runtimedeployment", "configuration_id")],
    # A release supersedes it, so that what is Published is in use.
    never="status = 'Published'",
)
_HEALTH = Governed(
    "health-result",
    # The end of its UTC day: days go whole.
    clock="date_trunc('day', t.checked_at, 'UTC') + interval '24 hours'",
    columns=["checked_at"],
    early="checked_at",
)
_FINDINGS = Governed(
    "drift-finding",
    clock="t.resolved_at",
    columns=["resolved_at"],
    state="t.status <> 'Resolved'",
    never="resolved_at IS NULL",
)

_GOVERNANCE = "retention and governance are proved by it: kept like the audit"

TABLES: Mapping[str, Kind] = {
    "services_runtimeservice": _SERVICES,
    "scaling_policies_scalingpolicy": Follows("services_runtimeservice", "service_id"),
    "deployments_runtimedeployment": _DEPLOYMENTS,
    "deployments_deploymentstep": Follows("deployments_runtimedeployment", "deployment_id"),
    "deployments_deploymentproduct": Follows("deployments_runtimedeployment", "deployment_id"),
    "configurations_runtimeconfiguration": _CONFIGURATIONS,
    "configurations_versioncounter": Rest(
        "versions count without repeats after purges too",
        with_environment=True,
        in_partition=True,
    ),
    "health_results_healthcheckresult": _HEALTH,
    "health_results_healthslot": Passing(
        "what a bar of the last 24 hours is drawn from", "begins", 48
    ),
    "drift_findings_runtimedriftfinding": _FINDINGS,
    # What the last look said of a service that is there.
    "drift_findings_driftcoverage": Follows("services_runtimeservice", "service_id"),
    "drift_findings_driftcheck": Rest(
        "when somebody looked, and what at",
        "created_at",
        named_by=[
            ("drift_findings_runtimedriftfinding", "first_check_id"),
            ("drift_findings_runtimedriftfinding", "last_check_id"),
            ("drift_findings_driftcoverage", "drift_check_id"),
        ],
        held_by=["drift-finding"],
        in_partition=True,
    ),
    "drift_findings_ignorerule": Rest(
        "what hid findings",
        "ended_at",
        otherwise="expires_at",
        held_by=["drift-finding"],
        in_partition=True,
    ),
    "search_searchterm": Copy(
        {
            "service": "services_runtimeservice",
            "deployment": "deployments_runtimedeployment",
            "configuration": "configurations_runtimeconfiguration",
            "finding": "drift_findings_runtimedriftfinding",
        },
        kind="object_type",
        column="object_id",
    ),
    "quotas_usage": Rest("counts what is stored", with_environment=True, in_partition=True),
    "core_auditentry": Record("it is the audit"),
    "core_auditdetail": Record("what an entry tells, until the steward takes it from a person"),
    "core_audithead": Record("where a chain of the audit ends"),
    "tenants_sealedentry": Record("it is the audit of a partition that has gone"),
    "tenants_sealeddetail": Record("what such an entry tells, until it is taken from a person"),
    "tenants_sealedhead": Record("where such a chain ended"),
    "retention_retentionpolicy": Record(_GOVERNANCE),
    "retention_windowreturn": Record(_GOVERNANCE),
    "retention_legalhold": Record(_GOVERNANCE),
    "retention_governanceexception": Record(_GOVERNANCE),
    "retention_exceptedrow": Record(_GOVERNANCE),
    "retention_retentionrun": Record(_GOVERNANCE),
    "retention_retentionentry": Record(_GOVERNANCE),
    "retention_disposedrow": Record(_GOVERNANCE),
    "retention_disposedday": Record(_GOVERNANCE),
    "retention_certificate": Record(_GOVERNANCE),
    "retention_removedlog": Record("the list of blobs that go after their rows, until they have"),
    "retention_retentionrollup": Rest("counts of what is there, written over by the next count"),
    "tenants_tenant": Record("a slug is never used again, so the tenant's row stays"),
    "tenants_datapartition": Rest("lives as long as its schema"),
    "tenants_vault": Rest("lives as long as its tenant"),
    "environments_runtimeenvironment": Rest(
        "goes when the last row below it has",
        "emptied_at",
        in_use="EXISTS (SELECT FROM public.tenant_bindings_runtimetenantbinding b "
        "WHERE b.environment_id = t.id)",
        environment="t.id",
    ),
    "tenant_bindings_runtimetenantbinding": Rest(
        "says where rows may lie",
        "released_at",
        # The last one there is how the rows are found: it goes after them.
        in_use="NOT EXISTS (SELECT FROM public.tenant_bindings_runtimetenantbinding n "
        "WHERE n.tenant_id = t.tenant_id AND n.environment_id = t.environment_id AND n.id > t.id) "
        "AND app.lies_there(t.data_partition, t.environment_id, true)",
        environment="t.environment_id",
    ),
    "people_person": Rest("`erase_person` takes what tells of them"),
    "people_membership": Rest("who had which right", "ended_at"),
    "people_apiclient": Rest("whose token wrote", "revoked_at", otherwise="expires_at"),
    "people_invitation": Rest("who was asked to join", "decided_at"),
    "people_officerproposal": Record(_GOVERNANCE),
    "people_visit": Rest("who of the platform was inside, and why", "ends_at"),
    "overview_fleetcount": Rest("numbers alone, written over by the next count"),
    "upkeep_jobrecord": Rest("the last run of each job, written over by the next"),
    "upkeep_backlog": Rest("how much waits to go, written over by the next count"),
    "upkeep_alert": Record("what was due and did not go: kept like the run that found it"),
    "freezes_freeze": Rest(
        "what refused deployments",
        "ended_at",
        otherwise="ends_at",
        held_by=["deployment-history"],
        environment="t.environment_id",
    ),
    "api_keptanswer": Passing("what a repeated request is answered with", "made_at", 24),
}

# Prefixes of blobs, by the storage that holds them.
BLOBS: Mapping[str, str] = {"step_logs": "step-log", "steward_step_logs": "step-log"}


def governed() -> dict[str, tuple[str, Governed]]:
    """{data class: (table, how)}, in an order that never breaks a reference."""
    return {kind.data_class: (t, kind) for t, kind in TABLES.items() if isinstance(kind, Governed)}


def ended() -> dict[str, Rest]:
    """{table: how} of what goes a year after its end, in an order that breaks no reference.

    What lives with its environment comes after what else lies there; then bindings, and
    environments last.
    """
    last = ("tenant_bindings_runtimetenantbinding", "environments_runtimeenvironment")
    found = {t: kind for t, kind in TABLES.items() if isinstance(kind, Rest) and kind.ends}
    rank = {table: number for number, table in enumerate(last, start=1)}
    order = sorted(found, key=lambda t: (rank.get(t, 0), found[t].with_environment))
    return {table: found[table] for table in order}


def followers(table: str) -> list[tuple[str, str]]:
    """(table, column) of what goes with a row of `table`, in the same statement; copies too.

    A copy is found by the id alone: ids of different tables are never the same.
    """
    return [
        (name, kind.column)
        for name, kind in TABLES.items()
        if (isinstance(kind, Follows) and kind.table == table)
        or (isinstance(kind, Copy) and table in kind.sources.values())
    ]
