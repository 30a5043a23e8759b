"""Why is this here: of any row, by its id alone, whether it goes, when, by which rule, and what
keeps it, for the tenant entered. What has gone has a certificate (apps.retention.queries.purged).

The decision is the database's; here it is put into words. A row behind no live binding is not
found, as on every page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.core import door
from apps.core.walls.classes import TABLES, Governed
from apps.deployments.logs import tiered
from apps.retention.queries import Kept, kept, kept_of, rows_of
from apps.tenant_bindings.context import each_partition

# So many of what names a row are shown; beyond it there are "more".
SHOWN = 10
STEP_LOG = "step-log"


@dataclass(frozen=True)
class Kind:
    """How rows of one table are found and called. `goes_with`: the column and kind of the row that
    decides for it. `page`: of an environment; `since`: what its clock waits for."""

    table: str
    data_class: str
    name: str
    page: str
    since: str
    status: str = "t.status"
    goes_with: tuple[str, str] = ("", "")


_SERVICE = "services/{id}/"
KINDS: Mapping[str, Kind] = {
    "service": Kind(
        "services_runtimeservice", "retired-service", "t.module_id", _SERVICE, "it is retired"
    ),
    "deployment": Kind(
        "deployments_runtimedeployment", "deployment-history", "t.release_ref",
        "deployments/{id}/", "it has ended, or a newer one replaced it, whichever is later",
    ),
    "configuration": Kind(
        "configurations_runtimeconfiguration", "configuration-version",
        "'version ' || t.version", "configurations/{id}/",
        "it is made or superseded, whichever is later",
    ),
    "drift finding": Kind(
        "drift_findings_runtimedriftfinding", "drift-finding", "t.path", "drift/{id}/",
        "it is resolved",
    ),
    "health result": Kind(
        "health_results_healthcheckresult", "health-result", "t.probe",
        "services/{of}/health/", "the end of the UTC day it was checked in",
    ),
    "step": Kind(
        "deployments_deploymentstep", "deployment-history", "t.name",
        "deployments/{of}/steps/{id}/", "its deployment has ended, or a newer one replaced that",
        goes_with=("t.deployment_id", "deployment"),
    ),
    "scaling policy": Kind(
        "scaling_policies_scalingpolicy", "retired-service", "t.metric", "services/{of}/",
        "its service is retired", status="''", goes_with=("t.service_id", "service"),
    ),
}  # fmt: skip
_OF = {"health result": "t.service_id"}


@dataclass(frozen=True)
class Row:
    """One row, by what it is called. `of`: the row that its page or its end is with."""

    kind: str
    id: UUID
    environment_id: UUID
    name: str
    status: str
    of: UUID | None = None

    @property
    def data_class(self) -> str:
        return KINDS[self.kind].data_class

    @property
    def since(self) -> str:
        return KINDS[self.kind].since

    @property
    def path(self) -> str:
        """Of its page, below the tenant's."""
        tail = KINDS[self.kind].page.format(id=self.id, of=self.of)
        return f"environments/{self.environment_id}/{tail}"

    @property
    def decides(self) -> "Row":
        """The row whose end it has: itself, or what it goes with."""
        with_kind = KINDS[self.kind].goes_with[1]
        if not with_kind or self.of is None:
            return self
        return replace(self, kind=with_kind, id=self.of, name="", status="", of=None)


@dataclass(frozen=True)
class Rule:
    """The version of a window that applies: of this class, or of one that it takes this to read."""

    data_class: str
    tenant_id: str
    version: int
    days: int


@dataclass(frozen=True)
class Namer:
    """A row that names this one, and what keeps it itself."""

    row: Row
    kept: Kept


@dataclass(frozen=True)
class Log:
    """The log of a step: hot until then; the tier that was last seen, where there are tiers."""

    bytes: int
    tier: str
    has_tiers: bool
    hot_until: datetime | None


@dataclass
class Why:
    """`row` is kept or goes as `decider` does. `uses`: states of its own that protect it."""

    row: Row
    decider: Row
    kept: Kept
    rule: Rule | None = None
    uses: list[str] = field(default_factory=list)
    named_by: list[Namer] = field(default_factory=list)
    more: bool = False
    log: Log | None = None

    @property
    def goes_at(self) -> datetime | None:
        """When, as far as it can be told now: None where a hold or a state keeps it till then."""
        ends = [self.kept.until, *(namer.kept.until for namer in self.named_by)]
        unknown = self.uses or self.more or self.kept.by == "hold"
        if unknown or any(namer.kept.by in ("hold", "state") for namer in self.named_by):
            return None
        return None if None in ends else max(end for end in ends if end)


def why(entered: door.Door, row_id: UUID) -> Why | None:
    """None where no row that this tenant may read has that id: another's is none either."""
    found = None
    for schema in each_partition(entered):  # to the end, so that the door stands where it stood
        if found is None and (row := _find(row_id)):
            found = _why(row, schema)
    return found


def _find(row_id: UUID) -> Row | None:
    parts, parameters = [], list[object]()
    for name, kind in KINDS.items():
        of = kind.goes_with[0] or _OF.get(name, "NULL::uuid")
        parts.append(
            f"SELECT '{name}', t.id, t.environment_id, ({kind.name})::text, "  # noqa: S608
            f"({kind.status})::text, {of} FROM {kind.table} t WHERE t.tenant_id = %s AND t.id = %s"
        )
        parameters += [door.tenant(), row_id]
    found = rows_of(" UNION ALL ".join(parts), parameters)
    return Row(*found[0]) if found else None


def _why(row: Row, schema: str) -> Why | None:
    decider = row.decides
    if decider != row:
        decider = _find(decider.id) or decider
    decided = kept(decider.data_class, decider.id, decider.environment_id)
    if decided is None:  # it went since it was found
        return None
    found = Why(row, decider, decided, rule=_rule(decider.data_class), uses=_uses(decider))
    found.named_by, found.more = _named_by(decider)
    if row.kind == "step":
        found.log = _log(row)
    return found


def _rule(data_class: str) -> Rule | None:
    found = rows_of("SELECT * FROM app.applied_policy(%s)", [data_class])
    return Rule(*found[0]) if found else None


def _uses(row: Row) -> list[str]:
    """The states that protect it, as walls.classes says them in SQL."""
    if row.kind == "service" and row.status != "Retired":
        return [f"it is live: {row.status}"]
    if row.kind == "configuration" and row.status == "Published":
        return ["it is the Published version there"]
    if row.kind == "drift finding" and row.status != "Resolved":
        return [f"it is {row.status}, and such findings are kept without end"]
    if row.kind == "deployment" and row.status == "Completed":
        return _place(row)
    if row.kind == "deployment" and row.status not in ("RolledBack", "Failed"):
        return [f"it has not ended: {row.status}"]
    return []


def _place(row: Row) -> list[str]:
    """Of a Completed deployment: the newest one of its environment, and the one before it."""
    ((newer,),) = rows_of(
        "SELECT count(*) FROM (SELECT FROM deployments_runtimedeployment n WHERE n.tenant_id = %s "
        "AND n.environment_id = %s AND n.status = 'Completed' AND n.id > %s LIMIT 2) newer",
        [door.tenant(), row.environment_id, row.id],
    )
    return [
        *(["it is what runs there: the newest Completed one"] if newer == 0 else []),
        *(["it is the one before what runs there, to which one would go back"]
          if newer == 1 else []),
    ]  # fmt: skip


def _named_by(row: Row) -> tuple[list[Namer], bool]:
    """The newest rows whose key to this one holds as long as they stand; whether there are more."""
    of = TABLES[KINDS[row.kind].table]
    assert isinstance(of, Governed)
    found: list[Row] = []
    for name, kind in KINDS.items():
        for table, column in of.named_by:
            if table != kind.table:
                continue
            for told in rows_of(
                f"SELECT '{name}', t.id, t.environment_id, ({kind.name})::text, "  # noqa: S608
                f"{kind.status} FROM {table} t WHERE t.tenant_id = %s AND t.environment_id = %s "
                f"AND t.{column} = %s ORDER BY t.id DESC LIMIT %s",
                [door.tenant(), row.environment_id, row.id, SHOWN + 1],
            ):
                found.append(Row(*told))
    if not found:
        return [], False
    shown = found[:SHOWN]
    decided = kept_of(shown[0].data_class, [r.id for r in shown], row.environment_id)
    return [Namer(r, decided[r.id]) for r in shown if r.id in decided], len(found) > SHOWN


def _log(row: Row) -> Log | None:
    found = rows_of(
        "SELECT t.log_bytes, t.log_tier, coalesce(t.finished_at, d.finished_at), "
        "app.retention_window(%s) FROM deployments_deploymentstep t "
        "JOIN deployments_runtimedeployment d ON d.tenant_id = t.tenant_id "
        "AND d.environment_id = t.environment_id AND d.id = t.deployment_id "
        "WHERE t.tenant_id = %s AND t.id = %s AND t.log_path <> ''",
        [STEP_LOG, door.tenant(), row.id],
    )
    if not found:
        return None
    size, tier, clock, days = found[0]
    until = clock + timedelta(days=days) if clock and days else None
    return Log(size, tier, tiered(), until)
