"""Tables that are natively partitioned by UTC day: their parts, and the walls of a part.

A part addressed by its own name shows what its parent hides, so it has no grant, and row
security with one policy, the owner's: whoever is granted it by mistake sees nothing. What comes
through the parent is asked of the parent's policies alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from apps.core.walls.policies import owner_policy


@dataclass(frozen=True)
class Daily:
    """Split by `column`; a part for each day from `back` days ago to `ahead` days from now."""

    column: str
    back: int
    ahead: int


# A result is accepted until it is 30 days old. What comes that late is seldom and stands in the
# rest: parts of days gone by, in every partition there is, would cost the catalog more than it.
DAILY: Mapping[str, Daily] = {"health_results_healthcheckresult": Daily("checked_at", 1, 7)}


def part_of(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def rest_of(table: str) -> str:
    """The part for what no day covers: a row is never refused because the upkeep did not run."""
    return f"{table}_rest"


def rest_statements(schema: str, table: str) -> list[str]:
    part = f'"{schema}"."{rest_of(table)}"'
    return [f'CREATE TABLE {part} PARTITION OF "{schema}"."{table}" DEFAULT', *_walls(part)]


def day_statements(schema: str, table: str, day: date) -> list[str]:
    """Made beside the table and then attached: that stops nobody who reads or writes other days."""
    parent, part = f'"{schema}"."{table}"', f'"{schema}"."{part_of(table, day)}"'
    begin, end = (f"'{d} 00:00:00+00'" for d in (day, day + timedelta(days=1)))
    return [
        f"CREATE TABLE {part} (LIKE {parent} INCLUDING ALL)",
        *_walls(part),
        f"ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES FROM ({begin}) TO ({end})",
    ]


def _walls(part: str) -> list[str]:
    return [
        f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {part} FORCE ROW LEVEL SECURITY",
        owner_policy().sql(part),
    ]
