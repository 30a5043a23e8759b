"""The upkeep of tables that are split by UTC day: the parts of the coming days, as owner.

Promises: done again it changes nothing; each schema is a transaction of its own, so that one
which is killed in the middle is taken up again; it waits for nobody longer than LOCK_TIMEOUT, for
whoever writes would then wait behind it. A day whose rows stand in the rest already gets no part:
they stay there, and so do those that follow.
"""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError, connections

from apps.core import door
from apps.core.walls.days import DAILY, Daily, day_statements, part_of, rest_of

OWNER = "owner"
LOCK_TIMEOUT = "1s"
# Somebody is at work there, or has made the same day just now: the next run finds it done or free.
_PASSING = ("55P03", "40P01", "23514", "42P07", "23505")
_PARTS = """
SELECT n.nspname::text, p.relname::text, array_agg(c.relname::text)
FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE p.relname = ANY (%s) AND n.nspname = coalesce(%s, n.nspname) GROUP BY 1, 2 ORDER BY 1, 2
"""

logger = logging.getLogger(__name__)


def make_days(schema: str | None = None) -> int:
    """Makes the missing parts in that schema, or in every one (spares included); how many.

    Raises what the last schema failed with, after all others are done.
    """
    made, failure = 0, None
    with door.using(OWNER):
        for name, table, parts in _rows(_PARTS, [list(DAILY), schema]):
            try:
                with door.atomic():
                    made += _make(name, table, set(parts))
            except DatabaseError as error:
                if getattr(error.__cause__, "sqlstate", None) not in _PASSING:
                    failure = error
                logger.warning("No days made in %s: %s", name, str(error).splitlines()[0])
    if failure is not None:
        raise failure
    return made


def _make(schema: str, table: str, there: set[str]) -> int:
    wanted = [day for day in _days(DAILY[table]) if part_of(table, day) not in there]
    if not wanted:
        return 0
    with connections[OWNER].cursor() as cursor:
        # Two at once would both look into the rest, and then wait for each other to leave it.
        cursor.execute("SELECT pg_try_advisory_xact_lock(app.tenant_lock(%s))", [f"days {schema}"])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        taken = _in_the_rest(schema, table)
        free = [day for day in wanted if day not in taken]
        for day in free:
            cursor.execute(";".join(day_statements(schema, table, day)))
        cursor.execute("SET LOCAL lock_timeout = 0")
    return len(free)


def _days(daily: Daily) -> Iterator[date]:
    today: date = _rows("SELECT (now() AT TIME ZONE 'UTC')::date", [])[0][0]
    for distance in range(-daily.back, daily.ahead + 1):
        yield today + timedelta(days=distance)


def _in_the_rest(schema: str, table: str) -> set[date]:
    rest, column = f'"{schema}"."{rest_of(table)}"', DAILY[table].column
    found = _rows(f"SELECT DISTINCT ({column} AT TIME ZONE 'UTC')::date FROM {rest}", [])  # noqa: S608
    return {day for (day,) in found}


def _rows(sql: str, parameters: list[Any]) -> list[Any]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
