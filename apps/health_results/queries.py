"""What pages show of services' health: the newest result of each probe, and the last 24 hours.

Both come with the services' own rows in one statement, computed for those on the page alone; times
are given as values, so that only the parts of two days are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Avg, Count, DateTimeField, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import JSONObject

from apps.health_results.models import HealthCheckResult, HealthStatus
from apps.health_results.results import AHEAD
from apps.services.models import STALE_AFTER

SLOTS = 48
SLOT = timedelta(minutes=30)


@dataclass(frozen=True)
class Slot:
    """Half an hour of a service. Without a result it is hollow: silence is not health."""

    index: int
    begins: datetime
    total: int = 0
    degraded: int = 0
    unhealthy: int = 0
    latency: float | None = None

    @property
    def tone(self) -> str:
        if not self.total:
            return "hollow"
        return "bad" if self.unhealthy else "warn" if self.degraded else "ok"

    @property
    def ends(self) -> datetime:
        return self.begins + SLOT

    @property
    def x(self) -> int:
        """Where it stands in the drawing, ten units a slot."""
        return self.index * 10


@dataclass(frozen=True)
class Newest:
    """The newest result of one probe of a service, within the last 24 hours."""

    probe: str
    status: str
    latency: int | None
    checked_at: datetime
    is_stale: bool


def with_health(services: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """The services with what `slots_of` and `newest_of` read from each."""
    results = HealthCheckResult.objects.filter(
        environment_id=OuterRef("environment_id"),
        service_id=OuterRef("id"),
        checked_at__gte=first_slot(now),
        checked_at__lte=now + AHEAD,
    )
    slots = (
        results.order_by()
        .values(begins=Func(Value(SLOT), "checked_at", Value(first_slot(now)),
                            function="date_bin", output_field=DateTimeField()))
        .annotate(
            total=Count("id"),
            degraded=Count("id", filter=Q(status=HealthStatus.DEGRADED)),
            unhealthy=Count("id", filter=Q(status=HealthStatus.UNHEALTHY)),
            latency=Avg("latency_ms"),
        )
        .values(made=JSONObject(begins="begins", total="total", degraded="degraded",
                                unhealthy="unhealthy", latency="latency"))
    )  # fmt: skip
    newest = (
        results.order_by("probe", "-checked_at")
        .distinct("probe")
        .values(made=JSONObject(probe="probe", status="status", latency="latency_ms",
                                checked="checked_at", received="received_at"))
    )  # fmt: skip
    return services.annotate(health_slots=ArraySubquery(slots), health_newest=ArraySubquery(newest))


def first_slot(now: datetime) -> datetime:
    """Slots begin at whole and half hours; the last of the 48 holds `now`."""
    at = now.astimezone(UTC)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0) - SLOT * (SLOTS - 1)


def slots_of(service: Any, now: datetime) -> list[Slot]:
    """48 of them, oldest first. What a clock that is ahead dates after the last stands in none."""
    begun = first_slot(now)
    found: Mapping[datetime, Any] = {_at(row["begins"]): row for row in service.health_slots}
    made = []
    for index in range(SLOTS):
        begins = begun + SLOT * index
        row = found.get(begins, {})
        counts = {name: row.get(name, 0) for name in ("total", "degraded", "unhealthy")}
        made.append(Slot(index, begins, latency=row.get("latency"), **counts))
    return made


def newest_of(service: Any, now: datetime) -> list[Newest]:
    """By probe, in their order."""
    return [
        Newest(
            row["probe"],
            row["status"],
            row["latency"],
            _at(row["checked"]),
            min(_at(row["checked"]), _at(row["received"])) < now - STALE_AFTER,
        )
        for row in service.health_newest
    ]


@dataclass(frozen=True)
class Healths:
    """What a page shows beside each service."""

    slots: Sequence[Slot]
    newest: Sequence[Newest]

    @property
    def seen(self) -> int:
        return sum(1 for slot in self.slots if slot.total)

    @property
    def ailing(self) -> int:
        return sum(1 for slot in self.slots if slot.tone in ("warn", "bad"))


def healths(services: Iterable[Any], now: datetime) -> dict[Any, Healths]:
    """{service id: what to show}, of rows that came by `with_health`."""
    return {s.id: Healths(slots_of(s, now), newest_of(s, now)) for s in services}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
