"""Why is this here: what keeps a row, until when, by which window and which holds.

The same decision that the database asks on a DELETE, for the tenant and partition entered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.core.walls.classes import governed
from apps.retention.models import LegalHold
from apps.tenant_bindings.context import each_partition

# Counts are exact up to here; beyond it a page says "and more".
COUNTED = 10_000


@dataclass(frozen=True)
class Kept:
    """`by` is hold, state or window, empty where it goes at the next run.

    `passed`: whether its window has, whatever else keeps it.
    """

    row_id: UUID
    by: str
    days: int | None
    clock: datetime | None
    holds: list[int]
    passed: bool = False

    @property
    def until(self) -> datetime | None:
        """When its window has passed; None while its clock has not started."""
        if self.clock is None or self.days is None:
            return None
        return self.clock + timedelta(days=self.days)


@dataclass
class ClassOverview:
    """What there is of one data class. `kept`: {hold | state | window | '': rows}."""

    data_class: str
    days: int | None
    floor: int
    holds: list[int]
    kept: dict[str, int] = field(default_factory=dict)
    more: bool = False

    @property
    def there(self) -> int:
        return sum(self.kept.values())


def kept(data_class: str, row_id: UUID, environment_id: UUID) -> Kept | None:
    """Of a row in the partition entered; None where there is none. One query."""
    return kept_of(data_class, [row_id], environment_id).get(row_id)


def kept_of(data_class: str, ids: Sequence[UUID], environment_id: UUID) -> dict[UUID, Kept]:
    """The same of several rows of one class in one environment. One query."""
    found = rows_of(
        "SELECT w.id, coalesce(w.kept_by, ''), app.retention_window(%s), w.clock, "
        "app.hold_numbers(%s, %s), coalesce(w.clock < app.cutoff(%s), false) "
        "FROM app.why(%s, %s, %s::uuid[]) w",
        [data_class, data_class, environment_id, data_class, door.entered().partition, data_class,
         list(ids)],
    )  # fmt: skip
    return {row[0]: Kept(*row) for row in found}


def overview(entered: door.Door) -> Iterable[ClassOverview]:
    """Every data class that rows of this tenant are of, over all its partitions."""
    names = list(governed())
    found = {
        name: ClassOverview(name, days, floor, holds)
        for name, days, floor, holds in rows_of(
            "SELECT c, app.retention_window(c), app.retention_floor(c), app.hold_numbers(c, NULL) "
            "FROM unnest(%s::text[]) c",
            [names],
        )
    }
    for schema in each_partition(entered):
        for name, by, count in rows_of(
            "SELECT c, coalesce(w.kept_by, ''), count(*) FROM unnest(%s::text[]) c, "
            "app.why(%s, c, p_limit => %s) w GROUP BY 1, 2",
            [names, schema, COUNTED],
        ):
            of = found[name]
            of.kept[by] = of.kept.get(by, 0) + count
            of.more = of.more or of.there >= COUNTED
    return [found[name] for name in names]


@dataclass(frozen=True)
class Purged:
    """A row that has gone; `certificate_id` is None while its run is at work."""

    at: datetime
    certificate_id: UUID | None
    data_class: str = ""
    run_id: UUID | None = None


def purged(ids: Iterable[UUID | None]) -> dict[UUID, Purged]:
    """Those of the ids whose rows a run has purged, for the tenant entered. One query."""
    found = rows_of(
        "SELECT d.row_id, d.purged_at, c.id, d.data_class, d.run_id "
        "FROM unnest(%s::text[]) k (data_class) "
        "JOIN public.retention_disposedrow d ON d.tenant_id = %s "
        "AND d.data_class = k.data_class AND d.row_id = ANY (%s::uuid[]) "
        "LEFT JOIN public.retention_certificate c "
        "ON c.tenant_id = d.tenant_id AND c.run_id = d.run_id",
        [list(governed()), door.tenant(), [one for one in ids if one]],
    )
    return {row_id: Purged(*told) for row_id, *told in found}


def holds() -> list[LegalHold]:
    """The references of all holds of the tenant entered, unsaved: matter and reason stay empty."""
    found = rows_of(
        "SELECT id, tenant_id, number, data_classes, environment_id, status, placed_at, lifted_at "
        "FROM app.tenant_holds()",
        [],
    )
    names = (
        "id", "tenant_id", "number", "data_classes", "environment_id", "status", "placed_at",
        "lifted_at",
    )  # fmt: skip
    return [LegalHold(**dict(zip(names, row, strict=True))) for row in found]


def rows_of(statement: str, parameters: list[Any]) -> list[Any]:
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
