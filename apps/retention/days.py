"""Health results go by whole UTC days: a day of which nothing is kept is dropped, as the owner.

Each day is a transaction of its own: proved and counted, written into the run's record and the
chain of each of its tenants, given back to their quotas, dropped. `app.drop_day` alone drops and
proves again before (apps.core.walls.day_drops). A day that something keeps, or that is not to be
had now, stands: what is due of it goes by rows.

Must never: drop anything itself, or hold the table's own lock while it waits or writes.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, OperationalError

from apps.core import audit, door
from apps.core.access import Actor
from apps.core.errors import PortalError
from apps.core.walls.classes import CLASSES
from apps.core.walls.day_drops import DATA_CLASS, DAY_LOCK_MS, TABLE
from apps.core.walls.days import part_of
from apps.quotas.queries import ROW_BYTES
from apps.retention.entries import entry_of
from apps.retention.going import rows
from apps.retention.limit import Limit
from apps.retention.models import DisposedDay, RetentionEntry, RetentionRun
from apps.retention.purge import BUSY, PAUSE_SECONDS
from apps.tenant_bindings.context import enter_platform, enter_records

OWNER = "owner"
MOST_TRIES = 3
_DAYS = """
SELECT n.nspname::text, to_date(right(c.relname, 8), 'YYYYMMDD')
FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE p.relname = %s AND c.relname ~ '_[0-9]{8}$' ORDER BY 2, 1
"""

logger = logging.getLogger(__name__)


def drop_days(
    run: RetentionRun, *, actor: Actor, limit: Limit, say: Callable[[str], None]
) -> dict[str, RetentionEntry]:
    """Drops what a run of all tenants may drop: {tenant: its record in this run}.

    Nothing where the owner's login is not here; on Citus days go by rows.
    """
    touched: dict[str, RetentionEntry] = {}
    alone = run.only_tenant or run.exception_id or run.only_class not in ("", DATA_CLASS)
    if alone or run.dry_run or settings.CITUS or OWNER not in settings.DATABASES:
        return touched
    with door.using(OWNER):
        passed_over = set[str]()
        for schema, day in _passed(run.as_of):
            if schema in passed_over:
                continue
            if limit.reached():
                break
            try:
                entries = _dropped(run, schema, day, actor)
            except (DatabaseError, PortalError) as error:
                # A backup reads for hours what it reads: its other days are not to be had either.
                logger.warning("%s of %s stands: %s", part_of(TABLE, day), schema, error)
                passed_over.add(schema)
                continue
            if entries is not None:
                touched |= entries
                say(f"{part_of(TABLE, day)} of {schema} has gone whole")
    return touched


def _passed(as_of: datetime) -> Iterator[tuple[str, date]]:
    """Days that the shortest window has passed, oldest first."""
    last = (as_of - timedelta(days=CLASSES[DATA_CLASS].days + 1)).date()
    for schema, day in rows(_DAYS, [TABLE]):
        if day <= last:
            yield schema, day


def _dropped(
    run: RetentionRun, schema: str, day: date, actor: Actor
) -> dict[str, RetentionEntry] | None:
    """The records of the tenants that had rows in the day; None where something keeps it."""
    for _ in range(MOST_TRIES - 1):
        try:
            return _drop(run, schema, day, actor)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in BUSY:
                raise
            time.sleep(PAUSE_SECONDS)
    return _drop(run, schema, day, actor)


def _drop(
    run: RetentionRun, schema: str, day: date, actor: Actor
) -> dict[str, RetentionEntry] | None:
    with door.atomic():
        rows(f"SET LOCAL lock_timeout = {DAY_LOCK_MS}", [])
        rows(f"SET LOCAL app.as_of = '{run.as_of.isoformat()}'", [])
        if not rows("SELECT app.prove_day(%s, %s, %s)", [schema, day, run.id])[0][0]:
            return None
        gone: dict[str, list[DisposedDay]] = {}
        for one in _of_day(run.id, schema, day):
            gone.setdefault(one.tenant_id, []).append(one)
        entries = {name: _counted(run, name, found, actor) for name, found in gone.items()}
        # Written together when this door is left: until the commit the chains are locked.
        with enter_platform(actor=actor):
            for found in gone.values():
                _tell(run, found)
        # Last, for it takes the lock of the whole table until the commit.
        rows("SELECT app.drop_day(%s, %s, %s, %s)", [schema, day, run.id, ROW_BYTES])
    return entries


def _of_day(run_id: UUID, schema: str, day: date) -> list[DisposedDay]:
    found = DisposedDay.objects.filter(run_id=run_id, data_partition=schema, day=day)
    return list(found.order_by("tenant_id", "environment_id"))


def _counted(
    run: RetentionRun, tenant_id: str, days: list[DisposedDay], actor: Actor
) -> RetentionEntry:
    """The run's record of that tenant, with what goes now."""
    count = sum(one.row_count for one in days)
    with enter_records(tenant_id, actor=actor, writing=True):
        entry = entry_of(run, tenant_id, DATA_CLASS)
        entry.due += count
        entry.purged += count
        entry.bytes += sum(one.bytes for one in days)
        entry.save(update_fields=["due", "purged", "bytes"])
    return entry


def _tell(run: RetentionRun, days: list[DisposedDay]) -> None:
    """One entry in the chain of the tenant that had these."""
    audit.record(
        "retention.day_dropped",
        object_type="retention_run",
        object_id=run.id,
        after={
            "dataClass": DATA_CLASS,
            "dataPartition": days[0].data_partition,
            "day": days[0].day.isoformat(),
            "count": sum(one.row_count for one in days),
            "environments": [
                {"environmentId": str(one.environment_id), "count": one.row_count} for one in days
            ],
        },
        tenant_id=days[0].tenant_id,
    )
