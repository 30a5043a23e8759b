"""What becomes due when a hold is lifted or a window goes back, for officers.

They read no tenant's rows: the database counts them, by the terms of its decision.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections

from apps.core import door
from apps.core.walls.governance import GRACE_DAYS, MOST_FORETOLD, RETURN_HOURS
from apps.retention.models import LegalHold


@dataclass(frozen=True)
class Foretold:
    """Exact up to 10,000 in a partition; `more` beyond."""

    tenant_id: str
    data_class: str
    due: int
    more: bool


@dataclass(frozen=True)
class Preview:
    """`at`: when they would be due, were it decided now."""

    at: datetime
    rows: list[Foretold]

    @property
    def total(self) -> str:
        """As a person reads it: "12", or "10000+"."""
        more = "+" if any(row.more for row in self.rows) else ""
        return f"{sum(row.due for row in self.rows)}{more}"


def of_lifting(hold: LegalHold) -> Preview:
    """What goes for the lifting, at the end of its grace."""
    at = now() + timedelta(days=GRACE_DAYS)
    return Preview(at, _becomes_due(hold.tenant_id, at, hold=str(hold.id)))


def of_window(whose: str, data_class: str, days: int) -> Preview:
    """What goes for a window of so many days, of one tenant or (`platform`) of all."""
    at = now() + timedelta(hours=RETURN_HOURS)
    return Preview(at, _becomes_due(whose, at, data_class=data_class, days=days))


def _becomes_due(
    whose: str, at: datetime, *, hold: str | None = None, data_class: str | None = None,
    days: int | None = None,
) -> list[Foretold]:  # fmt: skip
    found: dict[tuple[str, str], int] = {}
    more = set()
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, data_class, due FROM app.becomes_due(%s, %s, %s, %s, %s)",
            [whose, hold, data_class, days, at],
        )
        for tenant_id, name, due in cursor.fetchall():
            key = (tenant_id, name)
            found[key] = found.get(key, 0) + min(due, MOST_FORETOLD)
            if due > MOST_FORETOLD:
                more.add(key)
    return [Foretold(*key, due, key in more) for key, due in found.items() if due]


def now() -> datetime:
    """The database's."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT now()")
        found: datetime = cursor.fetchone()[0]
        return found
