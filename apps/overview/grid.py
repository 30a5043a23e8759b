"""The version grid: the services of one project against its environments, a page of each axis.

Each environment on the page is asked by the index on its names for one page after the same name,
all of a partition's in one statement: what it costs follows from the size of a page alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Value, When

from apps.core import door
from apps.core.door import Door
from apps.drift_findings.queries import DriftState, services_drift
from apps.environments.models import Stage
from apps.freezes.queries import in_force_among
from apps.services.models import RuntimeService, live_state
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

ROWS = 50
COLUMNS = 12
# How many names are looked through for fifty that differ.
LOOKED_THROUGH = 250
PROJECTS = 50
_COLUMNS = ("id", "environment_id", "module_id", "version", "live", "deployed_at")


@dataclass(frozen=True)
class Cell:
    """One service in one environment. `state` is `Stale` where it was not seen lately."""

    service_id: UUID
    environment_id: UUID
    module_id: str
    version: str
    state: str
    deployed_at: datetime
    drift: DriftState | None = None


@dataclass(frozen=True)
class Column:
    """One environment; `frozen`: the rules that refuse deployments there now, longest first."""

    binding: RuntimeTenantBinding
    frozen: Sequence[Any] = ()


@dataclass(frozen=True)
class Row:
    """One module in every environment of the page; None where it does not run."""

    module_id: str
    cells: Sequence[Cell | None]

    @property
    def differs(self) -> bool:
        """Whether it is not the same version everywhere; a place where it is missing counts."""
        return len({cell.version if cell else None for cell in self.cells}) > 1


@dataclass(frozen=True)
class Grid:
    """A page of both axes; `following` is the name after which the next one begins, or empty."""

    project: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    following: str = ""
    first_column: int = 0
    more_columns: bool = False
    looked_at: int = 0

    @property
    def next_column(self) -> int:
        return self.first_column + COLUMNS

    @property
    def previous_column(self) -> int:
        return max(self.first_column - COLUMNS, 0)


@dataclass(frozen=True)
class Choice:
    """What is looked at: which project, from which name and environment on, what is left out."""

    project: str
    after: str = ""
    begins: str = ""
    first_column: int = 0
    only_different: bool = False


@dataclass(frozen=True)
class Project:
    """A group, closed: how many environments the tenant has in it."""

    name: str
    environments: int


def projects(after: str = "") -> list[Project]:
    """Those of the tenant's live bindings by name: a page and one more."""
    rows = (
        _live()
        .filter(environment_project__gt=after)
        .values_list("environment_project")
        .annotate(n=Count("id"))
        .order_by("environment_project")
    )
    return [Project(name, n) for name, n in rows[: PROJECTS + 1]]


def columns(project: str, first: int) -> tuple[list[Column], bool]:
    """A page of its environments in order of stage, and whether more follow. Two queries."""
    order = Case(
        *[When(stage=stage, then=Value(at)) for at, stage in enumerate(Stage.values)],
        output_field=IntegerField(),
    )
    found = list(
        _live()
        .filter(environment_project=project)
        .order_by(order, "environment_name", "id")[first : first + COLUMNS + 1]
    )
    frozen = in_force_among(found[:COLUMNS])
    made = [Column(b, frozen.get(b.environment_id, ())) for b in found[:COLUMNS]]
    return made, len(found) > COLUMNS


def version_grid(entered: Door, choice: Choice) -> Grid:
    """Two queries for its columns; two for each partition, and one to turn to another."""
    shown, more = columns(choice.project, choice.first_column)
    size = LOOKED_THROUGH if choice.only_different else ROWS
    cells: dict[str, dict[UUID, Cell]] = {}
    partitions: dict[str, list[UUID]] = {}
    for column in shown:
        partitions.setdefault(column.binding.data_partition, []).append(
            column.binding.environment_id
        )
    for schema in each_partition(entered):
        for cell in _cells_of(partitions.get(schema, []), choice, size):
            cells.setdefault(cell.module_id, {})[cell.environment_id] = cell
    names = sorted(cells)[:size]
    order = [column.binding.environment_id for column in shown]
    rows = [Row(name, [cells[name].get(one) for one in order]) for name in names]
    if choice.only_different:
        rows = [row for row in rows if row.differs][:ROWS]
    last = rows[-1].module_id if len(rows) == ROWS else names[-1] if names else ""
    following = last if any(name > last for name in cells) else ""
    return Grid(
        choice.project, shown, _with_drift(entered, rows, partitions), following,
        choice.first_column, more, len([name for name in names if name <= last]),
    )  # fmt: skip


def _live() -> Any:
    return RuntimeTenantBinding.objects.filter(tenant_id=door.tenant(), status__in=LIVE)


def _cells_of(environments: Iterable[UUID], choice: Choice, size: int) -> list[Cell]:
    asked = [_services(environment, choice)[: size + 1] for environment in environments]
    if not asked:
        return []
    rows = asked[0].union(*asked[1:], all=True) if len(asked) > 1 else asked[0]
    return [Cell(*row) for row in rows]


def _services(environment: UUID, choice: Choice) -> Any:
    rows = (
        RuntimeService.objects.filter(environment_id=environment, module_id__gt=choice.after)
        .exclude(status="Retired")
        .annotate(live=live_state(), deployed_at=F("deployment__created_at"))
        .order_by("module_id", "id")
    )
    if choice.begins:
        rows = rows.filter(module_id__prefix=choice.begins)
    return rows.values_list(*_COLUMNS)


def _with_drift(entered: Door, rows: Sequence[Row], partitions: dict[str, list[UUID]]) -> list[Row]:
    """The same rows; only now is it known which services stand on the page."""
    ids: dict[UUID, list[UUID]] = {}
    for row in rows:
        for cell in filter(None, row.cells):
            ids.setdefault(cell.environment_id, []).append(cell.service_id)
    found: dict[UUID, DriftState] = {}
    for schema in each_partition(entered):
        here = [one for one in partitions.get(schema, []) if one in ids]
        if here:
            found |= services_drift(here, [one for where in here for one in ids[where]])
    return [Row(row.module_id, [_marked(cell, found) for cell in row.cells]) for row in rows]


def _marked(cell: Cell | None, found: dict[UUID, DriftState]) -> Cell | None:
    if cell is None:
        return None
    return Cell(
        cell.service_id, cell.environment_id, cell.module_id, cell.version, cell.state,
        cell.deployed_at, found.get(cell.service_id),
    )  # fmt: skip
