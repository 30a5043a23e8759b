"""The half hours of a health bar, counted as results come in, so that no page counts results.

Promises: a result counts once, because only what was new is added, in the transaction that keeps
it. Two who record for the same service add one after the other: `observe` has locked the services
first, in the order of their ids, and slots are written in that order too.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections

from apps.core import door
from apps.core.ids import uuid7
from apps.health_results.models import HealthStatus
from apps.tenants.partitions import OWNER

SLOTS = 48
SLOT = timedelta(minutes=30)
# Longer than any bar is: what is shown is whole, and nothing older needs a count.
KEPT = timedelta(hours=48)
_KEY = "%Y%m%dT%H%M"

# What is added up, beside `total`.
SUMS = ("total", "degraded", "unhealthy", "latency_total", "latency_results")
_COLUMNS = (
    ("id", "uuid"), ("tenant_id", "text"), ("environment_id", "uuid"), ("service_id", "uuid"),
    ("begins", "timestamptz"), *((name, "bigint") for name in SUMS),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_ADD = " ON CONFLICT (tenant_id, environment_id, service_id, begins) DO UPDATE SET " + ", ".join(
    f"{name} = slot.{name} + excluded.{name}" for name in SUMS
)


def slot_of(at: datetime) -> datetime:
    """The half hour that a moment lies in: slots begin at whole and half hours, in UTC."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def first_slot(now: datetime) -> datetime:
    """Of a bar; the last of its 48 slots holds `now`."""
    return slot_of(now) - SLOT * (SLOTS - 1)


def key_of(begins: datetime) -> str:
    """20261124T2030: a slot as a URL names it, in UTC."""
    return begins.astimezone(UTC).strftime(_KEY)


def slot_named(key: str) -> datetime | None:
    """The beginning of the slot of that name; None where it names none."""
    try:
        begins = datetime.strptime(key, _KEY).replace(tzinfo=UTC)
    except ValueError:
        return None
    return begins if key_of(slot_of(begins)) == key else None


class Slots:
    """What is to be added: sums by service and half hour, of results that were new."""

    def __init__(self, now: datetime) -> None:
        self.first = first_slot(now)
        self.sums: dict[tuple[UUID, datetime], list[int]] = {}

    def add(self, service: UUID, status: str, latency: int | None, checked_at: datetime) -> None:
        """One result. One that no bar shows any more is not counted."""
        begins = slot_of(checked_at)
        if begins < self.first:
            return
        sums = self.sums.setdefault((service, begins), [0] * len(SUMS))
        sums[0] += 1
        sums[1] += status == HealthStatus.DEGRADED
        sums[2] += status == HealthStatus.UNHEALTHY
        sums[3] += latency or 0
        sums[4] += latency is not None

    def write(self) -> None:
        """Adds them to what stands there, in the environment entered."""
        if not self.sums:
            return
        tenant, environment = door.tenant(), door.environment()
        rows = [
            (uuid7(), tenant, environment, service, begins, *sums)
            for (service, begins), sums in sorted(self.sums.items())
        ]
        source, values = _source(rows)
        with connections[door.current_alias()].cursor() as cursor:
            cursor.execute(
                f"INSERT INTO health_results_healthslot AS slot ({_NAMES}) {source}{_ADD}",
                values,
            )


def forget_slots() -> int:
    """Those that began longer ago than KEPT, of every data partition; how many. As owner.

    A transaction each, so that a partition that is busy or behind does not keep the others'.
    """
    gone = 0
    parameters: list[Any] = [KEPT]
    with door.using(OWNER):
        with connections[OWNER].cursor() as cursor:
            cursor.execute(
                "SELECT schemaname FROM pg_tables WHERE tablename = 'health_results_healthslot'"
            )
            schemas = [schema for (schema,) in cursor.fetchall()]
        for schema in schemas:
            with door.atomic(), connections[OWNER].cursor() as cursor:
                cursor.execute(
                    f'DELETE FROM "{schema}".health_results_healthslot '  # noqa: S608
                    "WHERE begins < now() - %s",
                    parameters,
                )
                gone += cursor.rowcount
    return gone


def _source(rows: list[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The rows as SQL. Under row security Citus takes VALUES alone."""
    if settings.CITUS:
        row = f"({', '.join(['%s'] * len(_COLUMNS))})"
        return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in _COLUMNS)
    columns: Iterable[Any] = zip(*rows, strict=True)
    return f"SELECT * FROM unnest({arrays})", [list(column) for column in columns]  # noqa: S608
