"""UTC days of long ago with results of any tenants in them, and runs in which they go."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.ids import uuid7
from apps.core.walls.days import day_statements, part_of
from apps.quotas.queries import ROW_BYTES
from apps.retention.runs import Ran, Wanted, run_retention
from tests.core.shell import Ended, manage
from tests.isolation.logins import Connection, connect, rows
from tests.retention.ages import HEALTH, USAGE, Aged
from tests.world import OPERATOR

_days = itertools.count()


def a_day() -> date:
    """Of which no other test knows; its window passed years ago."""
    return date(2020, 1, 1) + timedelta(days=next(_days))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def due_at(day: date) -> datetime:
    """The last moment at which its window has not passed."""
    return midnight(day) + timedelta(days=31)


def make_part(schema: str, day: date) -> None:
    with connect("owner") as owner:
        owner.execute(";".join(day_statements(schema, HEALTH, day)).encode())


def insert(
    connection: Connection, found: Aged, day: date, count: int = 1, environment: UUID | None = None
) -> None:
    """Results from the first to the last moment of the day, as the owner brings them."""
    last = timedelta(days=1) - timedelta(microseconds=1)
    for number in range(count):
        at = midnight(day) + last * number / max(count - 1, 1)
        connection.execute(
            f"INSERT INTO {found.table(HEALTH)} (id, tenant_id, environment_id, service_id, "
            "status, probe, detail, checked_at) VALUES (%s, %s, %s, %s, 'Healthy', 'http', '', %s)"
            "".encode(),
            [uuid7(), found.slug, environment or found.environment, uuid7(), at],
        )


def fill(found: Aged, day: date, count: int = 3, environment: UUID | None = None) -> None:
    """Committed, and counted in what the tenant stores."""
    with connect("owner") as owner:
        insert(owner, found, day, count, environment)
        owner.execute(
            f"UPDATE {found.table(USAGE)} SET storage_bytes = storage_bytes + %s "
            "WHERE tenant_id = %s AND environment_id = %s".encode(),
            [count * ROW_BYTES, found.slug, environment or found.environment],
        )


def stands(schema: str, day: date) -> bool:
    with connect("owner") as owner:
        found = rows(owner, "SELECT app.day_part(%s, %s) IS NOT NULL", [schema, day])
    return bool(found[0][0])


def left(found: Aged, day: date) -> int:
    """How many results of the tenant and day there are, wherever they stand."""
    with connect("owner") as owner:
        statement = (
            f"SELECT count(*) FROM {found.table(HEALTH)} WHERE tenant_id = %s "
            "AND checked_at >= %s AND checked_at < %s"
        )
        found_rows = rows(
            owner, statement, [found.slug, midnight(day), midnight(day) + timedelta(days=1)]
        )
    return int(found_rows[0][0])


def run_all(*arguments: Any) -> Ended:
    """Of all tenants, that class alone: only so days go."""
    return manage("run_retention", "--data-class", "health-result", *arguments, "--format", "json")


def run_beside() -> Ran:
    """The same on a thread beside the test's own: a command hears signals in the main one alone."""
    with door.using("steward"):
        return run_retention(Wanted(data_class="health-result"), actor=OPERATOR)


def entry(ended: Ended, found: Aged) -> dict[str, Any]:
    (one,) = [one for one in ended.json["entries"] if one["tenantId"] == found.slug]
    return dict(one)


@contextmanager
def running() -> Iterator[UUID]:
    """A run at work that nobody takes up: it is gone when this ends."""
    run_id = uuid7()
    with connect("owner") as owner:
        owner.execute(
            "INSERT INTO retention_retentionrun (id, tenant_id, as_of, dry_run, only_tenant, "
            "only_class, started_by_kind, started_by_label, status, note) "
            "VALUES (%s, 'platform', now(), false, '', '', 'worker', '', 'Running', '')",
            [run_id],
        )
    try:
        yield run_id
    finally:
        with connect("owner") as owner:
            owner.execute(
                "UPDATE retention_retentionrun SET status = 'Interrupted' WHERE id = %s "
                "AND status = 'Running'",
                [run_id],
            )


def part(found: Aged, day: date) -> str:
    return found.table(part_of(HEALTH, day))


def proved(owner: Connection, schema: str, day: date, run_id: UUID) -> bool:
    return bool(rows(owner, "SELECT app.prove_day(%s, %s, %s)", [schema, day, run_id])[0][0])


def drop(owner: Connection, schema: str, day: date, run_id: UUID) -> None:
    owner.execute("SELECT app.drop_day(%s, %s, %s, 1024)", [schema, day, run_id])


def fill_by_thousands(found: Aged, day: date, count: int) -> None:
    """As `fill`, over the whole day in one statement."""
    with connect("owner") as owner:
        owner.execute(
            f"INSERT INTO {found.table(HEALTH)} (id, tenant_id, environment_id, service_id, "
            "status, probe, detail, checked_at) SELECT gen_random_uuid(), %s, %s, "
            "gen_random_uuid(), 'Healthy', 'http', '', "
            "%s::timestamptz + n * (interval '1 day' / %s) FROM generate_series(0, %s - 1) n"
            "".encode(),
            [found.slug, found.environment, midnight(day), count, count],
        )
        owner.execute(
            f"UPDATE {found.table(USAGE)} SET storage_bytes = storage_bytes + %s "
            "WHERE tenant_id = %s AND environment_id = %s".encode(),
            [count * ROW_BYTES, found.slug, found.environment],
        )
