"""What becomes due at a tenant in the days to come, by the decision that a run of that day asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from apps.core import door
from apps.core.walls.classes import governed
from apps.retention.queries import COUNTED, rows_of
from apps.retention.rollup_models import DAYS
from apps.tenant_bindings.context import each_partition

# Of the picture, in units of its own.
HEIGHT = 32


@dataclass
class Due:
    """Rows that nothing keeps at `at`. `more`: a partition has more that are past their window than
    are looked at, and nobody has asked what keeps those."""

    days: int
    at: datetime | None = None
    rows: int = 0
    more: bool = False
    x: int = 0
    height: int = 0

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass
class ClassForecast:
    data_class: str
    dues: list[Due] = field(default_factory=list)


def forecast(entered: door.Door) -> list[ClassForecast]:
    """Every class, over all partitions of the tenant entered, with its picture."""
    found = foretold(each_partition(entered))
    draw(found)
    return found


def foretold(schemas: Iterable[str]) -> list[ClassForecast]:
    """In these partitions: one query each, at most 10,000 rows a class and day are looked at."""
    found = {(name, days): Due(days) for name in governed() for days in DAYS}
    for schema in schemas:
        for name, days, at, due, looked_at in rows_of(
            "SELECT c, d, now() + make_interval(hours => 24 * d), "
            "count(w.id) FILTER (WHERE w.kept_by IS NULL), count(w.id) "
            "FROM unnest(%s::text[]) c CROSS JOIN unnest(%s::int[]) d "
            "LEFT JOIN LATERAL app.why(%s, c, p_at => now() + make_interval(hours => 24 * d), "
            "p_past => true, p_foretell => true, p_limit => %s) w ON true GROUP BY c, d",
            [list(governed()), list(DAYS), schema, COUNTED + 1],
        ):
            of = found[name, days]
            of.at = at
            of.rows += min(due, COUNTED)
            of.more = of.more or looked_at > COUNTED
    return [ClassForecast(name, [found[name, days] for days in DAYS]) for name in governed()]


def draw(classes: Iterable[ClassForecast]) -> None:
    """One scale for all; what is not nothing is seen."""
    dues = [due for one in classes for due in one.dues]
    most = max((due.rows for due in dues), default=0)
    for due in dues:
        due.x = 24 * DAYS.index(due.days)
        due.height = max(2, HEIGHT * due.rows // most) if due.rows else 0
