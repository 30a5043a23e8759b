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

# Counts are exact up to here in a partition; beyond it a page says "or more".
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
    """What there is of one data class. `kept`: {hold | state | window | '': rows}; `held_by`:
    {number of a hold: rows that it keeps}, which another may keep too."""

    data_class: str
    days: int | None
    floor: int
    holds: list[int]
    kept: dict[str, int] = field(default_factory=dict)
    held_by: dict[int, int] = field(default_factory=dict)
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


@dataclass
class Held:
    """One hold by its number: [(data class, rows that it keeps there, whether there may be more)].

    `hold` is its own row where the database shows it: to officers and auditors.
    """

    number: int
    rows: list[tuple[str, int, bool]] = field(default_factory=list)
    hold: Any = None


def held(classes: Iterable[ClassOverview], holds: Iterable[Any] = ()) -> list[Held]:
    """What each hold keeps, newest first; with those of `holds` that keep nothing any more."""
    found = {hold.number: Held(hold.number, hold=hold) for hold in holds}
    for one in classes:
        for number in one.holds:
            of = found.setdefault(number, Held(number))
            of.rows.append((one.data_class, one.held_by.get(number, 0), one.more))
    return sorted(found.values(), key=lambda of: -of.number)


def overview(entered: door.Door) -> list[ClassOverview]:
    """Every data class that rows of this tenant are of, over all its partitions."""
    return counted(each_partition(entered))


def counted(schemas: Iterable[str]) -> list[ClassOverview]:
    """The same in these partitions, one query each: pages turn to each, the steward names them."""
    names = list(governed())
    found = {
        name: ClassOverview(name, days, floor, holds)
        for name, days, floor, holds in rows_of(
            "SELECT c, app.retention_window(c), app.retention_floor(c), app.hold_numbers(c, NULL) "
            "FROM unnest(%s::text[]) c",
            [names],
        )
    }
    for schema in schemas:
        looked_at = dict.fromkeys(names, 0)
        for name, by, holds, count in rows_of(
            "SELECT g.name, g.by, CASE WHEN g.by = 'hold' THEN app.hold_numbers(g.name, g.place) "
            "ELSE '{}' END, g.count FROM (SELECT c AS name, coalesce(w.kept_by, '') AS by, "
            "CASE WHEN w.kept_by = 'hold' THEN w.environment_id END AS place, count(*) AS count "
            "FROM unnest(%s::text[]) c, app.why(%s, c, p_limit => %s) w GROUP BY 1, 2, 3) g",
            [names, schema, COUNTED + 1],
        ):
            of = found[name]
            looked_at[name] += count
            if looked_at[name] > COUNTED:  # one more than is counted tells that there are more
                count -= 1
                of.more = True
            of.kept[by] = of.kept.get(by, 0) + count
            for number in holds:
                of.held_by[number] = of.held_by.get(number, 0) + count
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
